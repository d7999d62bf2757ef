"""Splits a line into units for the guards: exact ones that stay, and misread ones that may be repaired.

In a misread token digits and letters were confused: a word with digits, or a number with letters. A code (A4, COVID19,
INV-2023-001) also mixes them and must not change. A token counts as misread if no code, amount or measure has its
shape, or, where word frequencies are given, if it is a known word with letters read as digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scanproof.correction.confusions import LOOSE_DIGITS, SAFE_DIGITS, has_class
from scanproof.edits import TextEdit, apply, words_around
from scanproof.values.amounts import parse_amount
from scanproof.values.currencies import currencies_of
from scanproof.values.find import find_values, pieces_with_digits
from scanproof.values.kinds import Value, ValueKind
from scanproof.values.months import fold
from scanproof.values.words import exact_words

_REPAIRED_KINDS = frozenset({ValueKind.NUMBER, ValueKind.AMOUNT, ValueKind.DATE, ValueKind.TIME, ValueKind.PERCENTAGE})
# Recognised by shape alone, which a misread word may share.
_LOOSE_KINDS = frozenset({ValueKind.CODE, ValueKind.QUANTITY, ValueKind.NUMBER})
_EXACT_KINDS = (ValueKind.DATE, ValueKind.TIME, ValueKind.AMOUNT)  # hardly met by chance
Shares = Callable[[str], Sequence[float]]  # of the words of each language that a line may be in, how many are this one

_LETTER = r"[^\W\d_]"
_WORD_SHAPE = re.compile(rf"{_LETTER}+(?:[-'’/.]{_LETTER}+)*")
_SPELLED = re.compile(r"[A-Za-zÀ-žß'’\-0-9|!]+")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")  # ISO 9362: its first six are letters, its last may be digits
_ELISION = re.compile(r"1['’](?:[^\W\d_]{2,}|[md])")  # l'article, I'll; no number is written so
_N_OF_M = re.compile(r"[0-9](?:of|de|von|sur|di|van|z|x|to|à|bis)[0-9]", re.IGNORECASE)
_TO_DIGITS = str.maketrans(SAFE_DIGITS)
_DIGIT_RUN = re.compile(r"[0-9]+")
_MIN_RATIO_TO_STEM = 8  # how much more common a word is than its stem: Date than dat, Shipment than shipmen
_AMOUNT_BEFORE = re.compile(r"(?<![\d.,])\d{1,3}(?:[ .,]?\d{3})*[.,]\d\d ?\Z")
_TRAILING_SIGNS = "€£$"
_MAX_AMOUNT_LENGTH = 16  # characters
_LIKE_EURO = frozenset("(eEcC")  # what engines read for € behind amounts on real receipts
_LETTERS_LIKE_SIGNS = {"$": ("S", "s"), "€": ("C", "c", "e", "E", "(")}  # what engines read for currency signs
_LABEL = re.compile(r"[^\W\d_]{4,}\.?(?=\d)")
_WITH_CENTS = re.compile(r"\d{1,3}(?:\d*|(?:[.,]\d{3})*)[.,]\d\d")
_CENTS = re.compile(r"[.,]\d\d(?!\d)")
_MIN_LEET_LENGTH = 4  # characters: three of them are as often a code as a word
_SHORT_STEM = 3  # letters: Pol3 is a code, Dat3 and thi5 are words at least as common as
_MIN_SHARE = 1e-6  # of a language's words: a rarer word is not of that language
_COMMON, _COMMON_IN_CAPITALS = 5e-5, 1e-3  # of the words in texts; codes are written in capitals
# Nouns and units that directly follow a number (2days, 5star) in the supported languages.
_COUNTED = re.compile(
    r"[0-9](?:day|days|way|ways|star|stars|year|years|yr|yrs|hour|hours|hr|hrs|week|weeks|wk|month|months|mth|pack|pcs|pce|pc|piece|"
    r"set|box|door|phase|person|pers|pax|man|side|sided|fold|ply|pin|core|tone|inch|feet|foot|bit|byte|gen|er|ers|ème|eme|jahre|tage|"
    r"tag|stk|stück|mal|fach|jours|jour|ans|mois|fois|heures|días|dias|años|anos|veces|giorni|anni|dagen|jaar|keer|dni|lat|szt|"
    r"te[nrsm]?|spaltig.*|jährig.*|items?|times|units?|kg|gr|grs|gm|gms|ltr|lit|liter|litre|euro|eur|usd|mio|mln|mrd|k)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Unit:
    """``raw[start:end]``, which holds a digit, is an address, or is a word with an exact meaning (seven, March).

    Attributes:
        kind: what it parses as; ``code`` for a token with digits that parses as nothing.
        misread: what it may be instead if it was misread: "word" or "number".
    """

    start: int
    end: int
    kind: ValueKind
    misread: frozenset[str] = frozenset()


def units_of(raw: str) -> list[Unit]:
    """The units of a line, in order, none overlapping."""
    tokens = list(pieces_with_digits(raw))
    pieces = [(_start_behind_label(raw, start, end), end) for start, end in tokens]
    units = [_unit_of(raw, value) for value in find_values(raw)]
    covered = bytearray(len(raw))
    for unit in units:
        covered[unit.start : unit.end] = b"\x01" * (unit.end - unit.start)
    for (first, _), (start, end) in zip(tokens, pieces, strict=True):
        if not any(covered[start:end]):
            units.append(_unit_of(raw, Value(ValueKind.CODE, first, end, raw[first:end])))
            covered[start:end] = b"\x01" * (end - start)
    units += [Unit(start, end, kind) for start, end, kind in exact_words(raw) if not any(covered[start:end])]
    return _disjoint(sorted(units, key=lambda unit: unit.start), pieces)


def _unit_of(raw: str, value: Value) -> Unit:
    start = _start_behind_label(raw, value.start, value.end) if value.kind is ValueKind.CODE else value.start
    if start == value.start:
        return Unit(value.start, value.end, value.kind, _misreadings(value))
    return Unit(start, value.end, kind_of_whole(raw[start : value.end]) or ValueKind.NUMBER)


def _start_behind_label(raw: str, start: int, end: int) -> int:
    """Where a date or an amount with cents begins that was read as one token with the label before it: Date01.10.12."""
    label = _LABEL.match(raw, start, end)
    if label is None:
        return start
    rest = raw[label.end() : end]
    return label.end() if _WITH_CENTS.fullmatch(rest) or kind_of_whole(rest) is ValueKind.DATE else start


def _misreadings(value: Value) -> frozenset[str]:
    if value.kind not in _LOOSE_KINDS:
        return frozenset()
    is_number = value.kind is ValueKind.CODE and is_misread_number(value.text)
    found = {"word": is_misread_word(value.text), "number": is_number}
    return frozenset(name for name, may_be in found.items() if may_be)


def _disjoint(units: Iterable[Unit], pieces: list[tuple[int, int]]) -> list[Unit]:
    """Merges units with the pieces that they cover in part, into exact units (a date inside a longer reference)."""
    joined: list[Unit] = []
    index = 0
    for unit in units:
        start, end = unit.start, unit.end
        while index < len(pieces) and pieces[index][1] <= start:
            index += 1
        ahead = index
        while ahead < len(pieces) and pieces[ahead][0] < end:
            start, end = min(start, pieces[ahead][0]), max(end, pieces[ahead][1])
            ahead += 1
        if joined and start < joined[-1].end:
            last = joined.pop()
            start, end, unit = min(start, last.start), max(end, last.end), last
        alone = (start, end) == (unit.start, unit.end)
        joined.append(Unit(start, end, unit.kind, unit.misread if alone else frozenset()))
    return joined


def is_misread_word(piece: str) -> bool:
    """Whether ``piece`` looks like a word with letters read as digits: Inv0ice, T0TAL, s4mpl3."""
    if _ELISION.fullmatch(piece):
        return True
    if not _SPELLED.fullmatch(piece) or len(piece) > 40 or _BIC.fullmatch(piece) or _N_OF_M.search(piece):
        return False
    letters = [char for char in piece if char.isalpha()]
    runs = list(_DIGIT_RUN.finditer(piece))
    digits = sum(len(run[0]) for run in runs)
    if not runs or not letters or not all(has_class(char) for run in runs for char in run[0]):
        return False
    if any(len(run[0]) > 2 or len(set(run[0])) > 1 for run in runs):
        return False  # a run of different digits is a number; 00 and 11 are oo and ll
    if all(char.isupper() for char in letters):
        return _is_misread_capitals(piece, len(letters), digits)
    return digits <= len(letters) and all(_digit_fits(piece, run, len(letters)) for run in runs)


def _is_misread_capitals(piece: str, letters: int, digits: int) -> bool:
    """T0TAL, INV0ICE; single digits inside four letters or more, since codes are written in capitals."""
    inside = re.fullmatch(r"[^\W\d_]+(?:[01458][^\W\d_]+)+", piece)
    return inside is not None and letters >= 4 and digits * 3 <= letters


def _is_measure(piece: str) -> bool:
    """5mg, 10kg, 1st, 2days are never words, nor is one whose number has a misread digit: 3lst."""
    number = re.match(r"[0-9][0-9OolI]*", piece)
    repaired = number[0].translate(_TO_DIGITS) + piece[number.end() :] if number else piece
    return any(
        _COUNTED.match(text) is not None or kind_of_whole(text) is ValueKind.QUANTITY
        for text in dict.fromkeys((piece, repaired))
    )


def _digit_fits(piece: str, run: re.Match[str], letters: int) -> bool:
    digit, before, after = run[0][0], piece[: run.start()], piece[run.end() :]
    if before and after:
        inner = before[-1].isalpha() and after[0].islower()
        return inner and (letters >= 3 or (digit in "01" and len(run[0]) == 1))
    if after:
        return len(run[0]) == 1 and after.isalpha() and after.islower() and _may_begin(piece, digit, after)
    return len(run[0]) == 1 and len(before) >= 2 and before[-1].islower() and _may_end(before, digit)


def _may_begin(piece: str, digit: str, after: str) -> bool:
    """Whether a digit may be a word's first letter: 1nvoice, 0rder, 0f, 5ales; not 1st, 2days, 3x."""
    return not _is_measure(piece) and (digit == "0" or len(after) >= 3)


