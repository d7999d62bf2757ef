"""Text edits: applies, composes and computes them, and maps offsets between the raw and the edited text.

Every function takes edits in order of position that do not overlap. `document.Edit`, the published record of an edit,
and the fast corrector's candidates have the same fields, so they can be passed as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar


class Replacement(Protocol):
    """The fields that an edit needs to be applied."""

    @property
    def start(self) -> int:
        """Offset of the first replaced character."""
        ...

    @property
    def end(self) -> int:
        """Offset behind the last replaced character."""
        ...

    @property
    def corrected(self) -> str:
        """The text that takes the place of the replaced one."""
        ...


R = TypeVar("R", bound=Replacement)


class ScoredReplacement(Replacement, Protocol):
    """A replacement with the probability that it is right."""

    @property
    def probability(self) -> float:
        """In [0, 1]."""
        ...


class TextEdit(NamedTuple):
    """Replaces ``text[start:end]`` by ``corrected``; inserts before ``text[start]`` where ``start == end``.

    ``probability``, in [0, 1], says how probable it is that the edit is right. A named tuple, since the fast corrector
    creates, compares and sorts very many.
    """

    start: int
    end: int
    corrected: str
    probability: float = 1.0

    def is_noop(self, text: str) -> bool:
        """Whether the edit does not fit ``text`` or changes nothing."""
        return not 0 <= self.start <= self.end <= len(text) or text[self.start : self.end] == self.corrected

    def touches(self, start: int, end: int) -> bool:
        """Whether the edit changes a character of ``[start, end)`` or inserts at one of its edges."""
        if self.start == self.end:
            return start <= self.start <= end
        return self.start < end and start < self.end

    def shifted(self, offset: int) -> TextEdit:
        """The same edit of a text in which ``offset`` more characters stand in front."""
        return self._replace(start=self.start + offset, end=self.end + offset)


def apply(text: str, edits: Iterable[Replacement], start: int = 0, end: int | None = None) -> str:
    """Applies ``edits``, all within ``[start, end)``, to that part of ``text``.

    Raises:
        ValueError: an edit begins before ``start`` or overlaps the edit before it.
    """
    parts: list[str] = []
    position = start
    for edit in edits:
        if edit.start < position:
            raise ValueError(f"edit at {edit.start}:{edit.end} overlaps the one before it")
        parts += (text[position : edit.start], edit.corrected)
        position = edit.end
    parts.append(text[position:end])
    return "".join(parts)


def diff(text: str, target: str, probability: float = 1.0) -> list[TextEdit]:
    """Computes a shortest edit script from ``text`` to ``target`` (Levenshtein 1966); adjacent changes are one edit."""
    from rapidfuzz.distance import Levenshtein  # only correction has it; `document` imports this module everywhere

    edits: list[TextEdit] = []
    for block in Levenshtein.opcodes(text, target):
        if block.tag == "equal":
            continue
        start, corrected = block.src_start, target[block.dest_start : block.dest_end]
        if edits and edits[-1].end == start:
            last = edits.pop()
            start, corrected = last.start, last.corrected + corrected
        edits.append(TextEdit(start, block.src_end, corrected, probability))
    return edits


def separate(text: str, edit: TextEdit) -> list[TextEdit]:
    """Splits an edit of a longer part of ``text`` into its changes, by `diff`."""
    changes = diff(text[edit.start : edit.end], edit.corrected, edit.probability)
    return [change.shifted(edit.start) for change in changes]


def words_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of ``[start, end)`` and of the words between blanks that it touches."""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


class _Placed(NamedTuple):
    """An edit and the span that it replaces or fills in the text between two passes."""

    start: int
    end: int
    edit: ScoredReplacement
    growth: int  # characters that the first pass added there
    is_later: bool


