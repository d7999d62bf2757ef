"""OcrFunction with a stand-in engine that returns the same line after a fixed time.

For floods, in which OCR itself would take hours on a laptop; everything around the engine is real.
"""

from __future__ import annotations

import os
import runpy
import time
from pathlib import Path

from PIL import Image

from scanproof.document import Box, Line
from scanproof.ocr import registry
from scanproof.ocr.aspose.engine import AsposeSettings
from scanproof.ocr.engine import Layout, RecognisedPage

SECONDS = float(os.environ.get("STAND_IN_SECONDS", "0.2"))
OCR_APP = Path(__file__).resolve().parents[2] / "functions/ocr/app.py"


class StandIn:
    """An engine that returns the same line for every image."""

    name = "stand-in"
    version = "1"
    supports_handwritten = False
    text_locator = None

    def recognise(
        self,
        image: Image.Image,
        dpi: float,
        language: str | None = None,
        handwritten: bool = False,
        layout: Layout = "page",
    ) -> RecognisedPage:
        """Returns a fixed line."""
        time.sleep(SECONDS)
        text = "Inv0ice No: 12345"
        return RecognisedPage((Line(raw=text, text=text, box=Box(left=0, top=0, right=100, bottom=20)),))

    def free(self) -> None:
        """Frees nothing."""


def load_stand_in(name: str, threads: int = 1, aspose: AsposeSettings | None = None) -> StandIn:
    """Replaces every engine; reads Aspose.OCR's licence as the real engine does."""
    if name == "aspose" and aspose and aspose.read_licence:
        aspose.read_licence()
    return StandIn()


registry.load_engine = load_stand_in  # the only difference
handler = runpy.run_path(str(OCR_APP))["handler"]
