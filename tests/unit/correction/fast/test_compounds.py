"""Compounds of known words are recognised, and errors in them corrected."""

import pytest

from scanproof.correction.fast.compounds import CompoundPart, compound_log_prob, compound_parts
from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.lexicon import UNSEEN, Lexicon
from scanproof.edits import apply
from tests.unit.correction.fast.words import ERROR_MODEL


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Rechnungsnurnmer", "Rechnungsnummer"),
        ("Rechnnngsnummer", "Rechnungsnummer"),
        ("ZAHLUNGSRECHNNG", "ZAHLUNGSRECHNUNG"),
    ],
)
def test_misread_compound_is_found(read: str, meant: str) -> None:
    lexicon = Lexicon({"de": {"rechnung": 900, "nummer": 600, "zahlung": 500}, "en": {"bill": 900, "number": 600}})
    lexical = LexicalCandidates(lexicon, ERROR_MODEL)
    found = lexical.matches(read, lexicon.posterior(read, "de"))
    assert meant in {apply(read, [edit]) for edit in found}
    assert not [*lexical.matches("billnurnber", lexicon.posterior("", "en"))]
    assert not [*lexical.matches("Rechnungsnummer", lexicon.posterior("", "de"))]


def test_compounds_are_known_in_german_only() -> None:
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


def test_misread_part_with_linking_s() -> None:
    lexicon = Lexicon({"de": {"rechnung": 90, "nummer": 60}})
    posterior = lexicon.posterior("rechnung")
    other_log_prob = lexicon.log_prob("nummer", posterior)
    assert [*compound_parts("rechnnngsnummer", lexicon, posterior)] == [
        CompoundPart("rechnnngs", 0, other_log_prob),
        CompoundPart("rechnnng", 0, other_log_prob),
    ]
