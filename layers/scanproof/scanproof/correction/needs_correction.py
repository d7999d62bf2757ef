"""Whether a page goes to a corrector at all: asked where there is none, too."""

from __future__ import annotations

from scanproof.document import Page, PageSource
from scanproof.options import ScanOptions


def needs_correction(page: Page, options: ScanOptions) -> bool:
    """Whether a corrector should see this page: born-digital text is right already, unless it is asked for."""
    digital = page.source is PageSource.TEXT_LAYER and not options.correct_digital
    return bool(page.lines) and options.corrector != "none" and not digital