def _may_end(before: str, digit: str) -> bool:
    """Whether a digit may be a word's last letter: als0, tota1, al1, s4mpl3; not page1, utf8, which are names."""
    if re.search(r"[^\W\d_]{1,}[0-9]{1,2}[^\W\d_]{2,}$", before):
        return True  # another digit inside the word, which fits
    return digit == "0" or (digit == "1" and re.search(r"[aiu]l?$", before) is not None)


def is_word(text: str) -> bool:
    """Whether ``text`` can be a word: letters, a vowel, and capitals where words have them."""
    parts = re.split(r"[-'’/.]", text)
    return (
        _WORD_SHAPE.fullmatch(text) is not None
        and any(char in "aeiouy" for char in fold(text))
        and all(part.islower() or part.isupper() or part[1:].islower() for part in parts if len(part) > 1)
    )


def is_leet_word(piece: str, word: str, shares: Shares) -> bool:
    """Whether ``piece`` can only be ``word`` with single letters read as digits: Phon3, D4TE, S7atement.

    It is not where a number may just follow a word, as in items5: there the stem without the digit is about as common
    as the word, in the language that has the word.
    """
    runs, letters = _DIGIT_RUN.findall(piece), [char for char in piece if char.isalpha()]
    if len(word) < _MIN_LEET_LENGTH or not word.isalpha() or not is_word(word):
        return False
    if any(len(run) > 1 for run in runs) or len(runs) * 3 > len(letters) or _is_measure(piece):
        return False
    common = _COMMON_IN_CAPITALS if all(map(str.isupper, letters)) else _COMMON
    if piece[-1].isdigit() and len(letters) <= _SHORT_STEM and max(shares(word), default=0.0) < common:
        return False
    word_and_stem = zip(shares(word), shares("".join(letters)), strict=True)
    ratio = 1 if piece[-1] == "0" else _MIN_RATIO_TO_STEM  # things are hardly ever numbered 0, and footnotes never
    return any(word_share > max(_MIN_SHARE, ratio * stem_share) for word_share, stem_share in word_and_stem)


