"""Labels turn a reading into its truth, and equal pairs get equal labels."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_training.labels import apply_labels, changes_of, labels_of

letters = st.text(alphabet="abmn 1.", max_size=14)


@given(ocr=letters, truth=letters)
def test_labels_turn_reading_into_truth(ocr: str, truth: str) -> None:
    labels = labels_of(ocr, truth)
    assert len(labels) == len(ocr) + 1
    possible = [label for label in labels if label is not None]
    if len(possible) == len(labels):
        assert apply_labels(ocr, possible) == truth


@given(st.text())
def test_equal_texts_are_kept(text: str) -> None:
    assert set(labels_of(text, text)) == {"K"}


@given(ocr=letters, truth=letters)
def test_changes_are_ordered_and_apart(ocr: str, truth: str) -> None:
    changes = changes_of(ocr, truth)
    assert all(one.end < other.start for one, other in pairwise(changes))


@pytest.mark.parametrize(
    ("ocr", "truth", "labels"),
    [
        ("moming", "morning", ["K", "K", "K", "R:rn", "K", "K", "K"]),
        ("rnay", "may", ["K", "R:m", "D", "K", "K"]),
        ("nvoice", "Invoice", ["A:I", "K", "K", "K", "K", "K", "K"]),
        ("Invoic", "Invoice", ["K", "K", "K", "K", "K", "K", "A:e"]),
        ("of the", "of the", ["K"] * 7),
        ("ofthe", "of the", ["K", "K", "A: ", "K", "K", "K"]),
        ("tooo", "too", ["K", "K", "K", "K", "D"]),
        ("to", "too", ["K", "K", "A:o"]),
        ("", "x", ["A:x"]),
    ],
)
def test_labels_of_typical_errors(ocr: str, truth: str, labels: list[str]) -> None:
    assert labels_of(ocr, truth) == labels


def test_impossible_labels_are_none() -> None:
    assert labels_of("ab", "axyzb") == ["K", None, "K"]
