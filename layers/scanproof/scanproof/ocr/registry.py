"""Which engines there are, and which one an upload gets."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.errors import PermanentError
from scanproof.language import check_language
from scanproof.ocr.aspose.engine import AsposeEngine, AsposeSettings
from scanproof.ocr.engine import Engine
from scanproof.options import ScanOptions

ALL = ("rapidocr", "aspose")
_TRIAL = AsposeSettings()


def load_engine(name: str, threads: int = 1, aspose: AsposeSettings = _TRIAL) -> Engine:
    """The engine called ``name``, its models loaded, working on ``threads`` threads.

    Raises:
        PermanentError: ``engine_unavailable``.
        EngineRefusalError: ``aspose_unavailable``.
    """
    match name:
        case "rapidocr":
            # Imported when first needed: it brings OpenCV and onnxruntime, which not every function installs.
            from scanproof.ocr.rapidocr import RapidOcrEngine

            return RapidOcrEngine(threads)
        case "aspose":
            return AsposeEngine(aspose, threads)
        case _:
            raise _unavailable(name, ALL)


class Engines:
    """Engines by what is asked for, each loaded once, when it is first needed.

    Args:
        threads: of each engine.
        here: the engines that there are here; ``auto`` means the first.
        aspose: how Aspose.OCR is to be run.
    """

    def __init__(self, threads: int = 1, here: Sequence[str] = ALL, aspose: AsposeSettings = _TRIAL) -> None:
        self._threads = threads
        self._here = here
        self._aspose = aspose
        self._loaded: dict[str, Engine] = {}

    def has(self, options: ScanOptions) -> bool:
        """Whether the engine that is asked for is one of those here."""
        return options.engine == "auto" or options.engine in self._here

    def get(self, options: ScanOptions) -> Engine:
        """The engine for ``options``, which it is able to fulfil.

        Raises:
            PermanentError: ``engine_unavailable``, ``unknown_language`` or ``handwritten_unsupported``.
            EngineRefusalError: ``aspose_unavailable``.
        """
        check_language(options.language)
        name = self._here[0] if options.engine == "auto" else options.engine
        if name not in self._here:
            raise _unavailable(name, self._here)
        if name not in self._loaded:
            self._loaded[name] = load_engine(name, self._threads, self._aspose)
        engine = self._loaded[name]
        check_handwritten(engine, options.handwritten)
        return engine


def _unavailable(name: str, here: Sequence[str]) -> PermanentError:
    return PermanentError(
        "engine_unavailable",
        f"The OCR engine {name!r} is not installed here.",
        f"Ask for one of: {', '.join(sorted(here))}.",
    )


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
