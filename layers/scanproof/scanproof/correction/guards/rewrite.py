"""The guard of generated text: judges it word by word against the raw text, as if each change were a proposed edit.

A generating model copies a line and corrects it on the way, but it also continues, rephrases and modernises. What it
wrote is aligned with the raw text, and every word that changed has to be a misreading that an engine makes, written
with certainty; no word is added, dropped or exchanged for one of another meaning. A refused word stays as it was read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from scanproof.correction.confusions import is_lookalike
from scanproof.correction.guards import config
from scanproof.correction.guards.line import GuardedEdits, RefusedEdit, breaks_line, exceeded_limit, guard_line
from scanproof.correction.guards.sentence import sentence_violation
from scanproof.correction.guards.word_lists import closed_class, negations
from scanproof.edits import TextEdit, apply, diff, separate, words_around

_LETTERS = re.compile(r"[^\W\d_]+")
_MARKS_AT_END = re.compile(r"[^\w\s]*\Z")
_NEGATING_PREFIX = re.compile(r"(?:un|in|im|ir|il|dis|non|mis)(?=\w{3})", re.IGNORECASE)


class Channel(Protocol):
    """What is known of words and of an engine's errors."""

    def alignment(self, read: str, meant: str) -> tuple[int, float]:
        """Returns the number of errors between two words, and their log10 probability together (-inf: none)."""
        ...

    def share(self, word: str, language: str | None) -> float:
        """Returns how common a word is in a language (None: in the one that has it most); 0 if it is unknown."""
        ...


class Change(NamedTuple):
    """Whole words of the raw text and what the model wrote for them, with their places in both texts."""

    start: int
    end: int
    before: str
    after: str
    new_start: int
    new_end: int


def guard_rewrite(
    raw: str,
    corrected: str,
    certainty: Callable[[int, int], float],
    channel: Channel,
    language: str | None = None,
) -> GuardedEdits:
    """Accepts or refuses every change of ``raw`` in ``corrected`` by itself, then those that remain together.

    Args:
        raw: the text before.
        corrected: the text as generated.
        certainty: returns the least probability of the tokens that write ``corrected[start:end]``.
        channel: words and errors.
        language: of the page, as an ISO 639 code, if known.
    """
    if corrected == raw:
        return GuardedEdits()
    if limit := ("line_break" if breaks_line(corrected) else exceeded_limit(raw, corrected, 0)):
        return GuardedEdits((), (RefusedEdit(TextEdit(0, len(raw), corrected), limit),))
    kept: list[TextEdit] = []
    refused: list[RefusedEdit] = []
    for change in changes(raw, corrected):
        edit = TextEdit(change.start, change.end, change.after, certainty(change.new_start, change.new_end))
        guard = _edits_violation(raw, [edit], channel, language) or violation(
            change, raw, edit.probability, channel, language
        )
        if guard:
            refused.append(RefusedEdit(edit, guard))
        else:
            kept.append(edit)
    if guard := _edits_violation(raw, kept, channel, language):
        refused = sorted([*refused, *(RefusedEdit(edit, guard) for edit in kept)], key=lambda each: each.edit.start)
        kept = []
    return GuardedEdits(tuple(part for edit in kept for part in separate(raw, edit)), tuple(refused))


def _edits_violation(raw: str, edits: Sequence[TextEdit], channel: Channel, language: str | None) -> str | None:
    """Returns the guard that refuses edits together: one of `guard_line`, or of the sentence that they make.

    A function word of another language is none on a page whose language has it as a common word: met, was, die.
    """
    if refused := guard_line(raw, [part for edit in edits for part in separate(raw, edit)]).refused:
        return refused[0].guard
    guard = sentence_violation(raw, apply(raw, edits), language)
    if guard == "language_changed" and language is not None:
        words = [word for edit in edits for word in _words(edit.corrected)]
        return None if _is_known(words, channel, language, config.COMMON_SHARE) else guard
    return guard


def changes_negation(before: str, after: str) -> bool:
    """Whether a "not" is added, removed or replaced."""
    return _negations_in(_words(before)) != _negations_in(_words(after))


def changes(raw: str, corrected: str) -> Iterator[Change]:
    """Yields the words, blank to blank, that differ; words that were joined or split are one change."""
    shift = 0  # from an offset of ``raw`` to one of ``corrected``, in front of the group
    group: tuple[int, int, int] | None = None  # start, end and growth
    for edit in diff(raw, corrected):
        start, end = words_around(raw, edit.start, edit.end)
        growth = len(edit.corrected) - (edit.end - edit.start)
        if group and start <= group[1]:
            group = group[0], max(end, group[1]), group[2] + growth
            continue
        if group:
            yield _change(raw, corrected, group, shift)
            shift += group[2]
        group = start, end, growth
    if group:
        yield _change(raw, corrected, group, shift)


