"""Loads OCR engines and chooses the one for an upload."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import cast

from scanproof.errors import PermanentError
from scanproof.language import check_language
from scanproof.ocr.aspose.engine import AsposeEngine, AsposeSettings
from scanproof.ocr.engine import Engine, check_handwritten
from scanproof.options import ScanOptions

ENGINE_NAMES = ("rapidocr", "aspose")
_TRIAL = AsposeSettings()


def load_engine(name: str, threads: int = 1, aspose: AsposeSettings = _TRIAL) -> Engine:
    """Loads the engine called ``name`` with its models, to run on ``threads`` threads.

    Raises:
        PermanentError: ``engine_unavailable``.
        EngineRefusalError: ``aspose_unavailable``.
    """
    match name:
        case "rapidocr":
            # Imported when first needed: it imports OpenCV and onnxruntime, which not every function installs.
            from scanproof.ocr.rapidocr import RapidOcrEngine

            return RapidOcrEngine(threads)
        case "aspose":
            return AsposeEngine(aspose, threads)
        case _:
            raise _unavailable(name, ENGINE_NAMES)


class _LazyRapidOcr:
    """RapidOCR, which loads at its first image: a text layer needs no models. Missing attributes are the engine's.

    Aspose.OCR is not lazy: whether it can run here is known only when it is loaded, and decides which function reads.
    """

    name = "rapidocr"
    supports_handwritten = False

    def __init__(self, threads: int) -> None:
        self._threads = threads

    @cached_property
    def _engine(self) -> Engine:
        return load_engine(self.name, self._threads)

    def __getattr__(self, attribute: str) -> object:
        return getattr(self._engine, attribute)

    def free(self) -> None:
        if "_engine" in self.__dict__:
            self._engine.free()


class Engines:
    """Returns the engine that options ask for; loads each engine once, when it is first needed.

    Args:
        threads: for each engine.
        available: names of the engines that can be used here; ``auto`` means the first.
        aspose: settings of Aspose.OCR.
    """

    def __init__(
        self, threads: int = 1, available: Sequence[str] = ENGINE_NAMES, aspose: AsposeSettings = _TRIAL
    ) -> None:
        self._threads = threads
        self._available = available
        self._aspose = aspose
        self._loaded: dict[str, Engine] = {}

    def has(self, options: ScanOptions) -> bool:
        """Whether the engine for ``options`` is available."""
        return options.engine == "auto" or options.engine in self._available

    def get(self, options: ScanOptions) -> Engine:
        """Returns the engine for ``options``, after checking their language and handwriting. RapidOCR loads later.

        Raises:
            PermanentError: ``engine_unavailable``, ``unknown_language`` or ``handwritten_unsupported``.
            EngineRefusalError: ``aspose_unavailable``.
        """
        check_language(options.language)
        name = self._available[0] if options.engine == "auto" else options.engine
        if name not in self._available:
            raise _unavailable(name, self._available)
        if name not in self._loaded:
            self._loaded[name] = self._create(name)
        engine = self._loaded[name]
        check_handwritten(engine, options.handwritten)
        return engine

    def _create(self, name: str) -> Engine:
        if name == "rapidocr":
            return cast("Engine", _LazyRapidOcr(self._threads))
        return load_engine(name, self._threads, self._aspose)


def _unavailable(name: str, available: Sequence[str]) -> PermanentError:
    return PermanentError(
        "engine_unavailable",
        f"The OCR engine {name!r} is not available.",
        f"Choose one of: {', '.join(sorted(available))}.",
    )
