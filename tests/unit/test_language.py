"""Language tags, language detection, and letters that an engine cannot output."""

from __future__ import annotations

import string

import pytest

from scanproof.errors import PermanentError
from scanproof.language import check_language, missing_letters

ENGLISH = frozenset(string.ascii_letters)


@pytest.mark.parametrize("tag", [None, "en", "de-CH", "zh-Hans", "pt-BR", "la", "sr-Latn-RS"])
def test_known_languages_are_accepted(tag: str | None) -> None:
    check_language(tag)


@pytest.mark.parametrize("tag", ["xx", "english", "e", "", "de_DE!", "12"])
def test_unknown_languages_are_refused(tag: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_language(tag)
    assert caught.value.code == "unknown_language"


def test_missing_letters_of_requested_language() -> None:
    assert missing_letters("pl", "", ENGLISH) == ("Polish", "ąćęłńóśźż")
    assert missing_letters("pl-PL", "", ENGLISH | set("ąćęłńóśźż")) is None
    assert missing_letters("en", "naïve", ENGLISH) is None


def test_distinctive_letters_determine_language() -> None:
    polish = ENGLISH | set("łńśź")
    name, letters = missing_letters(None, "Łódź leży nad Łódką, a Śląsk na południu", polish) or ("", "")
    assert name == "Polish"
    assert "ę" in letters
    assert "ł" not in letters


def test_foreign_name_does_not_determine_language() -> None:
    assert missing_letters(None, "Signed by Mr Łukasz, in plain English", ENGLISH | set("ł")) is None
    assert missing_letters(None, "If this is written in English it is no Turkish", ENGLISH) is None
