"""Known words near unknown and rare ones: a lexicon of our own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.lexicon import Lexicon
from scanproof.correcting.fast.proposals import Proposal
from scanproof.correcting.fast.respelling import Respeller
from scanproof.correcting.fast.telling import can_be_told
from tests.correcting.fast.words import LEXICON, RATES, WITH_PAPERS


def respelt(text: str) -> set[str]:
    found = Respeller(LEXICON, RATES).respellings(text, LEXICON.mix(text))
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
    found = Respeller(lexicon, RATES).respellings(read, lexicon.mix(read))
    assert meant in {read[:start] + written + read[end:] for start, end, written in found}
    assert not list(Respeller(lexicon, RATES).respellings("III LinkedIn mIU", lexicon.mix("")))


@pytest.mark.parametrize(("read", "meant"), [("KlND", "KIND"), ("BlLL", "BILL"), ("lTEM", "ITEM"), ("WlLL", "WILL")])
def test_a_small_l_among_capitals_is_an_i(read: str, meant: str) -> None:
    lexicon = Lexicon({"en": {"kind": 60_000, "bill": 90, "item": 900, "will": 900, "ml": 50}})
    found = [*Respeller(lexicon, RATES).respellings(read, lexicon.mix(read))]
    assert meant in {read[:start] + written + read[end:] for start, end, written in found}
    strokes = [Proposal(*slip, -1.0, -1.0, by_tagger=False) for slip in found if slip[2].startswith("I")]
    assert strokes
    assert all(can_be_told(read, stroke, EditKind.LETTERS) for stroke in strokes)
    assert not list(Respeller(lexicon, RATES).respellings("Ml PlL", lexicon.mix("")))


@pytest.mark.parametrize("text", ["payment is due", "xyzzyq is due", "A4 is due", "B2B7 due", ""])
def test_known_words_codes_and_far_words_are_not_respelt(text: str) -> None:
    assert respelt(text) == set()


@settings(deadline=None)
@given(st.sampled_from(["payment", "received", "simple"]), st.integers(0, 8), st.sampled_from(["", "q", "x"]))
def test_every_single_slip_in_a_known_word_is_found_again(word: str, place: int, put: str) -> None:
    place %= len(word)
    slip = word[:place] + put + word[place + 1 :]
    assert f"the {word} is" in respelt(f"the {slip} is")


def test_a_rare_word_is_told_of_where_a_likelier_one_is_a_slip_away() -> None:
    respeller, mix = Respeller(WITH_PAPERS, RATES), WITH_PAPERS.mix("Total item")
    assert respeller.slip("itam", mix) == (2, 3)
    assert respeller.slip("iten", mix, rare=True) == (3, 4)
    assert respeller.slip("haus", WITH_PAPERS.mix("das haus war"), rare=True) is None
    assert respeller.slip("item", mix, rare=True) is None
    assert respeller.slip("itam", mix, known=lambda word: False) is None
