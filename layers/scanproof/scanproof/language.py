"""Languages: whether a tag names one, and which of its letters an engine cannot write.

The alphabets follow the main exemplar characters of Unicode CLDR (release 45), without A to Z.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
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

_LETTERS_OF_PROOF = 3  # letters that one language alone has; fewer may be a name, or a slip of the engine


def check_language(tag: str | None) -> None:
    """Passes for None and for a BCP 47 tag whose language CLDR knows.

    Raises:
        PermanentError: ``unknown_language``.
    """
    if tag is not None and language_of(tag) not in _known_languages():
        raise PermanentError(
            "unknown_language",
            f"There is no language {tag!r}.",
            "Give a BCP 47 tag such as en, de, fr-CH or zh-Hans, or leave the language out.",
        )


def missing_letters(language: str | None, text: str, alphabet: Set[str]) -> tuple[str, str] | None:
    """What an engine cannot write in the language of a page.

    Args:
        language: the tag asked for; None looks for letters in ``text`` that one language alone has.
        text: what was recognised.
        alphabet: the characters that the engine can write.

    Returns:
        The language's English name and its letters that are not in ``alphabet``, or None if there are none or the
        language cannot be told.
    """
    code = language_of(language) if language else evident_language(text)
    if code is None or code not in _ALPHABETS:
        return None
    wanted = _ALPHABETS[code] + _CURRENCY_SIGNS.get(code, "")
    missing = "".join(letter for letter in wanted if letter not in alphabet)
    return (language_name(code), missing) if missing else None


def evident_language(text: str, share: float = 0.0) -> str | None:
    """The language whose own letters give it away, as an ISO 639 code.

    Args:
        share: of the text's letters that must be letters of that language alone, beside a handful of them.
    """
    letters = [letter for letter in text.lower() if letter.isalpha()]
    owners = (_distinctive_letters().get(letter) for letter in letters)
    proof = Counter(owner for owner in owners if owner is not None)
    best = proof.most_common(1)
    needed = max(_LETTERS_OF_PROOF, share * len(letters))
    return best[0][0] if best and best[0][1] >= needed else None


@cache
def _distinctive_letters() -> dict[str, str]:
    """Letters that one language alone has, and which."""
    owners = Counter(_each_once(_ALPHABETS.values()))
    return {letter: code for code, letters in _ALPHABETS.items() for letter in letters if owners[letter] == 1}


def _each_once(alphabets: Iterable[str]) -> Iterable[str]:
    return (letter for letters in alphabets for letter in set(letters))


def language_of(tag: str) -> str | None:
    """The ISO 639 code in a BCP 47 tag, or None if it is no such tag."""
    try:
        return parse_locale(tag, sep="-")[0].lower()
    except ValueError:
        return None


@cache
def _known_languages() -> Set[str]:
    return frozenset(Locale("en").languages)


def language_name(code: str) -> str:
    """English name of an ISO 639 code that CLDR knows."""
    return str(Locale("en").languages[code])
