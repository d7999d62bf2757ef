"""The Python API: corrects text and reads scans in this process, without AWS.

`scanproof` exports these names lazily: ``import scanproof`` loads no model and no image library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from scanproof.correction.availability import load_corrector
from scanproof.correction.base import CorrectedLine, Unprocessed, for_profile, language_warnings, page_language
from scanproof.correction.combine import combined
from scanproof.correction.loading import CONTEXT_SIZE, ModelChoice, open_pool
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.models.manifest import Precision
from scanproof.correction.paragraphs import paragraphs_of
from scanproof.correction.profiles import load_profile
from scanproof.correction.text import CorrectionResult, correct_lines, correct_text
from scanproof.correction.user_lists import UserLists
from scanproof.document import Document
from scanproof.errors import PermanentError
from scanproof.extras import explained_imports
from scanproof.language import LanguagePosterior, check_language, language_of
from scanproof.local_run import read_scan
from scanproof.ocr.aspose.engine import AsposeSettings
from scanproof.ocr.registry import Engines
from scanproof.options import LmMode, validated_options
from scanproof.settings import Settings, WantedDevice

EngineName = Literal["auto", "rapidocr", "aspose"]
LayoutName = Literal["page", "receipt", "invoice"]
ProfileName = Literal["general", "financial", "medical", "table"]
Strategy = Literal["auto", "fast", "accurate", "fast+accurate", "none"]
OnPage = Callable[[int, int], None]


def _ignore(number: int, total: int) -> None:
    """Reports no progress."""


class Corrector:
    """Corrects recognised text with the bundled model or with a language model.

    The model is loaded once and reused; ``close`` or a ``with`` block releases it. One corrector serves one thread at a
    time; it spreads lines over threads of its own.
    """

    def __init__(
        self,
        model: str = "fast",
        profile: ProfileName = "general",
        language: str | None = None,
        device: WantedDevice = "auto",
        precision: Precision = "int8",
        *,
        download: bool = False,
        accept_licence: bool = False,
        revision: str | None = None,
        prompt: str | None = None,
        mode: LmMode | None = None,
        threads: int | None = None,
        context_size: int = CONTEXT_SIZE,
        lists: UserLists | None = None,
    ) -> None:
        """Loads the model.

        Args:
            model: ``fast`` (bundled), a preset (``accurate``, ``accurate-apache``, ``ocronos``, ``gpt2``), a Hub id
                (``owner/name``) or a folder, exported or in Hub layout.
            profile: kind of document; the stricter ones demand a higher probability for each change.
            language: BCP 47 tag of the texts, where all are in one language; None determines it from each text.
            device: what a language model runs on; ``auto`` takes a CUDA device if one works. The fast model runs on
                the processor.
            precision: of a language model's weights.
            download: lets a language model be downloaded and exported once, which needs a checkout of the repository;
                without it only models that are on this machine are used.
            accept_licence: agrees to a language model's licence that is not permissive.
            revision: commit, tag or branch of a Hub model; None takes the preset's, else the newest.
            prompt: instructions for a language model in place of the profile's.
            mode: ``judge``, so that a language model chooses among candidates, or ``generate``, so that it writes each
                line anew; None: it judges if it can and has no ``prompt``.
            threads: of the model; default one for each processor.
            context_size: tokens of a language model's prompt and answer together.
            lists: words that ``correct`` leaves alone, and replacements that it makes last.

        Raises:
            PermanentError: ``unknown_profile``, ``invalid_option``, ``unknown_language``, ``language_unsupported``,
                ``extra_missing``, ``model_not_local``, ``model_unknown``, ``model_altered`` and others: the model
                cannot be loaded.
            TransientError: the Hub could not be reached.
        """
        load_profile(profile)
        options = validated_options({"profile": profile, "prompt": prompt, "mode": mode})
        choice = ModelChoice(model, precision, device, revision, download, accept_licence)
        with explained_imports():
            pool, self._language_model = open_pool(choice, threads, context_size)
        self._pool: ModelPool | None = pool
        self._options = options.model_copy(update={"model": self._language_model})
        self._language = self._checked(language)
        self._lists = lists or UserLists()

    def correct(self, text: str | Sequence[str], language: str | None = None) -> CorrectionResult:
        """Corrects a text, or a sequence of lines.

        Lines stay lines. What a line becomes does not depend on the lines beside it, except with a language model that
        judges candidates, to which the other lines of a paragraph are context.

        Args:
            text: a text with any line ends, or its lines without them.
            language: BCP 47 tag of this text; None takes the corrector's, else determines it from the text.

        Raises:
            PermanentError: ``unknown_language``, ``language_unsupported``, or the language model cannot be opened.
            ValueError: an item of a sequence holds a line break.
            RuntimeError: the corrector is closed.
        """
        whole = text if isinstance(text, str) else "\n".join(text)
        found = page_language(self.pool.fast, whole, self._checked(language) or self._language)
        with explained_imports():
            if isinstance(text, str):
                result = correct_text(text, lambda lines: self._correct(lines, found), found.code, self._lists)
            else:
                result = correct_lines(text, lambda lines: self._correct(lines, found), found.code, self._lists)
        warnings = language_warnings(self.pool.fast, found) if self._language_model is None else ()
        return replace(result, warnings=(*warnings, *result.warnings))

    def close(self) -> None:
        """Releases the model and its memory; closing again does nothing."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    @property
    def pool(self) -> ModelPool:
        """The loaded correctors.

        Raises:
            RuntimeError: the corrector is closed.
        """
        if self._pool is None:
            raise RuntimeError("the corrector is closed")
        return self._pool

    @property
    def language_model(self) -> str | None:
        """Name of the language model, None for the fast corrector alone."""
        return self._language_model

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _checked(self, language: str | None) -> str | None:
        if language is None:
            return None
        check_language(language)
        code = language_of(language)
        languages = self.pool.fast.languages if self._language_model is None else None
        if languages is not None and code not in languages:
            raise PermanentError(
                "language_unsupported",
                f"The fast corrector does not know the language {language!r}.",
                f"Use a language model, or one of: {', '.join(sorted(languages))}.",
            )
        return code

    def _correct(self, lines: Sequence[str], language: LanguagePosterior) -> list[CorrectedLine]:
        fast = for_profile(self.pool.fast, self._options.profile)
        if self._language_model is None:
            return fast.correct(lines, language)
        if self.pool.judges(self._language_model, self._options):
            return self._with_judge(self._language_model, fast.correct(lines, language), lines, language)
        _, results = self.pool.run_lm_pass(self._language_model, self._options, lines, language)
        # Lines for which memory did not suffice are corrected by the fast model, as in a scan.
        return [
            fast.correct([line], language)[0] if isinstance(result, Unprocessed) else result
            for line, result in zip(lines, results, strict=True)
        ]

    def _with_judge(
        self, model: str, first: Sequence[CorrectedLine], lines: Sequence[str], language: LanguagePosterior
    ) -> list[CorrectedLine]:
        """What the language model makes of the fast corrector's results, with the lines of a paragraph as context."""
        texts = [result.text for result in first]
        sizes = [len(paragraph) for paragraph in paragraphs_of(texts)]
        _, results = self.pool.run_lm_pass(model, self._options, texts, language, sizes=sizes)
        return [
            before if isinstance(after, Unprocessed) else combined(raw, before, after)
            for raw, before, after in zip(lines, first, results, strict=True)
        ]