def _change(raw: str, corrected: str, group: tuple[int, int, int], shift: int) -> Change:
    start, end, growth = group
    new_start, new_end = start + shift, end + shift + growth
    return Change(start, end, raw[start:end], corrected[new_start:new_end], new_start, new_end)


def violation(
    change: Change, raw: str, probability: float, channel: Channel, language: str | None = None
) -> str | None:
    """Returns the name of the first rule that a change breaks, or None.

    ``unsure``: the model preferred it by little. ``word_added``, ``word_dropped``: more or fewer words, unless one was
    split or two were joined. ``line_end_kept``, ``marks_kept``: marks at the end of the text, or marks alone.
    ``capitals_kept``: another case.
    ``negation_changed``, ``word_exchanged``: a negation, pronoun, title or modal came, went or was exchanged.
    ``real_word``: what was read is a word about as common. ``unknown_word``: what was written is none.
    ``unexplained``: no engine makes these errors. A word with digits may be any that `guard_line` accepts.
    """
    before, after = change.before.split(), change.after.split()
    if probability < config.MIN_PROBABILITY:
        return "unsure"
    if len(before) != len(after) and not _is_same_text(before, after):
        return "word_added" if len(after) > len(before) else "word_dropped"
    if any(map(str.isdigit, change.before)):
        return None
    if (
        not raw[change.end :].strip()
        and _MARKS_AT_END.findall(change.before)[0] != _MARKS_AT_END.findall(change.after)[0]
    ):
        return "line_end_kept"
    if change.before.casefold() == change.after.casefold():
        return "capitals_kept"
    return _wording_violation(change.before, change.after, channel, language)


def _is_same_text(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the words differ in their blanks alone, and in one look-alike at most."""
    joined, new = "".join(before), "".join(after)
    edits = diff(joined, new)
    return not edits or (len(edits) == 1 and is_lookalike(joined[edits[0].start : edits[0].end], edits[0].corrected))


def _wording_violation(before: str, after: str, channel: Channel, language: str | None) -> str | None:
    read, written = _words(before), _words(after)
    if read == written:
        return "marks_kept"
    is_word = _is_known(read, channel, language, config.MIN_SHARE_READ)
    if changes_negation(before, after) or (is_word and _prefix(before) != _prefix(after)):
        return "negation_changed"
    if _exchanges_word(before, after, _closed_class_in(read), _closed_class_in(written)):
        return "word_exchanged"
    if not _is_known(written, channel, language, config.MIN_SHARE_WRITTEN) and not _is_repair(before, after):
        return "unknown_word"
    if is_word:
        ratio = _least_share(written, channel, language) / _least_share(read, channel, language)
        if ratio < config.MIN_RATIO_TO_WORD:
            return "real_word"
    if _changes_case(before, after):
        return "capitals_kept"
    return None if _is_explained(before, after, channel) else "unexplained"


def _exchanges_word(before: str, after: str, read: tuple[str, ...], written: tuple[str, ...]) -> bool:
    """Whether a word of the closed class goes, or one comes with more or fewer letters: lhis is this or his."""
    return read != written and (bool(read) or len(before) != len(after))


def _is_explained(before: str, after: str, channel: Channel) -> bool:
    read, meant = "".join(before.split()), "".join(after.split())
    errors, log_rate = channel.alignment(read, meant)
    enough_letters = errors <= max(1, len(meant) // config.LETTERS_PER_ERROR)
    return enough_letters and log_rate >= errors * config.MIN_LOG_RATE_PER_ERROR


def _is_repair(before: str, after: str) -> bool:
    """Whether look-alikes alone changed where digits or signs stood among letters: Harr0w, Harrow."""
    return len(before) == len(after) and not before.isalpha() and after.isalpha() and is_lookalike(before, after)


def _changes_case(before: str, after: str) -> bool:
    """Whether a letter that stays changes its case, or the word's first letter does."""
    if before[:1].isalpha() and after[:1].isalpha() and before[0].isupper() != after[0].isupper():
        return not is_lookalike(before[0], after[0]) or before[0].casefold() == after[0].casefold()
    return False


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _LETTERS.findall(text))


def _is_known(words: Sequence[str], channel: Channel, language: str | None, min_share: float) -> bool:
    return bool(words) and _least_share(words, channel, language) >= min_share


def _least_share(words: Sequence[str], channel: Channel, language: str | None) -> float:
    return min(channel.share(word, language) for word in words)


def _closed_class_in(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word in closed_class())


def _negations_in(words: Sequence[str]) -> Counter[str]:
    return Counter(word for word in words if word in negations())


def _prefix(text: str) -> str:
    found = _NEGATING_PREFIX.match(text)
    return found[0].casefold() if found else ""
