"""How common words are, and what a line and a page are in: a lexicon of our own."""

import pytest

from scanproof.correcting.fast.familiarity import COMMON
from scanproof.correcting.fast.lexicon import UNSEEN, Lexicon
from tests.correcting.fast.words import LEXICON, WITH_PAPERS


def test_words_tell_the_language_and_count_in_it() -> None:
    english, german = LEXICON.mix("the payment is due"), LEXICON.mix("die zahlung ist fällig")
    assert english.argmax() == 0
    assert german.argmax() == 1
    assert LEXICON.log_share("payment", english) > LEXICON.log_share("payment", german)
    assert LEXICON.log_share("unseen", english) == UNSEEN
    assert LEXICON.mix("").tolist() == pytest.approx([0.5, 0.5])


def test_a_line_of_few_words_is_in_the_language_of_its_page_unless_its_words_say_otherwise() -> None:
    assert LEXICON.mix("ist", "en").argmax() == 1  # a word that the page's language does not have
    assert LEXICON.mix("", "en").argmax() == 0
    assert LEXICON.mix("", "hu").tolist() == LEXICON.mix("").tolist()
    both = Lexicon({"en": {"the": 60_000, "dat": 1, "date": 90}, "nl": {"de": 50_000, "dat": 500, "is": 30_000}})
    assert both.language(both.mix("dat")) == 1
    assert both.language(both.mix("dat", "en")) == 0
    assert both.language(both.mix("dat is de", "en")) == 1
    assert both.may_be("dat is de dat", "en").tolist() == [0, 1]


def test_on_a_page_the_words_of_other_languages_are_rare() -> None:
    assert LEXICON.greatest_share("die") == LEXICON.greatest_share("die", "de") > COMMON
    assert 0 < LEXICON.greatest_share("zahlung", "en") < COMMON < LEXICON.greatest_share("zahlung")
    assert LEXICON.greatest_share("unseen", "en") == 0
    assert LEXICON.greatest_share("die", "hu") == LEXICON.greatest_share("die")


def test_a_page_of_a_dozen_words_tells_its_language() -> None:
    assert LEXICON.language_of("the payment is due " * 3) == "en"
    assert LEXICON.language_of("die zahlung ist fällig\n" * 3) == "de"
    assert LEXICON.language_of("the payment is due") is None
    assert LEXICON.language_of("the die " * 12) is None
    assert LEXICON.language_of("") is None


def test_the_rarest_word_counts_and_what_mixes_letters_and_digits_was_never_seen() -> None:
    mix = LEXICON.mix("the payment is due")
    assert LEXICON.least_log_share("the payment", mix) == LEXICON.log_share("payment", mix)
    assert LEXICON.least_log_share("the paym3nt", mix) == UNSEEN
    assert LEXICON.least_log_share("12 + 13", mix) is None


def test_a_thinned_lexicon_forgets_words_only() -> None:
    thinned = LEXICON.without({"payment"})
    mix = LEXICON.mix("the is due")
    assert thinned.log_share("payment", mix) == UNSEEN
    assert thinned.log_share("the", mix) == LEXICON.log_share("the", mix)
    assert LEXICON.log_share("payment", mix) > UNSEEN


def test_a_line_of_labels_is_a_papers_and_its_words_are_common_there() -> None:
    prose, paper = WITH_PAPERS.mix("the house was the"), WITH_PAPERS.mix("Total item 12.00")
    assert WITH_PAPERS.share_of_papers(prose) < 0.2 < 0.8 < WITH_PAPERS.share_of_papers(paper)
    assert WITH_PAPERS.log_share("item", paper) > WITH_PAPERS.log_share("item", prose) + 1
    assert WITH_PAPERS.log_share("house", paper) > UNSEEN  # papers use other words, too
    assert WITH_PAPERS.language(paper) == WITH_PAPERS.language(prose) == 0
    assert WITH_PAPERS.language(WITH_PAPERS.mix("Summe Artikel")) == 1
    assert WITH_PAPERS.share_of_papers(LEXICON.mix("Total")) == 0.0  # where none were counted
