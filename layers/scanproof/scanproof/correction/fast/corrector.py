"""The fast corrector: tag, keep what is sure, let the guards judge, and again until nothing changes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from itertools import repeat
from pathlib import Path

from scanproof.correction.base import CorrectedLine
from scanproof.correction.fast.analysis import LineAnalyzer, load_line_analyzer
from scanproof.correction.fast.compose import compose
from scanproof.correction.fast.model_folder import default_folder
from scanproof.correction.fast.reranker import GENERAL, Reranker, load_reranker
from scanproof.correction.guards import GuardedEdits, TextEdit, apply_text_edits, deterministic_rewrites, guard_line
from scanproof.document import Edit, Refusal

_PASSES = 5  # a line that still changes then has no fixed point and stays raw
_LONGEST = 100_000  # characters; nothing so long was ever a line of print, and it must not hold up a page
_MODEL = "scanproof-fast"


def load_fast(folder: Path | None = None, threads: int | None = None, profile: str = GENERAL) -> FastCorrector:
    """Opens the bundled model, or the one in ``folder``.

    Args:
        folder: in Hub layout, with ``onnx/cpu``, ``words.txt.xz``, ``bigrams.npz``, ``error_rates.json`` and
            ``reranker.json``, and with ``exact/cpu`` if close decisions are to be made in float32; default:
            `default_folder`.
        threads: lines corrected at a time; default one for each processor.
        profile: what sort of papers they are; decides how sure a change has to be.

    Raises:
        PermanentError: the folder has no model, or not the one that its manifest describes.
    """
    folder = folder or default_folder()
    return FastCorrector(load_line_analyzer(folder), load_reranker(folder), threads or os.cpu_count() or 1, profile)


class FastCorrector:
    """An edit tagger behind the ``Corrector`` interface.

    ``correct`` applied to its own output changes nothing more: a result is a text for which one step proposes no edit
    that the guards let through, or the raw line itself.
    """

    name = "fast"
    languages: frozenset[str] | None = frozenset({"en", "fr", "de", "es", "it", "pt", "nl", "pl"})  # met in training

    def __init__(self, analyzer: LineAnalyzer, reranker: Reranker, threads: int, profile: str = GENERAL) -> None:
        self._analyzer, self._reranker, self._profile = analyzer, reranker, profile
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="fast") if threads > 1 else None

    @property
    def model_version(self) -> str:
        """The model's own version and the beginning of its graph's hash."""
        return self._analyzer.tagger.version

    def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
        """One result per line, in order. All of its languages are read; to know the page's helps with short lines."""
        if self._pool is None or len(lines) < 2:
            return [self._correct_line(line, language) for line in lines]
        return list(self._pool.map(self._correct_line, lines, repeat(language)))

    def language_of(self, text: str) -> str | None:
        """What a page is in, told by its words."""
        return self._analyzer.language_of(text)

    def for_profile(self, profile: str) -> FastCorrector:
        """The same model and threads for another sort of papers; it is closed together with this one."""
        other = copy(self)
        other._profile = profile
        return other

    def close(self) -> None:
        """Ends the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _correct_line(self, raw: str, language: str | None) -> CorrectedLine:
        first = self._step(raw, language)
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
        edits = self._to_fixed_point(raw, first.accepted, language)
        return CorrectedLine(apply_text_edits(raw, edits), tuple(self._audited(raw, edit) for edit in edits), refusals)

    def _to_fixed_point(self, raw: str, accepted: Sequence[TextEdit], language: str | None) -> list[TextEdit]:
        """Edits of ``raw`` whose outcome one more step leaves alone; none if there is no such outcome in reach."""
        edits: list[TextEdit] = []
        for _ in range(_PASSES):
            if not accepted:
                return edits
            edits = compose(raw, edits, accepted)
            accepted = self._step(apply_text_edits(raw, edits), language).accepted
        return [] if accepted else edits

    def _step(self, text: str, language: str | None) -> GuardedEdits:
        """What one forward pass would change and the guards allow."""
        if len(text) > _LONGEST:
            return GuardedEdits()
        shares = self._analyzer.shares_in(text, language)
        sure = [TextEdit(*found, 1.0) for found in deterministic_rewrites(text, shares)]
        if sure and (apply_char_edit := guard_line(text, sure, shares)).accepted:
            return apply_char_edit  # and then another step, which sees the words
        if not any(map(str.isalpha, text)):
            return GuardedEdits()
        scored = self._analyzer.analyze(text, language).score(self._reranker, self._profile)
        if scored.is_near_threshold and (closer := self._analyzer.analyze_exactly(text, language)) is not None:
            scored = closer.score(self._reranker, self._profile)
        chosen = scored.choose()
        return guard_line(text, chosen, shares) if chosen else GuardedEdits()

    def _audited(self, raw: str, edit: TextEdit) -> Edit:
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
