"""The one interface behind which every OCR engine stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from scanproof.document import Line, PageFlag


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
        self, image: Image.Image, dpi: float, language: str | None = None, handwritten: bool = False
    ) -> RecognisedPage:
        """Reads ``image``.

        Args:
            image: RGB, upright.
            dpi: pixels per inch of paper.
            language: BCP 47 tag of the page's language, if it is known; checked by ``languages.check_language``.
            handwritten: whether handwriting is to be expected.

        Raises:
            PermanentError: ``handwritten_unsupported``.
        """
        ...

    def close(self) -> None:
        """Releases the models. The engine is not used afterwards."""
        ...
