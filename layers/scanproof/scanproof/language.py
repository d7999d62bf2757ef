"""Detects the language of a page, checks language tags, and finds letters that an engine cannot output.

There is one detector, `detect_language`, and one result, `LanguagePosterior`, which everything that depends on the
page's language receives. Letters that only one language has decide; they are all that can tell of a language without
a lexicon. Otherwise the words decide, where a lexicon is at hand: OcrFunction loads none. The alphabets follow the
main exemplar characters of Unicode CLDR (release 45), without A to Z.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt
from babel import Locale
from babel.core import parse_locale

from scanproof.errors import PermanentError

_ALPHABETS = {
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "ca": "àçéèíïóòúü",
    "cs": "áčďéěíňóřšťúůýž",
    "cy": "áàâäéèêëíìîïóòôöúùûüẃẁŵẅýỳŷÿ",
    "da": "æøå",
    "de": "äöüß",
    "el": "αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώ",
    "es": "áéíñóúü",
    "et": "äõöüšž",
    "eu": "çñ",
    "fa": "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
    "fi": "äåöšž",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "ga": "áéíóú",
    "gl": "áéíñóúü",
    "he": "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "hi": "अआइईउऊऋएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "hy": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "is": "áðéíóúýþæö",
    "it": "àéèìóòù",
    "ka": "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
    "kk": "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
    "mt": "àċèġħìòùż",
    "nb": "àæéøóòôå",
    "nl": "äáéëïíöóüú",
    "pl": "ąćęłńóśźż",
    "pt": "àáâãçéêíóôõú",
    "ro": "ăâîșț",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšž",
    "sq": "çë",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "sv": "àéåäö",
    "th": "กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
    "tr": "çğıöşü",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئةى",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "vi": "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ",
}
_CURRENCY_SIGNS = {"vi": "₫", "tr": "₺", "ru": "₽", "uk": "₴", "he": "₪", "hi": "₹", "kk": "₸", "ka": "₾", "th": "฿"}

# `python -m benchmarks.languages` shows the effect of these numbers.
# Letters that only one language has: fewer are names or recognition errors. Hungarian has the fewest, one in a hundred.
_MIN_OWN_LETTERS, _MIN_SHARE_OF_OWN_LETTERS = 3, 0.01
MIN_PROBABILITY = 0.999  # of the language; a wrong one makes all words of the page foreign
_MAX_WORDS, _MIN_WORDS = 500, 12  # by which the language is determined; the latter of known words, too
_UNSEEN_SHARE = 1e-6  # of a word in a language that does not have it, and the least share of one that it has
# Words of other languages look like rare words of the lexicon's, the shorter the more often. So of the words of four
# letters or more, this share is known on badly read pages in a language of the lexicon, and on pages in another.
_LONG_WORD, _KNOWN_IF_SUPPORTED, _KNOWN_IF_FOREIGN = 4, 0.6, 0.1
_PRIOR_OF_SUPPORTED = 0.99
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+(?![^\W_])")  # with no digit in it or beside it


class WordShares(Protocol):
    """How common words are in each of its languages."""

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639 codes."""
        ...

    def shares_of(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """The relative frequency of each word, [words, domains × languages]; 0 where it was never seen."""
        ...


@dataclass(frozen=True)
class LanguagePosterior:
    """The probability of each language that a page may be in.

    Attributes:
        probabilities: by ISO 639 code; what is missing to 1 is the probability of all other languages.
    """

    probabilities: tuple[tuple[str, float], ...] = ()

    @classmethod
    def certain(cls, code: str | None) -> LanguagePosterior:
        """The posterior of a language that is known; with None, of one that is not."""
        return cls(((code, 1.0),)) if code else UNKNOWN_LANGUAGE

    @property
    def code(self) -> str | None:
        """The ISO 639 code of the page's language; None where it is uncertain or none of these."""
        code, probability = max(self.probabilities, key=lambda item: item[1], default=("", 0.0))
        return code if probability >= MIN_PROBABILITY else None

    @property
    def is_other(self) -> bool:
        """Whether the page is certainly in none of these languages."""
        return (
            bool(self.probabilities)
            and sum(probability for _, probability in self.probabilities) <= 1 - MIN_PROBABILITY
        )

    def may_be_in(self, languages: Set[str] | None) -> bool:
        """Whether the page may be in one of ``languages``, ISO 639 codes; None are all."""
        return languages is None or not (self.is_other or (self.code and self.code not in languages))


UNKNOWN_LANGUAGE = LanguagePosterior()


def detect_language(text: str, lexicon: WordShares | None = None) -> LanguagePosterior:
    """Detects the language of a page.

    Args:
        text: of the page.
        lexicon: of the languages that words can tell; without one only letters can.
    """
    if code := _language_of_letters(text):
        return LanguagePosterior.certain(code)
    return _posterior_of_words(_WORD.findall(text)[:_MAX_WORDS], lexicon) if lexicon else UNKNOWN_LANGUAGE


def _posterior_of_words(words: Sequence[str], lexicon: WordShares) -> LanguagePosterior:
    """Naive Bayes over the known words, then over how many words are known in the most probable language."""
    if len(words) < _MIN_WORDS:
        return UNKNOWN_LANGUAGE
    shares = lexicon.shares_of(words).astype(np.float64).reshape(len(words), -1, len(lexicon.languages))
    known = shares[shares.any(axis=(1, 2))]
    logs = np.log(known + _UNSEEN_SHARE).sum(axis=0) if len(known) >= _MIN_WORDS else np.zeros(shares.shape[1:])
    by_language = np.exp(logs - logs.max()).sum(axis=0)
    by_language /= by_language.sum()
    is_known = shares[:, :, by_language.argmax()].max(axis=1) > _UNSEEN_SHARE
    is_long = np.array([len(word) >= _LONG_WORD for word in words])
    probabilities = _probability_of_supported(is_known[is_long]) * by_language
    return LanguagePosterior(tuple(zip(lexicon.languages, probabilities.tolist(), strict=True)))


def _probability_of_supported(is_known: npt.NDArray[np.bool_]) -> float:
    """The probability that a page is in a language of the lexicon, by whether each long word is known in it."""
    known, unknown = int(is_known.sum()), int((~is_known).sum())
    log_odds = (
        math.log(_PRIOR_OF_SUPPORTED / (1 - _PRIOR_OF_SUPPORTED))
        + known * math.log(_KNOWN_IF_SUPPORTED / _KNOWN_IF_FOREIGN)
        + unknown * math.log((1 - _KNOWN_IF_SUPPORTED) / (1 - _KNOWN_IF_FOREIGN))
    )
    return float(1 / (1 + np.exp(-log_odds)))


def _language_of_letters(text: str) -> str | None:
    """The language of letters that no other language has; None where there are too few."""
    letters = [letter for letter in text.lower() if letter.isalpha()]
    owners = (_distinctive_letters().get(letter) for letter in letters)
    best = Counter(owner for owner in owners if owner is not None).most_common(1)
    required = max(_MIN_OWN_LETTERS, _MIN_SHARE_OF_OWN_LETTERS * len(letters))
    return best[0][0] if best and best[0][1] >= required else None


@cache
def _distinctive_letters() -> dict[str, str]:
    """Maps letters that only one language has to that language."""
    owners = Counter(letter for letters in _ALPHABETS.values() for letter in set(letters))
    return {letter: code for code, letters in _ALPHABETS.items() for letter in letters if owners[letter] == 1}


def check_language(tag: str | None) -> None:
    """Accepts None and BCP 47 tags whose language CLDR knows.

    Raises:
        PermanentError: ``unknown_language``.
    """
    if tag is not None and language_of(tag) not in _known_languages():
        raise PermanentError(
            "unknown_language",
            f"The language {tag!r} is unknown.",
            "Use a BCP 47 tag such as en, de, fr-CH or zh-Hans, or omit the language.",
        )


def missing_letters(language: str | None, text: str, alphabet: Set[str]) -> tuple[str, str] | None:
    """Finds the letters of a page's language that an engine cannot output.

    Args:
        language: the requested tag; with None, the language is detected by letters in ``text`` that only one has.
        text: the recognised text.
        alphabet: the characters that the engine can output.

    Returns:
        The language's English name and its letters that are not in ``alphabet``, or None if there are none or the
        language cannot be determined.
    """
    code = language_of(language) if language else detect_language(text).code
    if code is None or code not in _ALPHABETS:
        return None
    letters = _ALPHABETS[code] + _CURRENCY_SIGNS.get(code, "")
    missing = "".join(letter for letter in letters if letter not in alphabet)
    return (language_name(code), missing) if missing else None


def language_of(tag: str) -> str | None:
    """Returns the ISO 639 code in a BCP 47 tag, or None for anything else."""
    try:
        return parse_locale(tag, sep="-")[0].lower()
    except ValueError:
        return None


@cache
def _known_languages() -> Set[str]:
    return frozenset(Locale("en").languages)


def language_name(code: str) -> str:
    """Returns the English name of an ISO 639 code that CLDR knows."""
    return str(Locale("en").languages[code])
