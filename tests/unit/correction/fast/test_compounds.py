"""Two words that are written as one."""

import pytest

from scanproof.correction.fast.compounds import Half, compound_log_prob, halves
from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.lexicon import UNSEEN, Lexicon
from tests.unit.correction.fast.words import RATES


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
    lexical = LexicalCandidates(lexicon, RATES)
    found = lexical.matches(read, lexicon.posterior(read, "de"))
    assert meant in {read[:start] + written + read[end:] for start, end, written in found}
    assert not [*lexical.matches("billnurnber", lexicon.posterior("", "en"))]
    assert not [*lexical.matches("Rechnungsnummer", lexicon.posterior("", "de"))]


def test_two_words_written_as_one_are_known_where_that_is_how_words_are_made() -> None:
    lexicon = Lexicon(
        {"de": {"rechnung": 90, "nummer": 60, "gesamt": 50, "beitrag": 9}, "en": {"bill": 9, "number": 9}}
    )
    german, english = lexicon.posterior("rechnung", "de"), lexicon.posterior("bill", "en")
    assert compound_log_prob("Rechnungsnummer", lexicon, german) == lexicon.log_prob("nummer", german)
    assert compound_log_prob("GESAMTBEITRAG", lexicon, german) == lexicon.log_prob("beitrag", german)
    assert compound_log_prob("vorgesamt", lexicon, german) == lexicon.log_prob("gesamt", german)
    assert compound_log_prob("Gesamtbeitrng", lexicon, german) == UNSEEN
    assert compound_log_prob("Rechnung", lexicon, german) == UNSEEN
    assert compound_log_prob("billnumber", lexicon, english) == UNSEEN


def test_a_part_beside_a_known_word_may_be_misread_and_may_end_in_what_links_them() -> None:
    lexicon = Lexicon({"de": {"rechnung": 90, "nummer": 60}})
    posterior = lexicon.posterior("rechnung")
    of_other = lexicon.log_prob("nummer", posterior)
    assert [*halves("rechnnngsnummer", lexicon, posterior)] == [
        Half("rechnnngs", 0, of_other),
        Half("rechnnng", 0, of_other),
    ]
