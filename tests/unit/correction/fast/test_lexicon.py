"""How common words are, and what a line and a page are in: a lexicon of our own."""

import pytest

from scanproof.correction.fast.lexicon import UNSEEN, Lexicon
from scanproof.correction.fast.word_status import COMMON
from tests.unit.correction.fast.words import LEXICON, WITH_PAPERS


def test_words_tell_the_language_and_count_in_it() -> None:
    english, german = LEXICON.posterior("the payment is due"), LEXICON.posterior("die zahlung ist fällig")
    assert english.argmax() == 0
    assert german.argmax() == 1
    assert LEXICON.log_prob("payment", english) > LEXICON.log_prob("payment", german)
    assert LEXICON.log_prob("unseen", english) == UNSEEN
    assert LEXICON.posterior("").tolist() == pytest.approx([0.5, 0.5])


def test_a_line_of_few_words_is_in_the_language_of_its_page_unless_its_words_say_otherwise() -> None:
    assert LEXICON.posterior("ist", "en").argmax() == 1  # a word that the page's language does not have
    assert LEXICON.posterior("", "en").argmax() == 0
    assert LEXICON.posterior("", "hu").tolist() == LEXICON.posterior("").tolist()
    both = Lexicon({"en": {"the": 60_000, "dat": 1, "date": 90}, "nl": {"de": 50_000, "dat": 500, "is": 30_000}})
    assert both.language(both.posterior("dat")) == 1
    assert both.language(both.posterior("dat", "en")) == 0
    assert both.language(both.posterior("dat is de", "en")) == 1
    assert both.may_be("dat is de dat", "en").tolist() == [0, 1]


def test_on_a_page_the_words_of_other_languages_are_rare() -> None:
    assert LEXICON.max_prob("die") == LEXICON.max_prob("die", "de") > COMMON
    assert 0 < LEXICON.max_prob("zahlung", "en") < COMMON < LEXICON.max_prob("zahlung")
    assert LEXICON.max_prob("unseen", "en") == 0
    assert LEXICON.max_prob("die", "hu") == LEXICON.max_prob("die")


def test_a_page_of_a_dozen_words_tells_its_language() -> None:
    assert LEXICON.language_of("the payment is due " * 3) == "en"
    assert LEXICON.language_of("die zahlung ist fällig\n" * 3) == "de"
    assert LEXICON.language_of("the payment is due") is None
    assert LEXICON.language_of("the die " * 12) is None
    assert LEXICON.language_of("") is None


def test_the_rarest_word_counts_and_what_mixes_letters_and_digits_was_never_seen() -> None:
    posterior = LEXICON.posterior("the payment is due")
    assert LEXICON.min_log_prob("the payment", posterior) == LEXICON.log_prob("payment", posterior)
    assert LEXICON.min_log_prob("the paym3nt", posterior) == UNSEEN
    assert LEXICON.min_log_prob("12 + 13", posterior) is None


def test_a_thinned_lexicon_forgets_words_only() -> None:
    thinned = LEXICON.without({"payment"})
    posterior = LEXICON.posterior("the is due")
    assert thinned.log_prob("payment", posterior) == UNSEEN
    assert thinned.log_prob("the", posterior) == LEXICON.log_prob("the", posterior)
    assert LEXICON.log_prob("payment", posterior) > UNSEEN


def test_a_line_of_labels_is_a_papers_and_its_words_are_common_there() -> None:
    prose, paper = WITH_PAPERS.posterior("the house was the"), WITH_PAPERS.posterior("Total item 12.00")
    assert WITH_PAPERS.business_probability(prose) < 0.2 < 0.8 < WITH_PAPERS.business_probability(paper)
    assert WITH_PAPERS.log_prob("item", paper) > WITH_PAPERS.log_prob("item", prose) + 1
    assert WITH_PAPERS.log_prob("house", paper) > UNSEEN  # papers use other words, too
    assert WITH_PAPERS.language(paper) == WITH_PAPERS.language(prose) == 0
    assert WITH_PAPERS.language(WITH_PAPERS.posterior("Summe Artikel")) == 1
    assert WITH_PAPERS.business_probability(LEXICON.posterior("Total")) == 0.0  # where none were counted
