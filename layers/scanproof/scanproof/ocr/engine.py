"""The interface of OCR engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from PIL import Image

from scanproof.document import Line, PageFlag
from scanproof.errors import PermanentError
from scanproof.lattice.model import PageLattice
from scanproof.ocr.orientation import TextLocator

Layout = Literal["page", "receipt", "invoice"]


class EngineRefusalError(PermanentError):
    """This engine cannot read the page, or cannot run here; another engine may."""


@dataclass(frozen=True)
class RecognisedPage:
    """The text of one image: lines in reading order, boxes in pixels of that image, ``raw == text``.

    Attributes:
        lattice: what the engine considered beside its text, for the same lines; None where it does not say.
        confidence: of all text, also of what was too uncertain to become a line; None where it follows from the lines.
    """

    lines: tuple[Line, ...]
    warnings: tuple[str, ...] = ()
    flags: tuple[PageFlag, ...] = ()
    lattice: PageLattice | None = None
    confidence: float | None = None


class Engine(Protocol):
    """Recognises text on images. The same image gives the same result, for a given number of threads."""

    @property
    def name(self) -> str:
        """The engine's name, such as ``rapidocr``."""
        ...

    @property
    def version(self) -> str:
        """The version of the engine and its models, as recorded in the document."""
        ...

    @property
    def supports_handwritten(self) -> bool:
        """Whether the engine has a mode for handwriting."""
        ...

    @property
    def text_locator(self) -> TextLocator | None:
        """Locates text to determine how a page lies; None where nothing here can: pages are read as they lie."""
        ...

    def recognise(
        self,
        image: Image.Image,
        dpi: float,
        language: str | None = None,
        handwritten: bool = False,
        layout: Layout = "page",
    ) -> RecognisedPage:
        """Recognises the text of ``image``.

        Args:
            image: RGB, upright.
            dpi: pixels per inch of paper.
            language: BCP 47 tag of the page's language, if it is known; checked by ``language.check_language``.
            handwritten: whether to expect handwriting.
            layout: the kind of document, for engines that have a mode for it.

        Raises:
            PermanentError: ``handwritten_unsupported``.
            EngineRefusalError: this engine cannot read the page here.
        """
        ...

    def free(self) -> None:
        """Frees memory that the last document used; the engine stays ready."""
        ...


def check_handwritten(engine: Engine, handwritten: bool) -> None:
    """Checks that the engine supports handwriting, if it is requested.

    Raises:
        PermanentError: ``handwritten_unsupported``.
    """
    if handwritten and not engine.supports_handwritten:
        raise PermanentError(
            "handwritten_unsupported",
            f"The OCR engine {engine.name} reads printed text only.",
            "Upload the scan without the option handwritten, or with an engine that supports it (aspose).",
        )
