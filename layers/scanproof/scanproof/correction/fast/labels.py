"""The language between text and tagger: one label per character, and back.

A label says what becomes of its character: ``K`` keeps it, ``D`` deletes it, ``R:xy`` puts one or two others in its
place, ``A:x`` keeps it and appends. A virtual first position stands before the line, so that a line can gain a first
character: a line of n characters has n + 1 labels. Training and run time share this module, so it needs no framework.

The idea is that of edit tagging: Omelianchuk et al. 2020, "GECToR: Grammatical Error Correction: Tag, Not Rewrite".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

KEEP = "K"
DELETE = "D"
_REPLACE = "R:"
_APPEND = "A:"
_LONGEST = 2  # characters that one label can write


@dataclass(frozen=True)
class Change:
    """``text[start:end]`` becomes ``corrected``; start == end inserts before ``start``."""

    start: int
    end: int
    corrected: str


def replace_label(characters: str) -> str:
    """The label that puts ``characters`` (one or two) in a character's place."""
    return _REPLACE + characters


def append_label(characters: str) -> str:
    """The label that keeps a character and puts ``characters`` behind it."""
    return _APPEND + characters


def rewrite(label: str, character: str) -> str:
    """What ``character`` becomes under ``label`` ("" is the virtual first position's character)."""
    if label == KEEP:
        return character
    if label == DELETE:
        return ""
    if label.startswith(_APPEND):
        return character + label[len(_APPEND) :]
    return label[len(_REPLACE) :]


def apply_labels(text: str, labels: Sequence[str]) -> str:
    """``text`` with ``labels`` (one more than characters, the virtual first position in front) applied."""
    return "".join(rewrite(label, character) for label, character in zip(labels, ("", *text), strict=True))


def changes_of(ocr: str, truth: str) -> list[Change]:
    """The fewest character changes that turn ``ocr`` into ``truth``, in order.

    Of equal choices the rightmost place is taken (which of two equal letters is the surplus one cannot be seen), so
    the tagger always meets the same answer to the same question.
    """
    changes = [
        Change(start, end, truth[to_start:to_end])
        for tag, start, end, to_start, to_end in _merged(ocr, truth)
        if tag != "equal"
    ]
    limits = [change.start for change in changes[1:]] + [len(ocr) + 1]
    return [_slid_right(ocr, change, limit) for change, limit in zip(changes, limits, strict=False)]


def labels_of(ocr: str, truth: str) -> list[str | None]:
    """The labels that turn ``ocr`` into ``truth``; None where no label can say what is needed.

    Returns:
        ``len(ocr) + 1`` labels, the virtual first position's in front.
    """
    labels: list[str | None] = [KEEP] * (len(ocr) + 1)
    for change in changes_of(ocr, truth):
        if change.start == change.end:
            labels[change.start] = _appending(labels[change.start], ocr, change)
        else:
            labels[change.start + 1 : change.end + 1] = _replacing(change)
    return labels


def _merged(ocr: str, truth: str) -> Iterator[tuple[str, int, int, int, int]]:
    """Levenshtein's blocks with neighbouring differences made one."""
    pending: tuple[str, int, int, int, int] | None = None
    for block in Levenshtein.opcodes(ocr, truth):
        tag, start, end, to_start, to_end = block.tag, block.src_start, block.src_end, block.dest_start, block.dest_end
        if pending and tag != "equal" and pending[0] != "equal":
            pending = ("replace", pending[1], end, pending[3], to_end)
            continue
        if pending:
            yield pending
        pending = (tag, start, end, to_start, to_end)
    if pending:
        yield pending


def _slid_right(text: str, change: Change, limit: int) -> Change:
    """A pure deletion or insertion moved right while the outcome stays the same, short of the next change."""
    start, end, written = change.start, change.end, change.corrected
    if start < end and written:
        return change
    while end < limit - 1:
        if start < end and text[start] == text[end]:
            start, end = start + 1, end + 1
        elif written and text[start] == written[0]:
            start, end, written = start + 1, end + 1, written[1:] + written[0]
        else:
            break
    return Change(start, end, written)


def _appending(label: str | None, ocr: str, change: Change) -> str | None:
    """The label of the character in front of an insertion."""
    if len(change.corrected) > _LONGEST:
        return None
    if label == KEEP:
        return append_label(change.corrected)
    return None  # the character in front has a change of its own; a second pass can append


def _replacing(change: Change) -> list[str | None]:
    """One label for each character of a replaced or deleted stretch."""
    length, written = change.end - change.start, change.corrected
    if len(written) > length * _LONGEST:
        return [None] * length
    surplus = max(0, len(written) - length)  # so many of the last characters become two
    labels: list[str | None] = []
    position = 0
    for index in range(length):
        take = 2 if index >= length - surplus else 1
        piece = written[position : position + take]
        labels.append(replace_label(piece) if piece else DELETE)
        position += take
    return labels
