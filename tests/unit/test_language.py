"""Language tags, and the letters that an engine cannot write."""

from __future__ import annotations

import string

import pytest

from scanproof.errors import PermanentError
from scanproof.language import check_language, missing_letters

ENGLISH = frozenset(string.ascii_letters)


@pytest.mark.parametrize("tag", [None, "en", "de-CH", "zh-Hans", "pt-BR", "la", "sr-Latn-RS"])
def test_languages_that_exist(tag: str | None) -> None:
    check_language(tag)


@pytest.mark.parametrize("tag", ["xx", "english", "e", "", "de_DE!", "12"])
def test_languages_that_do_not(tag: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_language(tag)
    assert caught.value.code == "unknown_language"


def test_letters_of_the_language_asked_for() -> None:
    assert missing_letters("pl", "", ENGLISH) == ("Polish", "ąćęłńóśźż")
    assert missing_letters("pl-PL", "", ENGLISH | set("ąćęłńóśźż")) is None
    assert missing_letters("en", "naïve", ENGLISH) is None


def test_a_language_is_told_by_letters_that_it_alone_has() -> None:
    polish = ENGLISH | set("łńśź")
    name, letters = missing_letters(None, "Łódź leży nad Łódką, a Śląsk na południu", polish) or ("", "")
    assert name == "Polish"
    assert "ę" in letters
    assert "ł" not in letters


def test_a_foreign_name_does_not_make_a_language() -> None:
    assert missing_letters(None, "Signed by Mr Łukasz, in plain English", ENGLISH | set("ł")) is None
    assert missing_letters(None, "If this is written in English it is no Turkish", ENGLISH) is None
