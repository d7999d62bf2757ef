"""The fast corrector: analyzes a line, makes the changes that are sure and that the guards accept, and repeats.

It stops when a pass changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from scanproof.correction.base import CorrectedLine
from scanproof.correction.fast import config
from scanproof.correction.fast.analysis import LineAnalyzer, load_line_analyzer
from scanproof.correction.fast.model_folder import default_folder
from scanproof.correction.fast.reranker import GENERAL, Reranker, load_reranker
from scanproof.correction.guards import GuardedEdits, LineLattice, RefusedEdit, guard_line
from scanproof.correction.guards.image import GUARD as IMAGE_CERTAIN
from scanproof.correction.normaliser import deterministic_rewrites
from scanproof.document import Edit, Refusal
from scanproof.edits import TextEdit, apply, compose, to_raw

_MODEL = "scanproof-fast"


def load_fast(folder: Path | None = None, threads: int | None = None, profile: str = GENERAL) -> FastCorrector:
    """Opens the bundled model, or the one in ``folder``.

    Args:
        folder: in Hub layout, with ``onnx/cpu``, ``words.txt.xz``, ``bigrams.npz``, ``error_rates.json`` and
            ``reranker.json``; default: `default_folder`.
        threads: lines corrected at a time; default one for each processor.
        profile: of the documents; decides how probable a change has to be.

    Raises:
        PermanentError: the folder has no model, or not the one that its manifest describes.
    """
    folder = folder or default_folder()
    return FastCorrector(load_line_analyzer(folder), load_reranker(folder), threads or os.cpu_count() or 1, profile)


class FastCorrector:
    """An edit tagger behind the ``Corrector`` interface.

    ``correct`` is idempotent: its result is a text in which a further pass makes no change that the guards accept, or
    the raw line itself.
    """

    name = "fast"
    languages: frozenset[str] | None = frozenset({"en", "fr", "de", "es", "it", "pt", "nl", "pl"})  # of its training

    def __init__(self, analyzer: LineAnalyzer, reranker: Reranker, threads: int, profile: str = GENERAL) -> None:
        self._analyzer, self._reranker, self._profile = analyzer, reranker, profile
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="fast") if threads > 1 else None

    @property
    def model_version(self) -> str:
        """The model's own version and the beginning of its graph's hash."""
        return self._analyzer.tagger.version

    def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
        """One result per line, in order. ``language`` is the page's, if known; it helps with short lines."""
        return self.correct_with_lattices(lines, [None] * len(lines), language)

    def correct_with_lattices(
        self, lines: Sequence[str], lattices: Sequence[LineLattice | None], language: str | None = None
    ) -> list[CorrectedLine]:
        """As `correct`; edits of characters that the recogniser was certain of are refused."""
        if self._pool is None or len(lines) < 2:
            return [self._correct_line(*line, language) for line in zip(lines, lattices, strict=True)]
        return list(self._pool.map(self._correct_line, lines, lattices, repeat(language)))

    def language_of(self, text: str) -> str | None:
        """The language of a page, by its words; None where they leave doubt."""
        return self._analyzer.language_of(text)

    def for_profile(self, profile: str) -> FastCorrector:
        """The same model and threads for documents of another profile; closed together with this one."""
        other = copy(self)
        other._profile = profile
        return other

    def close(self) -> None:
        """Ends the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _correct_line(self, raw: str, lattice: LineLattice | None, language: str | None) -> CorrectedLine:
        image = _Image(raw, lattice)
        first = self._pass(raw, [], image, language)
        refusals = tuple(
            Refusal(
                start=refused.edit.start,
                end=refused.edit.end,
                raw=raw[refused.edit.start : refused.edit.end],
                proposed=refused.edit.corrected,
                guard=refused.guard,
                probability=refused.edit.probability,
            )
            for refused in first.refused
        )
        edits = self._to_fixed_point(raw, first.accepted, image, language)
        return CorrectedLine(apply(raw, edits), tuple(self._published(raw, edit) for edit in edits), refusals)

    def _to_fixed_point(
        self, raw: str, accepted: Sequence[TextEdit], image: _Image, language: str | None
    ) -> list[TextEdit]:
        """Edits of ``raw`` whose outcome a further pass does not change; none if ``_MAX_PASSES`` reach no such text."""
        edits: list[TextEdit] = []
        for _ in range(config.MAX_PASSES):
            if not accepted:
                return edits
            edits = compose(raw, edits, accepted)
            accepted = self._pass(apply(raw, edits), edits, image, language).accepted
        return [] if accepted else edits

    def _pass(self, text: str, edits: Sequence[TextEdit], image: _Image, language: str | None) -> GuardedEdits:
        """The changes of one forward pass, judged by the guards; ``edits`` are those that made ``text``."""
        if len(text) > config.MAX_LINE_LENGTH:
            return GuardedEdits()
        shares = self._analyzer.shares_in(text, language)
        if rewrites := deterministic_rewrites(text):
            return GuardedEdits(tuple(rewrites))  # the next pass analyzes the rewritten line
        if not any(map(str.isalpha, text)):
            return GuardedEdits()
        scored = self._analyzer.analyze(text, language).score(self._reranker, self._profile)
        chosen = scored.choose()
        certain = [edit for edit in chosen if image.refuses(edit, edits)]
        allowed = [edit for edit in chosen if edit not in certain]
        guarded = guard_line(text, allowed, shares) if allowed else GuardedEdits()
        refused = sorted((*guarded.refused, *(RefusedEdit(edit, IMAGE_CERTAIN) for edit in certain)), key=_position)
        return GuardedEdits(guarded.accepted, tuple(refused))

    def _published(self, raw: str, edit: TextEdit) -> Edit:
        return Edit(
            start=edit.start,
            end=edit.end,
            raw=raw[edit.start : edit.end],
            corrected=edit.corrected,
            probability=edit.probability,
            corrector=self.name,
            model=_MODEL,
            model_version=self.model_version,
        )


@dataclass(frozen=True)
class _Image:
    """A raw line and its lattice, to judge edits of it, also of a later pass."""

    raw: str
    lattice: LineLattice | None

    def refuses(self, edit: TextEdit, earlier: Sequence[TextEdit]) -> bool:
        """Whether the recogniser was certain of what ``edit`` changes in the text that ``earlier`` made of the line."""
        if self.lattice is None:
            return False
        start, end = to_raw(earlier, edit.start), to_raw(earlier, edit.end)
        return self.lattice.refuses(self.raw, edit._replace(start=start, end=max(start, end)))


def _position(refused: RefusedEdit) -> tuple[int, int]:
    return refused.edit.start, refused.edit.end
