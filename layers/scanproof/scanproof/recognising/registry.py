"""Which engines there are, and which one an upload gets."""

from __future__ import annotations

from collections.abc import Callable

from scanproof.errors import PermanentError
from scanproof.options import ScanOptions
from scanproof.recognising.engine import Engine
from scanproof.recognising.languages import check_language

DEFAULT_ENGINE = "rapidocr"


def _rapidocr(threads: int) -> Engine:
    # Imported when first needed: it brings OpenCV and onnxruntime, which not every part of the pipeline installs.
    from scanproof.recognising.rapidocr import RapidOcrEngine

    return RapidOcrEngine(threads)


_ENGINES: dict[str, Callable[[int], Engine]] = {"rapidocr": _rapidocr}


def load_engine(name: str, threads: int = 1) -> Engine:
    """The engine called ``name``, its models loaded, working on ``threads`` threads.

    Raises:
        PermanentError: ``engine_unavailable``.
    """
    if name not in _ENGINES:
        raise PermanentError(
            "engine_unavailable",
            f"The OCR engine {name!r} is not installed here.",
            f"Ask for one of: {', '.join(sorted(_ENGINES))}.",
        )
    return _ENGINES[name](threads)


class Engines:
    """Engines by what is asked for, each loaded once, when it is first needed."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._loaded: dict[str, Engine] = {}

    def get(self, options: ScanOptions) -> Engine:
        """The engine for ``options``, which it is able to fulfil.

        Raises:
            PermanentError: ``engine_unavailable``, ``unknown_language`` or ``handwritten_unsupported``.
        """
        check_language(options.language)
        name = DEFAULT_ENGINE if options.engine == "auto" else options.engine
        if name not in self._loaded:
            self._loaded[name] = load_engine(name, self._threads)
        engine = self._loaded[name]
        check_handwritten(engine, options.handwritten)
        return engine

    def close(self) -> None:
        """Releases all engines."""
        for engine in self._loaded.values():
            engine.close()
        self._loaded.clear()


def check_handwritten(engine: Engine, handwritten: bool) -> None:
    """Passes unless handwriting is asked of an engine that cannot read it.

    Raises:
        PermanentError: ``handwritten_unsupported``.
    """
    if handwritten and not engine.supports_handwritten:
        raise PermanentError(
            "handwritten_unsupported",
            f"The OCR engine {engine.name} reads printed text only.",
            "Upload the scan without the option handwritten, or with an engine that has that mode (aspose).",
        )
