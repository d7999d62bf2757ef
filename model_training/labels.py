"""Translates pairs of a reading and its truth into the tagger's labels, and back.

See `scanproof.correction.fast.tagger` for what the labels mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.correction.fast.tagger import DELETE, KEEP, append_label, replace_label, rewrite
from scanproof.edits import TextEdit, diff

_MAX_WRITTEN = 2  # characters that one label can write


def apply_labels(text: str, labels: Sequence[str]) -> str:
    """Applies ``labels`` (one more than characters, the virtual first position's in front) to ``text``."""
    return "".join(rewrite(label, character) for label, character in zip(labels, ("", *text), strict=True))


def changes_of(ocr: str, truth: str) -> list[TextEdit]:
    """A shortest edit script from ``ocr`` to ``truth``, each edit as far right as possible.

    Which of two equal letters is the surplus one cannot be seen, so the rightmost one is always taken: the tagger gets
    the same answer to the same question.
    """
    changes = diff(ocr, truth)
    limits = [change.start for change in changes[1:]] + [len(ocr) + 1]
    return [_moved_right(ocr, change, limit) for change, limit in zip(changes, limits, strict=False)]


def labels_of(ocr: str, truth: str) -> list[str | None]:
    """The labels that turn ``ocr`` into ``truth``; None where no label can make the change.

    Returns:
        ``len(ocr) + 1`` labels, the virtual first position's in front.
    """
    labels: list[str | None] = [KEEP] * (len(ocr) + 1)
    for change in changes_of(ocr, truth):
        if change.start == change.end:
            labels[change.start] = _insertion_label(labels[change.start], change)
        else:
            labels[change.start + 1 : change.end + 1] = _replacement_labels(change)
    return labels


def _moved_right(text: str, change: TextEdit, limit: int) -> TextEdit:
    """A pure deletion or insertion moved right while the outcome stays the same, short of the next change."""
    start, end, corrected, _ = change
    if start < end and corrected:
        return change
    while end < limit - 1:
        if start < end and text[start] == text[end]:
            start, end = start + 1, end + 1
        elif corrected and text[start] == corrected[0]:
            start, end, corrected = start + 1, end + 1, corrected[1:] + corrected[0]
        else:
            break
    return TextEdit(start, end, corrected)


def _insertion_label(label: str | None, change: TextEdit) -> str | None:
    """The label of the character in front of an insertion, which has ``label`` so far."""
    if len(change.corrected) > _MAX_WRITTEN:
        return None
    if label == KEEP:
        return append_label(change.corrected)
    return None  # the character in front has a change of its own; a second pass can append


def _replacement_labels(change: TextEdit) -> list[str | None]:
    """One label for each replaced or deleted character."""
    length, corrected = change.end - change.start, change.corrected
    if len(corrected) > length * _MAX_WRITTEN:
        return [None] * length
    surplus = max(0, len(corrected) - length)  # so many of the last characters become two
    labels: list[str | None] = []
    position = 0
    for index in range(length):
        take = 2 if index >= length - surplus else 1
        piece = corrected[position : position + take]
        labels.append(replace_label(piece) if piece else DELETE)
        position += take
    return labels
