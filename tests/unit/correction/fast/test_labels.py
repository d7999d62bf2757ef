"""Labels and text turn into each other without loss, and equal questions get equal answers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.fast.labels import apply_labels, changes_of, labels_of, rewrite

letters = st.text(alphabet="abmn 1.", max_size=14)


@given(ocr=letters, truth=letters)
def test_labels_turn_the_reading_into_the_truth_wherever_they_can_say_it(ocr: str, truth: str) -> None:
    labels = labels_of(ocr, truth)
    assert len(labels) == len(ocr) + 1
    said = [label for label in labels if label is not None]
    if len(said) == len(labels):
        assert apply_labels(ocr, said) == truth


@given(st.text())
def test_equal_texts_are_kept_throughout(text: str) -> None:
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
def test_what_typical_misreadings_are_labelled(ocr: str, truth: str, labels: list[str]) -> None:
    assert labels_of(ocr, truth) == labels


def test_what_no_label_can_say_is_none() -> None:
    assert labels_of("ab", "axyzb") == ["K", None, "K"]


@pytest.mark.parametrize(
    ("label", "text"), [("K", "a"), ("D", ""), ("R:xy", "xy"), ("A:x", "ax"), ("R::", ":"), ("A:A:", "aA:")]
)
def test_rewriting_one_character(label: str, text: str) -> None:
    assert rewrite(label, "a") == text
