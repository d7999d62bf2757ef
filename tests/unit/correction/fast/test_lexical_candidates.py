"""Unknown and rare words have their known neighbours as candidates: with a small lexicon."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.lexicon import Lexicon
from scanproof.edits import apply
from scanproof.language import UNKNOWN_LANGUAGE
from tests.unit.correction.fast.words import ERROR_MODEL, LEXICON, WITH_BUSINESS


def corrections(text: str) -> set[str]:
    found = LexicalCandidates(LEXICON, ERROR_MODEL).matches(text, LEXICON.posterior(text))
    return {apply(text, [edit]) for edit in found}


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("paynent is due", "payment is due"),
        ("the payment is recieved", "the payment is received"),
        ("PAYMNT IS DUE", "PAYMENT IS DUE"),
        ("Ppayment is due", "Payment is due"),
        ("is die Zahlnng fällig", "is die Zahlung fällig"),
    ],
)
def test_neighbour_of_unknown_word_is_found(read: str, meant: str) -> None:
    assert meant in corrections(read)


@pytest.mark.parametrize("text", ["payment is due", "xyzzyq is due", "A4 is due", "B2B7 due", ""])
def test_known_words_have_no_candidates(text: str) -> None:
    assert corrections(text) == set()


@settings(deadline=None)
@given(st.sampled_from(["payment", "received", "simple"]), st.integers(0, 8), st.sampled_from(["", "q", "x"]))
def test_every_single_edit_is_found(word: str, place: int, put: str) -> None:
    place %= len(word)
    misread = word[:place] + put + word[place + 1 :]
    assert f"the {word} is" in corrections(f"the {misread} is")


def test_suspect_span_of_words() -> None:
    lexical, posterior = LexicalCandidates(WITH_BUSINESS, ERROR_MODEL), WITH_BUSINESS.posterior("Total item")
    assert lexical.suspect_span("itam", posterior) == (2, 3)
    assert lexical.suspect_span("iten", posterior, rare=True) == (3, 4)
    assert lexical.suspect_span("haus", WITH_BUSINESS.posterior("das haus war"), rare=True) is None
    assert lexical.suspect_span("item", posterior, rare=True) is None
    assert lexical.suspect_span("itam", posterior, is_known=lambda word: False) is None


@pytest.mark.parametrize("text", ["the payment is due", "The payment (received) is due, the 5 is simple."])
def test_line_of_common_words_is_plain(text: str) -> None:
    assert LexicalCandidates(LEXICON, ERROR_MODEL).is_plain(text, UNKNOWN_LANGUAGE)


@pytest.mark.parametrize(
    "text",
    [
        "the paynent is due",
        "the payment  is due",
        "the payment is due .",
        "the payment .is due",
        "the payment is due 5.00",
        "the payment is du5e",
        "the'Simple payment is due",
        "THE payment is due",
        "the payment Is due",
        "the payment is dUe",
        "zahlung payment fällig",
        "",
    ],
)
def test_doubtful_line_is_not_plain(text: str) -> None:
    assert not LexicalCandidates(LEXICON, ERROR_MODEL).is_plain(text, UNKNOWN_LANGUAGE)


def test_likely_misreading_is_not_plain() -> None:
    counts = {"the": 60_000, "time": 50_000, "tine": 60, "name": 60, "nane": 60, "is": 30_000, "over": 9_000}
    lexical = LexicalCandidates(Lexicon({"en": counts}), ERROR_MODEL)  # one m in 800 is read as n
    assert lexical.is_plain("the nane is over", UNKNOWN_LANGUAGE)
    assert not lexical.is_plain("the tine is over", UNKNOWN_LANGUAGE)
