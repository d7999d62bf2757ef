"""The fast corrector: normalises and analyzes lines, and makes the changes that are sure and that guards accept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from itertools import repeat
from pathlib import Path

from scanproof.correction.base import CorrectedLine, supports
from scanproof.correction.fast import config
from scanproof.correction.fast.analysis import LineAnalyzer, load_line_analyzer
from scanproof.correction.fast.image import LineImage
from scanproof.correction.fast.model_folder import default_folder
from scanproof.correction.fast.reranker import GENERAL, Reranker, load_reranker
from scanproof.correction.guards import GuardedEdits, RefusedEdit, guard_line
from scanproof.correction.guards.units import Shares
from scanproof.correction.normaliser import deterministic_rewrites
from scanproof.document import Edit, Refusal
from scanproof.edits import TextEdit, apply, compose, separate, to_raw
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior, detect_language

_MODEL = "scanproof-fast"
IMAGE_DISAGREES = "image_certain"  # refuses edits that the text alone would make


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

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        """One result per line, in order; pages in languages that it does not support stay raw."""
        return self.correct_with_images(lines, [None] * len(lines), language)

    def correct_with_images(
        self, lines: Sequence[str], images: Sequence[LineImage | None], language: LanguagePosterior = UNKNOWN_LANGUAGE
    ) -> list[CorrectedLine]:
        """As `correct`, by text and image where a line has one."""
        if not supports(self, language):
            return [*map(CorrectedLine, lines)]
        if self._pool is None or len(lines) < 2:
            return [self._correct_line(*line, language) for line in zip(lines, images, strict=True)]
        return list(self._pool.map(self._correct_line, lines, images, repeat(language)))

    def detect_language(self, text: str) -> LanguagePosterior:
        """Detects the language of a page with the model's lexicon."""
        return detect_language(text, self._analyzer.lexicon)

    def for_profile(self, profile: str) -> FastCorrector:
        """The same model and threads for documents of another profile; closed together with this one."""
        other = copy(self)
        other._profile = profile
        return other

    def close(self) -> None:
        """Ends the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _correct_line(self, raw: str, image: LineImage | None, language: LanguagePosterior) -> CorrectedLine:
        """Repeats passes until none changes the text; the raw line if there is no such text after ``MAX_PASSES``.

        With an image only deterministic rewrites are repeated, since the lattice belongs to the text before the change.
        """
        edits: list[TextEdit] = []
        refusals: tuple[Refusal, ...] = ()
        for number in range(config.MAX_PASSES):
            text = apply(raw, edits)
            shares = self._analyzer.shares_in(text, language)
            rewrites = deterministic_rewrites(text) if len(text) <= config.MAX_LINE_LENGTH else []
            guarded = GuardedEdits(tuple(rewrites)) if rewrites else self._pass(text, edits, image, shares, language)
            if number == 0 or image is not None:
                refusals = tuple(_refusal(raw, edits, refused) for refused in guarded.refused)
            if not guarded.accepted:
                break
            edits = compose(raw, edits, guarded.accepted)
            if image is not None and not rewrites:
                break
        else:
            edits = []
        return CorrectedLine(apply(raw, edits), tuple(self._published(raw, edit) for edit in edits), refusals)

    def _pass(
        self,
        text: str,
        earlier: Sequence[TextEdit],
        image: LineImage | None,
        shares: Shares,
        language: LanguagePosterior,
    ) -> GuardedEdits:
        """The changes of one forward pass, judged by the guards; ``earlier`` are those that made ``text``."""
        if len(text) > config.MAX_LINE_LENGTH or not any(map(str.isalpha, text)):
            return GuardedEdits()
        found = self._analyzer.analyze(text, language, image.after(earlier) if image else None)
        scored = found.score(self._reranker, self._profile)
        chosen = scored.choose()
        if scored.by_text is None:
            return guard_line(text, chosen, shares) if chosen else GuardedEdits()
        changes = [change for edit in chosen for change in separate(text, edit)]
        guarded = guard_line(text, changes, shares, spaces_seen=True) if changes else GuardedEdits()
        unmade = [edit for edit in scored.by_text.choose() if not any(_meet(edit, other) for other in chosen)]
        refused = (*guarded.refused, *(RefusedEdit(edit, IMAGE_DISAGREES) for edit in unmade))
        return GuardedEdits(guarded.accepted, tuple(sorted(refused, key=_position)))

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


def _meet(edit: TextEdit, other: TextEdit) -> bool:
    """Whether two edits overlap or touch."""
    return edit.start <= other.end and other.start <= edit.end


def _refusal(raw: str, edits: Sequence[TextEdit], refused: RefusedEdit) -> Refusal:
    """The record of an edit that was refused in the text that ``edits`` made of the raw line."""
    start, end = to_raw(edits, refused.edit.start), to_raw(edits, refused.edit.end)
    return Refusal(
        start=start,
        end=max(start, end),
        raw=raw[start : max(start, end)],
        proposed=refused.edit.corrected,
        guard=refused.guard,
        probability=refused.edit.probability,
    )


def _position(refused: RefusedEdit) -> tuple[int, int]:
    return refused.edit.start, refused.edit.end
