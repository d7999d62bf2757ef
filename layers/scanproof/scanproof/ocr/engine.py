"""The one interface behind which every OCR engine stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from PIL import Image

from scanproof.document import Line, PageFlag
from scanproof.errors import PermanentError

Layout = Literal["page", "receipt", "invoice"]


class EngineRefusalError(PermanentError):
    """This engine cannot read what is asked of it, or not here; another engine may."""


@dataclass(frozen=True)
class RecognisedPage:
    """What an engine read on one image: lines in reading order, boxes in pixels of that image, ``raw == text``."""

    lines: tuple[Line, ...]
    warnings: tuple[str, ...] = ()
    flags: tuple[PageFlag, ...] = ()


class Engine(Protocol):
    """Reads text on images. The same image gives the same result, for a given number of threads."""

    @property
    def name(self) -> str:
        """Such as ``rapidocr``."""
        ...

    @property
    def version(self) -> str:
        """Identifies the engine and its models, for the document."""
        ...

    @property
    def supports_handwritten(self) -> bool:
        """Whether the handwritten mode can be asked for."""
        ...

    def recognise(
        self,
        image: Image.Image,
        dpi: float,
        language: str | None = None,
        handwritten: bool = False,
        layout: Layout = "page",
    ) -> RecognisedPage:
        """Reads ``image``.

        Args:
            image: RGB, upright.
            dpi: pixels per inch of paper.
            language: BCP 47 tag of the page's language, if it is known; checked by ``languages.check_language``.
            handwritten: whether handwriting is to be expected.
            layout: what kind of paper it is, for engines that have a mode for it.

        Raises:
            PermanentError: ``handwritten_unsupported``.
            EngineRefusalError: it cannot be read by this engine, here.
        """
        ...

    def free(self) -> None:
        """Lets go of what the last document left in memory; the engine stays ready."""
        ...
