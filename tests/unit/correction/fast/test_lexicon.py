"""Word probabilities, and the language of lines and pages: with a small lexicon."""

import pytest

from scanproof.correction.fast.config import COMMON_SHARE
from scanproof.correction.fast.lexicon import UNSEEN, Lexicon
from scanproof.language import LanguagePosterior
from tests.unit.correction.fast.words import LEXICON, WITH_BUSINESS

ENGLISH, GERMAN, HUNGARIAN = map(LanguagePosterior.certain, ("en", "de", "hu"))


def test_words_determine_line_language() -> None:
    english, german = LEXICON.posterior("the payment is due"), LEXICON.posterior("die zahlung ist fällig")
    assert english.argmax() == 0
    assert german.argmax() == 1
    assert LEXICON.log_prob("payment", english) > LEXICON.log_prob("payment", german)
    assert LEXICON.log_prob("unseen", english) == UNSEEN
    assert LEXICON.posterior("").tolist() == pytest.approx([0.5, 0.5])


def test_page_language_decides_for_short_lines() -> None:
    assert LEXICON.posterior("ist", ENGLISH).argmax() == 1  # a word that the page's language does not have
    assert LEXICON.posterior("", ENGLISH).argmax() == 0
    assert LEXICON.posterior("", HUNGARIAN).tolist() == LEXICON.posterior("").tolist()
    both = Lexicon({"en": {"the": 60_000, "dat": 1, "date": 90}, "nl": {"de": 50_000, "dat": 500, "is": 30_000}})
    assert both.language(both.posterior("dat")) == 1
    assert both.language(both.posterior("dat", ENGLISH)) == 0
    assert both.language(both.posterior("dat is de", ENGLISH)) == 1
    assert both.possible_languages("dat is de dat", ENGLISH).tolist() == [0, 1]


def test_foreign_words_are_rare_on_page() -> None:
    assert LEXICON.max_prob("die") == LEXICON.max_prob("die", "de") > COMMON_SHARE
    assert 0 < LEXICON.max_prob("zahlung", "en") < COMMON_SHARE < LEXICON.max_prob("zahlung")
    assert LEXICON.max_prob("unseen", "en") == 0
    assert LEXICON.max_prob("die", "hu") == LEXICON.max_prob("die")


def test_rarest_word_of_text_decides() -> None:
    posterior = LEXICON.posterior("the payment is due")
    assert LEXICON.min_log_prob("the payment", posterior) == LEXICON.log_prob("payment", posterior)
    assert LEXICON.min_log_prob("the paym3nt", posterior) == UNSEEN
    assert LEXICON.min_log_prob("12 + 13", posterior) is None


def test_business_lines_raise_business_words() -> None:
    prose, business = WITH_BUSINESS.posterior("the house was the"), WITH_BUSINESS.posterior("Total item 12.00")
    assert WITH_BUSINESS.business_probability(prose) < 0.2 < 0.8 < WITH_BUSINESS.business_probability(business)
    assert WITH_BUSINESS.log_prob("item", business) > WITH_BUSINESS.log_prob("item", prose) + 1
    assert WITH_BUSINESS.log_prob("house", business) > UNSEEN  # business documents use other words, too
    assert WITH_BUSINESS.language(business) == WITH_BUSINESS.language(prose) == 0
    assert WITH_BUSINESS.language(WITH_BUSINESS.posterior("Summe Artikel")) == 1
    assert WITH_BUSINESS.business_probability(LEXICON.posterior("Total")) == 0.0  # where none were counted


def test_compounds_are_known_in_german_only() -> None:
    lexicon = Lexicon(
        {"de": {"rechnung": 90, "nummer": 60, "gesamt": 50, "beitrag": 9}, "en": {"bill": 9, "number": 9}}
    )
    german, english = (
        lexicon.posterior("rechnung", GERMAN),
        lexicon.posterior("bill", ENGLISH),
    )
    assert lexicon.compound_log_prob("Rechnungsnummer", german) == lexicon.log_prob("nummer", german)
    assert lexicon.compound_log_prob("GESAMTBEITRAG", german) == lexicon.log_prob("beitrag", german)
    assert lexicon.compound_log_prob("vorgesamt", german) == lexicon.log_prob("gesamt", german)
    assert lexicon.compound_log_prob("Gesamtbeitrng", german) == UNSEEN
    assert lexicon.compound_log_prob("Rechnung", german) == UNSEEN
    assert lexicon.compound_log_prob("billnumber", english) == UNSEEN