class Reader:
    """Reads scans: opens files, recognises and corrects their text, extracts key fields.

    Engines and models are loaded when they are first needed and reused; ``close`` or a ``with`` block releases them.
    One reader serves one thread at a time.
    """

    def __init__(
        self,
        corrector: Corrector | None = None,
        *,
        threads: int = 1,
        aspose_licence: str | PathLike[str] | None = None,
    ) -> None:
        """Loads nothing yet.

        Args:
            corrector: used for every scan and not closed by the reader; None loads the bundled one, with the language
                models that ``SCANPROOF_ACCURATE_MODEL`` names.
            threads: of an OCR engine.
            aspose_licence: licence file of Aspose.OCR; without one it is a trial, whose pages are refused.

        Raises:
            OSError: the licence file cannot be read.
        """
        self._given = corrector
        self._own: ModelPool | None = None
        self._engines = Engines(threads, aspose=_aspose_settings(aspose_licence))
        self._closed = False

    def read(
        self,
        path: str | PathLike[str],
        *,
        engine: EngineName = "auto",
        language: str | None = None,
        handwritten: bool = False,
        layout: LayoutName = "page",
        profile: ProfileName = "general",
        corrector: Strategy | None = None,
        prompt: str | None = None,
        mode: LmMode | None = None,
        correct_digital: bool = False,
        lists: UserLists | None = None,
        resolve_numbers: bool = False,
        on_page: OnPage = _ignore,
    ) -> Document:
        """Reads one file: an image, also of several pages, or a PDF.

        Args:
            path: the file.
            engine: OCR engine; ``auto`` is RapidOCR.
            language: BCP 47 tag of the document; None determines it page by page.
            handwritten: whether the text is handwritten (Aspose.OCR only).
            layout: kind of page, for engines that have modes for it.
            profile: kind of document; the stricter ones demand a higher probability for each change.
            corrector: which correctors read the lines; default ``accurate`` where the reader's corrector is a language
                model, else ``auto``.
            prompt: instructions for a language model in place of the profile's.
            mode: what a language model does, as for `Corrector`.
            correct_digital: whether a PDF's own text is corrected, too.
            lists: words that correctors leave alone, and replacements that are made after them.
            resolve_numbers: whether suggestions of failed checks are applied as edits.
            on_page: called with the page's number and the number of pages after each page.

        Raises:
            PermanentError: the file cannot be read, or an option cannot be fulfilled; ``code`` says why.
            FileNotFoundError: there is no such file.
            RuntimeError: the reader or its corrector is closed.
        """
        if self._closed:
            raise RuntimeError("the reader is closed")
        model = self._given.language_model if self._given else None
        options = validated_options(
            {
                "engine": engine,
                "language": language,
                "handwritten": handwritten,
                "layout": layout,
                "profile": profile,
                "corrector": corrector or ("accurate" if model else "auto"),
                "model": model,
                "prompt": prompt,
                "mode": mode,
                "correct_digital": correct_digital,
                "resolve_numbers": resolve_numbers,
            }
        )
        settings = Settings.from_environment()
        settings = settings.model_copy(update={"deployed_model": model}) if model else settings
        with explained_imports():
            return read_scan(Path(path), options, self._engines, self._pool(), on_page, settings, lists=lists)

    def close(self) -> None:
        """Releases engines and the reader's own models; closing again does nothing."""
        self._closed = True
        self._engines = Engines()  # the loaded ones are released with their last reference
        if self._own is not None:
            self._own.close()
            self._own = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pool(self) -> ModelPool:
        if self._given is not None:
            return self._given.pool
        if self._own is None:
            self._own = ModelPool.from_environment(fast=load_corrector())
        return self._own


