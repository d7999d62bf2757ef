"""Aspose.OCR behind the one interface: .NET stays warm in this process, images go in as PNG from memory."""

from __future__ import annotations

import io
import re
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from PIL import Image

from scanproof.document import PageFlag
from scanproof.ocr.aspose.languages import aspose_language
from scanproof.ocr.aspose.licence import Licence, ReadLicence
from scanproof.ocr.aspose.results import reading_of
from scanproof.ocr.aspose.runtime import prepare, resources_folder
from scanproof.ocr.engine import EngineRefusalError, Layout, RecognisedPage
from scanproof.ocr.segments import lines_of

_MISSING_RESOURCE = re.compile(r"aspose-ocr-[\w.-]+?\.ocr")
_LEVEL_OF_PNG = 1  # fast: it goes to the next library, not over a network
_BUY = (
    "Give the deployment an Aspose.OCR licence (parameter AsposeLicenceArn, or ASPOSE_LICENCE_FILE on a laptop), "
    "or upload the scan with engine=auto or engine=rapidocr."
)


@dataclass(frozen=True)
class AsposeSettings:
    """How the deployment wants Aspose.OCR.

    Attributes:
        read_licence: gives the licence's text; None: a trial.
        show_trial: pages of a trial are given as far as they were read, marked truncated, instead of refused.
    """

    read_licence: ReadLicence | None = None
    show_trial: bool = False


class AsposeEngine:
    """Reads printed text, and with the advanced resource handwriting, receipts and invoices too.

    Raises:
        EngineRefusalError: ``aspose_unavailable``: something that it needs is not here.
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
        aspose.ocr.Resources.allow_automatic_downloads(
            False
        )  # a function that waits for a download is a function that fails
        self._api = aspose.ocr.AsposeOcr()

    def recognise(
        self,
        image: Image.Image,
        dpi: float,
        language: str | None = None,
        handwritten: bool = False,
        layout: Layout = "page",
    ) -> RecognisedPage:
        """Reads ``image`` (RGB). The resolution is not used: letters are scaled to what the model wants.

        Raises:
            EngineRefusalError: ``aspose_trial``, ``aspose_resource_missing``, ``aspose_failed``,
                ``language_unsupported``, or a licence's, as :class:`Licence` says.
        """
        self._licence.apply()
        result = self._result(image, aspose_language(language), handwritten, layout)
        reading = reading_of(result, image.size, self._licensed)
        lines = lines_of(reading.segments)
        if not reading.trial:
            return RecognisedPage(lines)
        if not self._show_trial:
            raise EngineRefusalError(
                "aspose_trial", "Aspose.OCR has no licence here and reads only the beginning of a page.", _BUY
            )
        warning = "Aspose.OCR has no licence here: this is the beginning of the page only."
        return RecognisedPage(lines, warnings=(warning,), flags=(PageFlag.TRUNCATED,))

    def raw_result(self, image: Image.Image) -> Any:  # noqa: ANN401 - the package has no types
        """Aspose.OCR's own result for ``image`` (RGB), printed Latin text; for measurements."""
        return self._result(image, aspose_language(None), handwritten=False, layout="page")

    def free(self) -> None:
        """Has .NET let go of the last document's images and buffers."""
        self._api.free_resources()

    @property
    def _licensed(self) -> bool:
        return bool(self._ocr.License().is_licensed or self._ocr.Metered().is_metered_licensed)

    def _result(self, image: Image.Image, language: str, handwritten: bool, layout: Layout) -> Any:  # noqa: ANN401
        encoded = io.BytesIO()
        image.save(encoded, "PNG", compress_level=_LEVEL_OF_PNG)
        encoded.seek(0)
        pages = self._ocr.OcrInput(self._ocr.InputType.SINGLE_IMAGE)
        pages.add(encoded)
        try:
            if handwritten:
                return self._api.recognize_handwritten_text(pages)[0]
            if layout == "receipt":
                return self._api.recognize_receipt(pages, self._configured("ReceiptRecognitionSettings", language))[0]
            if layout == "invoice":
                return self._api.recognize_invoice(pages, self._configured("InvoiceRecognitionSettings", language))[0]
            return self._api.recognize(pages, self._configured("RecognitionSettings", language))[0]
        except RuntimeError as error:  # every .NET exception
            raise _refusal(error) from error

    def _configured(self, kind: str, language: str) -> Any:  # noqa: ANN401 - the package has no types
        settings = getattr(self._ocr, kind)()
        settings.language = getattr(self._ocr.Language, language)
        settings.threads_count = self._threads
        return settings


def _refusal(error: RuntimeError) -> EngineRefusalError:
    missing = _MISSING_RESOURCE.search(str(error))
    if missing:
        return EngineRefusalError(
            "aspose_resource_missing",
            f"What was asked for needs Aspose.OCR's resource {missing.group()}, which is not in this deployment.",
            "Build the layer with ASPOSE_RESOURCES=fetch or a folder that holds it, or ask for printed Latin text.",
        )
    said = str(error).removeprefix("Proxy error")[:200]
    return EngineRefusalError("aspose_failed", f"Aspose.OCR could not read the page: {said}", "Try another engine.")
