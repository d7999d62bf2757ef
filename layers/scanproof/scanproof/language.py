"""Checks language tags, detects languages by their letters, and finds letters that an engine cannot output.

The alphabets follow the main exemplar characters of Unicode CLDR (release 45), without A to Z.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from functools import cache

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

_MIN_DISTINCTIVE_LETTERS = 3  # fewer may be a name or a recognition error


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
    code = language_of(language) if language else evident_language(text)
    if code is None or code not in _ALPHABETS:
        return None
    letters = _ALPHABETS[code] + _CURRENCY_SIGNS.get(code, "")
    missing = "".join(letter for letter in letters if letter not in alphabet)
    return (language_name(code), missing) if missing else None


def evident_language(text: str, share: float = 0.0) -> str | None:
    """Detects a language by letters that no other language has; returns its ISO 639 code or None.

    Args:
        text: in any language.
        share: minimum share of the text's letters that must be such letters, in addition to a minimum number.
    """
    letters = [letter for letter in text.lower() if letter.isalpha()]
    owners = (_distinctive_letters().get(letter) for letter in letters)
    counts = Counter(owner for owner in owners if owner is not None)
    best = counts.most_common(1)
    required = max(_MIN_DISTINCTIVE_LETTERS, share * len(letters))
    return best[0][0] if best and best[0][1] >= required else None


@cache
def _distinctive_letters() -> dict[str, str]:
    """Maps letters that only one language has to that language."""
    owners = Counter(letter for letters in _ALPHABETS.values() for letter in set(letters))
    return {letter: code for code, letters in _ALPHABETS.items() for letter in letters if owners[letter] == 1}


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