def is_misread_euro(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` can only be a euro sign behind an amount with cents: 1.95( and 8,15e.

    A bracket that is closed again is a bracket, and a letter that stands alone is a receipt's mark of the tax rate.
    """
    raw, after = text[start:end], text[end:]
    if raw not in _LIKE_EURO or (after and not after[0].isspace() and after[0] != "/"):
        return False
    before = text[max(0, start - _MAX_AMOUNT_LENGTH) : start]
    if _AMOUNT_BEFORE.search(before) is None or (raw.isalpha() and before.endswith(" ")):
        return False
    return raw != "(" or after.find(")") < 0 or 0 <= after.find("(") < after.find(")")


def restores_currency_sign(text: str, edit: TextEdit) -> bool:
    """Whether the edit writes a letter as the currency sign that it looks like, beside a number with cents: RS 7,43."""
    if text[edit.start : edit.end] not in _LETTERS_LIKE_SIGNS.get(edit.corrected, ()):
        return False
    return any(
        value.kind is ValueKind.AMOUNT
        and value.start <= edit.start < value.end
        and _CENTS.search(value.text) is not None
        for value in find_values(apply(text, [edit]))
    )


def respells_currency(text: str, edit: TextEdit) -> bool:
    """Whether the edit writes other letters for one currency of an amount, which stays what it is: 17,50 zl."""
    before = text[edit.start : edit.end]
    if not (before.isalpha() and edit.corrected.isalpha()) or before.casefold() == edit.corrected.casefold():
        return False
    unit = next((value for value in find_values(text) if value.start <= edit.start and edit.end <= value.end), None)
    if unit is None or unit.kind is not ValueKind.AMOUNT:
        return False
    old, new = parse_amount(unit.text), parse_amount(apply(text, [edit], unit.start, unit.end))
    if old is None or new is None or not old.currencies:
        return False
    return (old.value, old.decimals, old.currencies) == (new.value, new.decimals, new.currencies)


def respells_month(text: str, edit: TextEdit) -> bool:
    """Whether the edit changes case or accents in the month of a date: 19 juillet, 2 fevrier."""
    before = text[edit.start : edit.end]
    if not before.isalpha() or fold(before) != fold(edit.corrected):
        return False
    dates = (value for value in find_values(text) if value.kind is ValueKind.DATE)
    return any(date.start <= edit.start and edit.end <= date.end for date in dates)


def parts_values(text: str, at: int) -> bool:
    """Whether a space at offset ``at`` parts a token without meaning into dates, times and amounts alone.

    01/27/20-02/02/20 and $2,000.00$425.53 are such tokens; $12.500.00 is none, since half of it would be any number.
    """
    start, end = words_around(text, at, at)
    if not any(map(str.isdigit, text[start:at])) or not any(map(str.isdigit, text[at:end])):
        return False
    parted = f"{text[start:at]} {text[at:end]}"
    return _consists_of_values(parted) and not _consists_of_values(text[start:end])


def _consists_of_values(text: str) -> bool:
    exact = [value.text for value in find_values(text) if value.kind in _EXACT_KINDS]
    return sum(map(str.isdigit, "".join(exact))) == sum(map(str.isdigit, text)) > 0


def is_misread_number(piece: str) -> bool:
    """Whether ``piece`` looks like a number some of whose digits were read as letters: $1O0.00, 2O18, 1l/05/2018."""
    return repaired_number(piece) is not None


def repaired_number(piece: str) -> str | None:
    """``piece`` with its letters replaced by digits, if the result parses and the letters are not those of a code.

    With a currency in front, or between the digits of a date or time, letters may stand anywhere; else only O, l and I,
    inside the number or, for O, behind it.
    """
    if len(piece) > 40 or not any(char.isdigit() for char in piece):
        return None
    mark = re.match(r"[^\w\s.,]{1,3}|[A-Z]{1,2}\$|[A-Z]{2,3}(?=[0-9OolI]+[.,][0-9OolI]{2}\Z)", piece)
    money = mark is not None and bool(currencies_of(mark[0]))
    start = mark.end() if money and mark else 0
    end = len(piece) - 1 if piece[-1] in _TRAILING_SIGNS else len(piece)
    body = piece[start:end]
    table = LOOSE_DIGITS if money else SAFE_DIGITS
    repaired = "".join(table.get(char, char) for char in body)
    if repaired == body or re.search(r"[^0-9.,'’/:\-%]", repaired) or not (money or _safe_letters(body)):
        return None
    text = piece[:start] + repaired + piece[end:]
    return text if kind_of_whole(text) in _REPAIRED_KINDS else None


def _safe_letters(body: str) -> bool:
    day, year = r"[0-9OoIli]{1,2}", r"[0-9OoIl]{4}"
    if re.fullmatch(rf"{day}([/.\-]){day}\1{year}|{year}([/.\-]){day}\2{day}", body):
        return True  # a date
    if re.fullmatch(r"[0-9OolI]{1,9}(?:[.,'’][0-9OolI]{3})*[.,][0-9OolI]{2}%?", body):
        return len(re.findall(r"[0-9]", body)) * 2 >= len(re.findall(r"\w", body))  # an amount with cents
    # A longer one is a reference, and these may end in a letter.
    return re.fullmatch(r"[0-9][0-9OolI]*[0-9]|[0-9]{1,4}O+", body) is not None


def kind_of_whole(text: str) -> ValueKind | None:
    """The kind of the one value that ``text`` is from end to end; None if it is none."""
    values = find_values(text)
    return values[0].kind if len(values) == 1 and values[0].text == text else None
