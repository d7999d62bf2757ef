"""Unknown and rare words have their known neighbours as candidates: with a small lexicon."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.edits import apply
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
