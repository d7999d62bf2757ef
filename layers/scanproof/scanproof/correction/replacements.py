"""Makes a user's replacements in the lines of a page, after every corrector and within limits of time and size."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from scanproof.correction.base import CorrectedLine
from scanproof.correction.combine import combined
from scanproof.correction.known_words import is_whole_word
from scanproof.correction.user_lists import Replacement, UserLists, compile_pattern
from scanproof.document import Edit
from scanproof.edits import TextEdit, apply, compose

REPLACEMENTS = "replacements"  # the name of these edits' corrector

# Seconds of computing time on a page. A usual pattern needs a millisecond for all lines of a page; a batch of ten pages
# has 300 seconds. A text of more lines than a page has gets the time of so many pages.
PATTERN_SECONDS = 0.2
PAGE_SECONDS = 5.0
PAGE_LINES = 500
MAX_ADDED = 10_000  # characters that replacements may add to a line


def with_replacements(
    raws: Sequence[str], results: Sequence[CorrectedLine], lists: UserLists
) -> tuple[list[CorrectedLine], list[str]]:
    """Makes the replacements in what correctors made of the lines of a page.

    Args:
        raws: the lines as recognised.
        results: of each line.
        lists: the replacements are made in their order, each in the outcome of the one before.

    Returns:
        The results with the replacements' edits, and a warning for each replacement that was not made.
    """
    texts = [result.text for result in results]
    changes, warnings = replaced(texts, lists.replacements)
    version = lists.version
    made = []
    for raw, result, edits in zip(raws, results, changes, strict=True):
        own = tuple(_published(edit, result.text, version) for edit in edits)
        made.append(combined(raw, result, CorrectedLine(apply(result.text, edits), own)) if own else result)
    return made, warnings


def replaced(texts: Sequence[str], replacements: Sequence[Replacement]) -> tuple[list[list[TextEdit]], list[str]]:
    """Returns the edits that the replacements make in each text, and a warning for each one that was not made.

    A replacement whose pattern exceeds its time, or which would make a line too long, changes none of the texts.
    """
    current, edits = list(texts), [list[TextEdit]() for _ in texts]
    warnings: list[str] = []
    pages = max(1.0, len(texts) / PAGE_LINES)
    end_of_page = time.thread_time() + pages * PAGE_SECONDS
    for number, replacement in enumerate(replacements, start=1):
        if time.thread_time() >= end_of_page:
            warnings.append(
                f"The replacements from entry {number} on were not made on this page: all together take longer than "
                f"{PAGE_SECONDS:.0f} s; shorten the list."
            )
            break
        deadline = time.thread_time() + pages * PATTERN_SECONDS
        try:
            found = [list(_changes(text, replacement, deadline)) for text in current]
        except TimeoutError:
            warnings.append(_not_made(number, f"its pattern takes longer than {PATTERN_SECONDS} s; simplify it"))
            continue
        after = [apply(text, changes) for text, changes in zip(current, found, strict=True)]
        if any(len(new) > len(text) + MAX_ADDED for new, text in zip(after, texts, strict=True)):
            warnings.append(_not_made(number, f"it would add more than {MAX_ADDED:,} characters to a line"))
            continue
        edits = [
            compose(text, earlier, later) if later else earlier
            for text, earlier, later in zip(texts, edits, found, strict=True)
        ]
        current = after
    return edits, warnings


def _changes(text: str, replacement: Replacement, deadline: float) -> Iterator[TextEdit]:
    """Yields the edits of one replacement; empty matches are no edits.

    Raises:
        TimeoutError: the thread's computing time reached ``deadline``.
    """
    if replacement.pattern is None:
        yield from _literal_changes(text, replacement.literal or "", replacement.corrected)
        return
    left = deadline - time.thread_time()
    if left <= 0:
        raise TimeoutError
    for match in compile_pattern(replacement.pattern).finditer(text, timeout=left):  # type: ignore[call-overload]
        edit = TextEdit(match.start(), match.end(), replacement.text_for(match))
        if edit.start < edit.end and not edit.is_noop(text):
            yield edit


def _literal_changes(text: str, literal: str, corrected: str) -> Iterator[TextEdit]:
    start = text.find(literal)
    while start >= 0:
        end = start + len(literal)
        whole = is_whole_word(text, start, end)
        if whole and literal != corrected:
            yield TextEdit(start, end, corrected)
        start = text.find(literal, end if whole else start + 1)


def _published(edit: TextEdit, text: str, version: str) -> Edit:
    return Edit(
        start=edit.start,
        end=edit.end,
        raw=text[edit.start : edit.end],
        corrected=edit.corrected,
        probability=1.0,
        corrector=REPLACEMENTS,
        model=REPLACEMENTS,
        model_version=version,
    )


def _not_made(number: int, cause: str) -> str:
    return f"Entry {number} of the replacements was not made on this page: {cause}."
