"""Words with several character errors are found again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from scanproof.correction.confusions import NEVER, ErrorModel
from scanproof.correction.fast.lexical_candidates import LexicalCandidates, Vocabularies, align
from scanproof.correction.fast.lexicon import Lexicon
from scanproof.edits import apply

LEXICON = Lexicon(
    {
        "en": {"suspicions": 50, "suspicious": 60, "stealing": 80, "sterling": 70, "assault": 40, "the": 60_000},
        "de": {"versicherung": 90, "die": 50_000, "änderungen": 30},
    }
)
ERROR_MODEL = ErrorModel({"c": {"o": -3.0, "e": -2.5}, "i": {"l": -2.7}, "e": {"c": -2.9, "o": -2.2}, "": {"i": -4.5}})
ENGLISH, GERMAN = LEXICON.posterior("the the the"), LEXICON.posterior("die die die")


def found(word: str, posterior: object = ENGLISH) -> list[str]:
    return [match.word for match in LexicalCandidates(LEXICON, ERROR_MODEL).fuzzy_matches(word, posterior)]  # type: ignore[arg-type]


def test_most_probable_word_comes_first() -> None:
    assert found("suspiolons") == ["suspicions", "suspicious"]
    assert found("stcallng")[0] == "stealing"


@pytest.mark.parametrize("word", ["qqqqqqqq", "thx", "suspicionz"])
def test_far_and_near_words_are_skipped(word: str) -> None:
    assert found(word) in ([], ["suspicious"])


def test_only_line_language_is_searched() -> None:
    assert found("versioherunq", GERMAN) == ["versicherung"]
    assert found("versioherunq") == []
    assert found("ånderunqen", GERMAN) == ["änderungen"]


def test_only_unknown_letter_words_are_searched() -> None:
    lexical = LexicalCandidates(LEXICON, ERROR_MODEL)
    text = "The susplcions of asiiult, A4x6789 and x-rays: STEALING"
    assert [word.group() for word in lexical.unknown_words(text)] == ["susplcions", "asiiult"]


@given(st.sets(st.text("abcéi", min_size=1, max_size=9), min_size=1), st.text("abcéix", min_size=3, max_size=9))
def test_search_finds_all_near_words(words: set[str], word: str) -> None:
    vocabulary = Vocabularies(Lexicon({"en": dict.fromkeys(words, 5)})).of(0, 1)
    for most in (1, 2, 3):
        distances = {other: OSA.distance(word, other) for other in words}
        assert dict(vocabulary.near(word, most)) == {other: far for other, far in distances.items() if far <= most}


@given(st.text("abcei", min_size=1, max_size=9), st.text("abcei", min_size=1, max_size=9))
def test_aligned_edits_make_the_word(read: str, meant: str) -> None:
    match = align(read, meant, ERROR_MODEL)
    assert apply(read, match.char_edits) == meant
    assert match.log_rate <= 0
    assert match.log_rate >= NEVER * max(len(read), len(meant)) * 2
    assert (match.char_edits == ()) == (read == meant)


def test_log_rates_add_up() -> None:
    assert align("suspiolons", "suspicions", ERROR_MODEL).log_rate == pytest.approx(-3.0 - 2.7)
