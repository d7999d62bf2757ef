"""Drafts only cost time, but they should cost little: the model's word is taken in and the rest of the text kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from scanproof.correction.lm.draft import Draft, TokenizerVocabulary
from tests.unit.correction.lm.conftest import TINY

VOCABULARY = TokenizerVocabulary(Tokenizer.from_file(str(Path(TINY) / "tokenizer.json")))


def tokens(text: str) -> list[int]:
    return [token for token, _, _ in VOCABULARY.encode(text)]


def expected_text(draft: Draft) -> str:
    return VOCABULARY.join([piece.token for piece in draft.pieces])


def passes(raw: str, truth: str, window: int) -> int:
    """Passes until ``truth`` is written, if the model knows it by heart but sees nothing behind a difference."""
    draft, left, count = Draft(raw, VOCABULARY), tokens(truth), 0
    while left:
        guess = draft.guess(min(window, len(left) - 1))
        agreed = next((i for i, token in enumerate(guess) if token != left[i]), len(guess))
        draft.settle(agreed, [left[agreed]])
        left = left[agreed + 1 :]
        count += 1
    return count


@pytest.mark.parametrize(
    "misread", ["inv0ice was", "invoice ws", "invoice wwas", "invoicewas", "in voice was", "invo1ce vvas"]
)
def test_after_a_difference_the_rest_of_the_text_is_expected_again(misread: str) -> None:
    raw, truth = (f"The {part} sent to the customer on the first of March" for part in (misread, "invoice was"))
    assert passes(raw, truth, window=100) <= 5
    assert passes(f"{raw} {raw}", f"{truth} {truth}", window=100) <= 9


@pytest.mark.parametrize(
    ("raw", "truth"),
    [
        ("We are sorry to hear it. The parts were sent by rail to the town.", "We are sent by rail to the town."),
        ("The parts were sent by rail to the town.", "The parts were sent The parts were sent by rail to the town."),
    ],
    ids=["left out", "said again"],
)
def test_a_model_that_leaves_out_a_stretch_or_says_one_again_is_found_by_its_last_words(raw: str, truth: str) -> None:
    assert passes(raw, truth, window=100) <= 8
    assert passes(raw, truth, window=100) < len(tokens(truth)) / 2


def test_a_model_that_runs_in_circles_behind_the_end_is_followed() -> None:
    truth = "It was burnt by fire" + " or by fire" * 12
    assert passes("It was burnt by fire.", truth, window=100) < len(tokens(truth)) / 4


def test_without_a_text_nothing_is_guessed() -> None:
    truth = "by fire" + " or by fire" * 12
    assert passes("", truth, window=100) == len(tokens(truth))


def test_an_exact_draft_needs_one_pass() -> None:
    text = "The invoice was sent to the customer on the first of March"
    assert passes(text, text, window=100) == 1


def test_predictions_behind_a_difference_become_part_of_the_draft() -> None:
    draft = Draft("Tbe invoice was paid by tbe customer", VOCABULARY)
    guess = draft.guess(100)
    right = {"b": "h", "be": "he", "Tbe": "The"}
    predicted = tokens("The")[:1] + [
        tokens(right[text])[0] if (text := VOCABULARY.text(token)) in right else token for token in guess[1:]
    ]
    draft.settle(0, predicted)
    assert expected_text(draft).endswith("customer")
    assert all(piece.seen for piece in draft.pieces[-3:])


@settings(deadline=None, max_examples=60)
@given(
    text=st.text("The invoice 0é\n", max_size=60),
    told=st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 319), min_size=1, max_size=12)), max_size=12),
)
def test_whatever_the_model_says_the_draft_stays_in_order_and_comes_to_an_end(
    text: str, told: list[tuple[int, list[int]]]
) -> None:
    draft = Draft(text, VOCABULARY)
    for agreed, predicted in told:
        before = len(draft.pieces)
        draft.settle(min(agreed, before), predicted)
        starts = [piece.start for piece in draft.pieces]
        assert starts == sorted(starts)
        assert all(0 <= piece.start <= piece.end <= len(text) for piece in draft.pieces)
