"""What stand-ins for the OCR engine have in common."""

from __future__ import annotations

from PIL import Image

from scanproof.ocr.engine import Layout, RecognisedPage, check_handwritten


class EngineDouble:
    """An OCR engine without models: a subclass says what it reads on an image."""

    name = "double"
    version = "1"
    supports_handwritten = False
    text_locator = None

    def read(self, image: Image.Image) -> RecognisedPage:
        raise NotImplementedError

    def recognise(
        self,
        image: Image.Image,
        dpi: float,
        language: str | None = None,
        handwritten: bool = False,
        layout: Layout = "page",
    ) -> RecognisedPage:
        check_handwritten(self, handwritten)
        return self.read(image)

    def free(self) -> None:
        pass
