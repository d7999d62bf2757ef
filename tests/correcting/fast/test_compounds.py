"""Two words that are written as one."""

import pytest

from scanproof.correcting.fast.compounds import Half, compound_log_share, halves
from scanproof.correcting.fast.lexicon import UNSEEN, Lexicon
from scanproof.correcting.fast.respelling import Respeller
from tests.correcting.fast.words import RATES


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Rechnungsnurnmer", "Rechnungsnummer"),
        ("Rechnnngsnummer", "Rechnungsnummer"),
        ("ZAHLUNGSRECHNNG", "ZAHLUNGSRECHNUNG"),
    ],
)
def test_a_slip_away_from_two_words_written_as_one(read: str, meant: str) -> None:
    lexicon = Lexicon({"de": {"rechnung": 900, "nummer": 600, "zahlung": 500}, "en": {"bill": 900, "number": 600}})
    respeller = Respeller(lexicon, RATES)
    found = respeller.respellings(read, lexicon.mix(read, "de"))
    assert meant in {read[:start] + written + read[end:] for start, end, written in found}
    assert not [*respeller.respellings("billnurnber", lexicon.mix("", "en"))]
    assert not [*respeller.respellings("Rechnungsnummer", lexicon.mix("", "de"))]


def test_two_words_written_as_one_are_known_where_that_is_how_words_are_made() -> None:
    lexicon = Lexicon(
        {"de": {"rechnung": 90, "nummer": 60, "gesamt": 50, "beitrag": 9}, "en": {"bill": 9, "number": 9}}
    )
    german, english = lexicon.mix("rechnung", "de"), lexicon.mix("bill", "en")
    assert compound_log_share("Rechnungsnummer", lexicon, german) == lexicon.log_share("nummer", german)
    assert compound_log_share("GESAMTBEITRAG", lexicon, german) == lexicon.log_share("beitrag", german)
    assert compound_log_share("vorgesamt", lexicon, german) == lexicon.log_share("gesamt", german)
    assert compound_log_share("Gesamtbeitrng", lexicon, german) == UNSEEN
    assert compound_log_share("Rechnung", lexicon, german) == UNSEEN
    assert compound_log_share("billnumber", lexicon, english) == UNSEEN


def test_a_part_beside_a_known_word_may_be_misread_and_may_end_in_what_links_them() -> None:
    lexicon = Lexicon({"de": {"rechnung": 90, "nummer": 60}})
    mix = lexicon.mix("rechnung")
    of_other = lexicon.log_share("nummer", mix)
    assert [*halves("rechnnngsnummer", lexicon, mix)] == [Half("rechnnngs", 0, of_other), Half("rechnnng", 0, of_other)]
