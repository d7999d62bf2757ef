"""Aspose.OCR as an engine: .NET runs inside this process and gets images as PNG from memory."""

from __future__ import annotations

import io
import re
import tempfile
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from PIL import Image

from scanproof.document import PageFlag
from scanproof.ocr.aspose.languages import aspose_language
from scanproof.ocr.aspose.licence import Licence, ReadLicence
from scanproof.ocr.aspose.results import parse_result
from scanproof.ocr.aspose.runtime import prepare, resources_folder
from scanproof.ocr.engine import EngineRefusalError, Layout, RecognisedPage
from scanproof.ocr.orientation import TextLocator
from scanproof.ocr.segments import group_into_lines

_MISSING_RESOURCE = re.compile(r"aspose-ocr-[\w.-]+?\.ocr")
_PNG_COMPRESSION = 1  # fast: the PNG does not leave the process
_LICENCE_NEXT_STEP = (
    "Give the deployment an Aspose.OCR licence (parameter AsposeLicenceArn, or ASPOSE_LICENCE_FILE on a laptop), "
    "or upload the scan with engine=auto or engine=rapidocr."
)


@dataclass(frozen=True)
class AsposeSettings:
    """The deployment's settings of Aspose.OCR.

    Attributes:
        read_licence: returns the licence's text; None for a trial.
        show_trial: whether to return the part of a page that a trial reads, flagged as truncated, instead of refusing.
    """

    read_licence: ReadLicence | None = None
    show_trial: bool = False


class AsposeEngine:
    """Recognises printed text, and with the advanced resource also handwriting, receipts and invoices.

    Raises:
        EngineRefusalError: ``aspose_unavailable``: something that it needs is missing.
    """

    name = "aspose"
    supports_handwritten = True

    def __init__(self, settings: AsposeSettings = AsposeSettings(), threads: int = 1) -> None:
        prepare()
        import aspose.ocr

        self._ocr = aspose.ocr
        self._threads = threads
        self._show_trial = settings.show_trial
        self._licence = Licence(settings.read_licence)
        self.version = version("aspose-ocr-python-net")
        aspose.ocr.Logging.set_log_file_path(str(Path(tempfile.gettempdir()) / "aspose-ocr.log"))
        aspose.ocr.Logging.set_file_system(False)
        aspose.ocr.Resources.set_local_path(str(resources_folder()))
        # A function that waits for a download would time out.
        aspose.ocr.Resources.allow_automatic_downloads(False)
        self._api = aspose.ocr.AsposeOcr()

    @cached_property
    def text_locator(self) -> TextLocator | None:
        """RapidOCR, where it is installed too. The Aspose function's image has neither its models nor OpenCV."""
        try:
            from scanproof.ocr.rapidocr import RapidOcrEngine
        except ImportError:
            return None
        return RapidOcrEngine(self._threads)

    def recognise(
        self,
        image: Image.Image,
        dpi: float,
        language: str | None = None,
        handwritten: bool = False,
        layout: Layout = "page",
    ) -> RecognisedPage:
        """Recognises the text of ``image`` (RGB). Ignores the resolution: Aspose.OCR scales letters itself.

        Raises:
            EngineRefusalError: ``aspose_trial``, ``aspose_resource_missing``, ``aspose_failed``,
                ``language_unsupported``, or a code of :class:`Licence`.
        """
        self._licence.apply()
        result = self._result(image, aspose_language(language), handwritten, layout)
        parsed = parse_result(result, image.size, self._licensed)
        lines = group_into_lines(parsed.segments)
        if not parsed.is_trial:
            return RecognisedPage(lines)
        if not self._show_trial:
            raise EngineRefusalError(
                "aspose_trial", "Aspose.OCR has no licence and reads only the beginning of a page.", _LICENCE_NEXT_STEP
            )
        warning = "Aspose.OCR has no licence: it read only the beginning of the page."
        return RecognisedPage(lines, warnings=(warning,), flags=(PageFlag.TRUNCATED,))

    def raw_result(self, image: Image.Image) -> Any:  # noqa: ANN401 - the package has no types
        """Returns Aspose.OCR's own result for ``image`` (RGB), printed Latin text; for benchmarks."""
        return self._result(image, aspose_language(None), handwritten=False, layout="page")

    def free(self) -> None:
        """Makes .NET free the last document's images and buffers."""
        self._api.free_resources()

    @property
    def _licensed(self) -> bool:
        return bool(self._ocr.License().is_licensed or self._ocr.Metered().is_metered_licensed)

    def _result(self, image: Image.Image, language: str, handwritten: bool, layout: Layout) -> Any:  # noqa: ANN401
        encoded = io.BytesIO()
        image.save(encoded, "PNG", compress_level=_PNG_COMPRESSION)
        encoded.seek(0)
        pages = self._ocr.OcrInput(self._ocr.InputType.SINGLE_IMAGE)
        pages.add(encoded)
        try:
            if handwritten:
                return self._api.recognize_handwritten_text(pages)[0]
            if layout == "receipt":
                return self._api.recognize_receipt(pages, self._settings("ReceiptRecognitionSettings", language))[0]
            if layout == "invoice":
                return self._api.recognize_invoice(pages, self._settings("InvoiceRecognitionSettings", language))[0]
            return self._api.recognize(pages, self._settings("RecognitionSettings", language))[0]
        except RuntimeError as error:  # every .NET exception
            raise _refusal(error) from error

    def _settings(self, kind: str, language: str) -> Any:  # noqa: ANN401 - the package has no types
        settings = getattr(self._ocr, kind)()
        settings.language = getattr(self._ocr.Language, language)
        settings.threads_count = self._threads
        return settings


def _refusal(error: RuntimeError) -> EngineRefusalError:
    missing = _MISSING_RESOURCE.search(str(error))
    if missing:
        return EngineRefusalError(
            "aspose_resource_missing",
            f"The options need Aspose.OCR's resource {missing.group()}, which is not in this deployment.",
            "Build the layer with ASPOSE_RESOURCES=fetch or a folder with it, or upload as printed Latin text.",
        )
    detail = str(error).removeprefix("Proxy error")[:200]
    return EngineRefusalError("aspose_failed", f"Aspose.OCR could not read the page: {detail}", "Try another engine.")
