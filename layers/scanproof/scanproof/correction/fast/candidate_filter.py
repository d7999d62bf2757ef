"""What no look at a line can tell, so that it is not asked: abbreviations of two letters, and technical names."""

from __future__ import annotations

import re

from scanproof.correction.fast.candidates import Candidate
from scanproof.correction.fast.edit_kinds import EditKind

_SHORTEST = 3  # letters; "Th" may be a Thursday as well as half of "The"
_GAIN_OR_LOSS = (EditKind.LETTERS_LOST, EditKind.LETTERS_SURPLUS)
_LETTERS_BEFORE, _LETTERS_AFTER = re.compile(r"[^\W\d_]*\Z"), re.compile(r"[^\W\d_]*")
_TOKEN_BEFORE, _TOKEN_AFTER = re.compile(r"\S*\Z"), re.compile(r"\S*")
_TECHNICAL = re.compile(r"\w_\w|\w#\w|://|\w[:./\\@]\w+[:./\\@]+\w*[^\W\d_]")
_CAMEL = re.compile(r"[a-zà-ÿ][A-ZÀ-Þ]")
_RULED = re.compile(r"([-–—_=.*~])\1\1+")  # leaders, rules, masks of weekdays (MT-----)
_LONGEST_UNIT = 4  # letters of what is written in small letters and capitals: kWh, KWh, GmbH
_REACH = 60  # characters to both sides


def is_decidable(text: str, candidate: Candidate, kind: EditKind) -> bool:
    """Whether it can be known at all that ``candidate`` is right.

    A word of one or two letters neither gains nor loses any, and with a capital (Ln, Hr) it becomes no other. A name of
    files, fields or addresses stays as it is, since it is no word and its signs are no punctuation; so do units and the
    like, which are short and have small letters and capitals (but BilI and KlND are none), the hyphen where a word goes
    on in the next line, the slash between two words (s/he), runs of one mark, and blanks at a line's edges. A name with
    a capital inside (WideOrbit) is parted there or nowhere.
    """
    before, after = (
        text[max(0, candidate.start - _REACH) : candidate.start],
        text[candidate.end : candidate.end + _REACH],
    )
    removed = text[candidate.start : candidate.end]
    if _TECHNICAL.search(_last(_TOKEN_BEFORE, before) + removed + _first(_TOKEN_AFTER, after)):
        return False
    if not any(map(str.isalnum, removed + candidate.written)) and _stays(before, removed, candidate.written, after):
        return False
    word = _last(_LETTERS_BEFORE, before) + removed + _first(_LETTERS_AFTER, after)
    if removed.isalpha() and len(word) <= _LONGEST_UNIT and not (word[1:].islower() or word.isupper()):
        return len(word) < _SHORTEST or _is_stroke(before, removed, candidate.written, after)
    if kind is EditKind.SPACE_INSERTED and _CAMEL.search(word):
        return before[-1:].islower() and after[:1].isupper()
    if kind is EditKind.LETTERS:
        return len(word) >= _SHORTEST or word[0].islower()
    return kind not in _GAIN_OR_LOSS or len(word) >= _SHORTEST


def _is_stroke(before: str, removed: str, written: str, after: str) -> bool:
    """Whether a stroke was read as a capital among small letters, or as a small letter among capitals."""
    if (removed, written) == ("I", "l"):
        return before[-1:].islower()
    return (removed, written) == ("l", "I") and (before[-1:] + after[:1]).isupper()


def _stays(before: str, removed: str, written: str, after: str) -> bool:
    """Whether a mark or blank may be meant: at the line's edge, in a divided or a double word, in a run of marks."""
    if not (removed + written).strip():
        return not (before.strip() and after.strip())
    if removed.startswith("-") and before[-1:].isalpha() and (removed[1:] + after + " ")[0].isspace():
        return True
    if removed == "/" and before[-1:].isalpha() and after[:1].isalpha():
        return True
    place = len(before)
    runs = _RULED.finditer(before + removed + after)
    return any(run.start() <= place <= run.end() or place <= run.start() < place + len(removed) for run in runs)


def _last(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.match(text)
    return found.group() if found else ""