def read(
    path: str | PathLike[str],
    *,
    engine: EngineName = "auto",
    language: str | None = None,
    handwritten: bool = False,
    layout: LayoutName = "page",
    profile: ProfileName = "general",
    corrector: Strategy | Corrector | None = None,
    model: str | None = None,
    prompt: str | None = None,
    mode: LmMode | None = None,
    correct_digital: bool = False,
    lists: UserLists | None = None,
    resolve_numbers: bool = False,
    on_page: OnPage = _ignore,
) -> Document:
    """Reads one file and releases everything that it loaded; `Reader` keeps engine and model for the next file.

    Args:
        path: the file: an image, also of several pages, or a PDF.
        engine: OCR engine; ``auto`` is RapidOCR.
        language: BCP 47 tag of the document; None determines it page by page.
        handwritten: whether the text is handwritten (Aspose.OCR only).
        layout: kind of page, for engines that have modes for it.
        profile: kind of document; the stricter ones demand a higher probability for each change.
        corrector: a `Corrector` to reuse, which stays open, or which correctors read the lines: ``auto``, ``fast``,
            ``accurate``, ``fast+accurate`` or ``none``.
        model: loads this model for the file, as `Corrector` does without downloading; not beside a `Corrector`.
        prompt: instructions for a language model in place of the profile's.
        mode: what a language model does, as for `Corrector`.
        correct_digital: whether a PDF's own text is corrected, too.
        lists: words that correctors leave alone, and replacements that are made after them.
        resolve_numbers: whether suggestions of failed checks are applied as edits.
        on_page: called with the page's number and the number of pages after each page.

    Raises:
        PermanentError: the file cannot be read, or an option cannot be fulfilled; ``code`` says why.
        FileNotFoundError: there is no such file.
        ValueError: both a `Corrector` and a model are given.
    """
    given = corrector if isinstance(corrector, Corrector) else None
    if given is not None and model is not None:
        raise ValueError("give either a Corrector or a model, not both")
    own = Corrector(model, profile) if model is not None else None
    try:
        with Reader(given or own) as reader:
            return reader.read(
                path,
                engine=engine,
                language=language,
                handwritten=handwritten,
                layout=layout,
                profile=profile,
                corrector=None if isinstance(corrector, Corrector) else corrector,
                prompt=prompt,
                mode=mode,
                correct_digital=correct_digital,
                lists=lists,
                resolve_numbers=resolve_numbers,
                on_page=on_page,
            )
    finally:
        if own is not None:
            own.close()


def _aspose_settings(licence: str | PathLike[str] | None) -> AsposeSettings:
    if licence is None:
        return AsposeSettings()
    text = Path(licence).read_text(encoding="utf-8-sig")
    return AsposeSettings(lambda: text)
