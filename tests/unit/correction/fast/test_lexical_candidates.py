"""Known words near unknown and rare ones: a lexicon of our own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.correction.fast.candidate_filter import is_decidable
from scanproof.correction.fast.candidates import Candidate
from scanproof.correction.fast.edit_kinds import EditKind
from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.lexicon import Lexicon
from tests.unit.correction.fast.words import LEXICON, RATES, WITH_PAPERS


def respelt(text: str) -> set[str]:
    found = LexicalCandidates(LEXICON, RATES).matches(text, LEXICON.posterior(text))
    return {text[:start] + written + text[end:] for start, end, written in found}


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("paynent is due", "payment is due"),
        ("payrnent is due", "payment is due"),
        ("the payment is recieved", "the payment is received"),
        ("PAYMNT IS DUE", "PAYMENT IS DUE"),
        ("Ppayment is due", "Payment is due"),
        ("is die Zahlnng fällig", "is die Zahlung fällig"),
    ],
)
def test_a_slip_away_from_a_known_word(read: str, meant: str) -> None:
    assert meant in respelt(read)


@pytest.mark.parametrize(
    ("read", "meant"),
    [("simpIe", "simple"), ("The bilI", "The bill"), ("AII of it", "All of it"), ("It wiII", "It will")],
)
def test_a_capital_i_in_a_known_word_is_an_l(read: str, meant: str) -> None:
    lexicon = Lexicon({"en": {"the": 60_000, "simple": 300, "bill": 90, "all": 900, "will": 900, "ill": 50}})
    found = LexicalCandidates(lexicon, RATES).matches(read, lexicon.posterior(read))
    assert meant in {read[:start] + written + read[end:] for start, end, written in found}
    assert not list(LexicalCandidates(lexicon, RATES).matches("III LinkedIn mIU", lexicon.posterior("")))


@pytest.mark.parametrize(("read", "meant"), [("KlND", "KIND"), ("BlLL", "BILL"), ("lTEM", "ITEM"), ("WlLL", "WILL")])
def test_a_small_l_among_capitals_is_an_i(read: str, meant: str) -> None:
    lexicon = Lexicon({"en": {"kind": 60_000, "bill": 90, "item": 900, "will": 900, "ml": 50}})
    found = [*LexicalCandidates(lexicon, RATES).matches(read, lexicon.posterior(read))]
    assert meant in {read[:start] + written + read[end:] for start, end, written in found}
    strokes = [
        Candidate(*char_edit, -1.0, -1.0, from_argmax=False) for char_edit in found if char_edit[2].startswith("I")
    ]
    assert strokes
    assert all(is_decidable(read, stroke, EditKind.LETTERS) for stroke in strokes)
    assert not list(LexicalCandidates(lexicon, RATES).matches("Ml PlL", lexicon.posterior("")))


@pytest.mark.parametrize("text", ["payment is due", "xyzzyq is due", "A4 is due", "B2B7 due", ""])
def test_known_words_codes_and_far_words_are_not_respelt(text: str) -> None:
    assert respelt(text) == set()


@settings(deadline=None)
@given(st.sampled_from(["payment", "received", "simple"]), st.integers(0, 8), st.sampled_from(["", "q", "x"]))
def test_every_single_slip_in_a_known_word_is_found_again(word: str, place: int, put: str) -> None:
    place %= len(word)
    char_edit = word[:place] + put + word[place + 1 :]
    assert f"the {word} is" in respelt(f"the {char_edit} is")


def test_a_rare_word_is_told_of_where_a_likelier_one_is_a_slip_away() -> None:
    lexical, posterior = LexicalCandidates(WITH_PAPERS, RATES), WITH_PAPERS.posterior("Total item")
    assert lexical.char_edit("itam", posterior) == (2, 3)
    assert lexical.char_edit("iten", posterior, rare=True) == (3, 4)
    assert lexical.char_edit("haus", WITH_PAPERS.posterior("das haus war"), rare=True) is None
    assert lexical.char_edit("item", posterior, rare=True) is None
    assert lexical.char_edit("itam", posterior, known=lambda word: False) is None