def compose(text: str, earlier: Sequence[ScoredReplacement], later: Sequence[ScoredReplacement]) -> list[TextEdit]:
    """Returns edits of ``text`` with the effect of ``earlier`` followed by ``later``, which edits the first outcome.

    Edits that touch become one, with the lowest of their probabilities. Edits that cancel out are left out.
    """
    between = apply(text, earlier)
    composed: list[TextEdit] = []
    shift = 0  # from an offset of ``text`` to one of ``between``
    for group in _touching([*_placed(earlier), *(_Placed(edit.start, edit.end, edit, 0, True) for edit in later)]):
        start, end = group[0].start, max(placed.end for placed in group)
        corrected = apply(between, [placed.edit for placed in group if placed.is_later], start, end)
        text_start = start - shift
        shift += sum(placed.growth for placed in group)
        text_end = end - shift
        if text[text_start:text_end] != corrected:
            probability = min(placed.edit.probability for placed in group)
            composed.append(TextEdit(text_start, text_end, corrected, probability))
    return composed


def _placed(edits: Iterable[ScoredReplacement]) -> Iterator[_Placed]:
    shift = 0
    for edit in edits:
        start, growth = edit.start + shift, len(edit.corrected) - (edit.end - edit.start)
        yield _Placed(start, start + len(edit.corrected), edit, growth, False)
        shift += growth


def _touching(placed: Iterable[_Placed]) -> list[list[_Placed]]:
    """Groups edits that overlap or touch."""
    groups: list[list[_Placed]] = []
    reach = -1
    for each in sorted(placed, key=lambda each: (each.start, each.end)):
        if groups and each.start <= reach:
            groups[-1].append(each)
        else:
            groups.append([each])
        reach = max(reach, each.end)
    return groups


def to_edited(edits: Iterable[Replacement], offset: int) -> int:
    """Maps an offset of the raw text to the edited text: behind all that was written up to there.

    An offset inside replaced text maps to the end of its replacement.
    """
    shift = 0
    for edit in edits:
        if edit.start < offset < edit.end:
            offset = edit.end
        if offset < edit.end:
            break
        shift += len(edit.corrected) - (edit.end - edit.start)
    return offset + shift


def to_raw(edits: Iterable[Replacement], offset: int) -> int:
    """Maps an offset of the edited text to the raw text: behind all that was replaced up to there.

    An offset inside a replacement maps to the end of what it replaced.
    """
    shift = 0
    for edit in edits:
        start, end = edit.start + shift, edit.start + shift + len(edit.corrected)
        if start < offset < end:
            offset = end
        if offset < end:
            break
        shift += len(edit.corrected) - (edit.end - edit.start)
    return offset - shift


def to_raw_span(edits: Iterable[Replacement], start: int, end: int) -> tuple[int, int] | None:
    """Maps a span, not empty, of the edited text to the raw text; None where an edit changed something in it."""
    shift = 0
    for edit in edits:
        first, last = edit.start + shift, edit.start + shift + len(edit.corrected)
        if first >= end:
            break
        if last > start:
            return None
        shift += len(edit.corrected) - (edit.end - edit.start)
    return start - shift, end - shift


class Around(NamedTuple, Generic[R]):
    """A span of edited text that cuts no replacement: its edits, and the raw text ``[start, end)`` that it came from.

    What was inserted right before or behind the span is not in it; what was deleted there is.
    """

    before: list[R]
    inside: list[R]
    after: list[R]
    start: int
    end: int


def around(edits: Iterable[R], start: int, end: int) -> Around[R]:
    """Divides edits into those before, inside and after a span, not empty, of the edited text that cuts none."""
    before: list[R] = []
    inside: list[R] = []
    after: list[R] = []
    shift = shift_inside = 0
    for edit in edits:
        growth = len(edit.corrected) - (edit.end - edit.start)
        edited_start = edit.start + shift + shift_inside
        if edited_start < start:
            before.append(edit)
            shift += growth
        elif edited_start + len(edit.corrected) <= end and not after:
            inside.append(edit)
            shift_inside += growth
        else:
            after.append(edit)
    return Around(before, inside, after, start - shift, end - shift - shift_inside)


def widened(edits: Iterable[Replacement], start: int, end: int) -> tuple[int, int]:
    """The smallest span of the edited text that contains ``[start, end)`` and cuts no replacement."""
    shift = 0
    for edit in edits:
        first, last = edit.start + shift, edit.start + shift + len(edit.corrected)
        if first < end and start < last:
            start, end = min(start, first), max(end, last)
        shift += len(edit.corrected) - (edit.end - edit.start)
    return start, end
