"""Filters candidates that text alone cannot decide: added marks, changes of abbreviations and technical names."""

from __future__ import annotations

import re

from scanproof.correction.fast.candidates import Candidate
from scanproof.correction.fast.edit_kinds import EditKind

_MIN_LENGTH = 3  # letters; "Th" may be a Thursday as well as half of "The"
_INSERTION_OR_DELETION = (EditKind.LETTERS_LOST, EditKind.LETTERS_SURPLUS)
_LETTERS_BEFORE, _LETTERS_AFTER = re.compile(r"[^\W\d_]*\Z"), re.compile(r"[^\W\d_]*")
_TOKEN_BEFORE, _TOKEN_AFTER = re.compile(r"\S*\Z"), re.compile(r"\S*")
_TECHNICAL = re.compile(r"\w_\w|\w#\w|://|\w[:./\\@]\w+[:./\\@]+\w*[^\W\d_]")
_CODE = re.compile(r"[{}]|\w\[\w*\]|[-+*/<>!=]=|\+\+|&&|\|\||;\Z")
_MIN_CODE_SIGNS = 3  # of program code, within reach: noise seldom has so many
_CAMEL_CASE = re.compile(r"[a-zà-ÿ][A-ZÀ-Þ]")
_RULE = re.compile(r"([-–—_=.*~])\1\1+")  # leaders, rules, masks of weekdays (MT-----)
_MAX_UNIT_LENGTH = 4  # letters of a mixed-case abbreviation: kWh, KWh, GmbH
_REACH = 60  # characters to both sides


def is_decidable(text: str, candidate: Candidate, kind: EditKind) -> bool:
    """Whether the line can show that ``candidate`` is right.

    A mark is never added: no spelling requires it, and a missing one cannot be told from one that was not printed. A
    word of one or two letters neither gains nor loses letters, and with a capital (Ln, Hr) it does not become another.
    Program code and names of files, fields and addresses stay as they are; so do units and other short mixed-case
    abbreviations (but not BilI and KlND), the hyphen of a word that continues on the next line, the slash between two
    words (s/he), the full stop of an abbreviation, runs of one mark, and whitespace at the edges of the line. A name in
    camel case (WideOrbit) is split at its inner capital or not at all.
    """
    before, after = (
        text[max(0, candidate.start - _REACH) : candidate.start],
        text[candidate.end : candidate.end + _REACH],
    )
    removed, corrected = text[candidate.start : candidate.end], candidate.corrected
    if (
        _count_marks(corrected) > _count_marks(removed)
        or len(_CODE.findall(before + removed + after)) >= _MIN_CODE_SIGNS
    ):
        return False
    if _TECHNICAL.search(_match(_TOKEN_BEFORE, before) + removed + _match(_TOKEN_AFTER, after)):
        return False
    if not any(map(str.isalnum, removed + corrected)) and _is_meant(before, removed, corrected, after):
        return False
    word = _match(_LETTERS_BEFORE, before) + removed + _match(_LETTERS_AFTER, after)
    if (
        removed.isalpha()
        and _MIN_LENGTH <= len(word) <= _MAX_UNIT_LENGTH
        and not (word[1:].islower() or word.isupper())
    ):
        return _is_misread_stroke(before, removed, corrected, after)
    if kind is EditKind.SPACE_INSERTED and _CAMEL_CASE.search(word):
        return before[-1:].islower() and after[:1].isupper()
    if kind is EditKind.LETTERS:
        return len(word) >= _MIN_LENGTH or word[0].islower()
    return kind not in _INSERTION_OR_DELETION or len(word) >= _MIN_LENGTH


def _is_misread_stroke(before: str, removed: str, corrected: str, after: str) -> bool:
    """Whether the edit replaces a capital I among small letters by l, or a small l among capitals by I."""
    if (removed, corrected) == ("I", "l"):
        return before[-1:].islower()
    return (removed, corrected) == ("l", "I") and (before[-1:] + after[:1]).isupper()


def _is_meant(before: str, removed: str, corrected: str, after: str) -> bool:
    """Whether a mark or space may be meant: at the line's edge, in a divided or double word, in a run of marks."""
    if not (removed + corrected).strip():
        return not (before.strip() and after.strip())
    if removed.startswith("-") and before[-1:].isalpha() and (removed[1:] + after + " ")[0].isspace():
        return True
    if (removed, corrected) == (".", ":") and before[-1:].isalpha():
        return True  # of an abbreviation
    if removed == "/" and before[-1:].isalpha() and after[:1].isalpha():
        return True
    place = len(before)
    rules = _RULE.finditer(before + removed + after)
    return any(rule.start() <= place <= rule.end() or place <= rule.start() < place + len(removed) for rule in rules)


def _count_marks(text: str) -> int:
    return sum(not character.isalnum() and not character.isspace() for character in text)


def _match(pattern: re.Pattern[str], text: str) -> str:
    """The text that ``pattern`` finds; the patterns are anchored or may match nothing."""
    found = pattern.search(text)
    return found.group() if found else ""
