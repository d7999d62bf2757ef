"""Converts an opened page to a page of the document: by OCR, or from its text layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from scanproof.document import Page, PageFlag, PageSource
from scanproof.lattice.model import PageLattice
from scanproof.ocr.confidence import confidence_of_lines
from scanproof.ocr.engine import Engine, Layout
from scanproof.ocr.straighten import straighten
from scanproof.page_image import ImagePage, OpenedPage, TextPage
from scanproof.rulings import find_rulings, outside_words


def recognise_page(
    page: OpenedPage,
    number: int,
    engine: Engine,
    language: str | None = None,
    handwritten: bool = False,
    layout: Layout = "page",
    on_image: Callable[[Image.Image], None] | None = None,
) -> tuple[Page, PageLattice | None]:
    """Recognises a page; its lines are not corrected yet. A text layer is used as it is, without the engine.

    An image is turned upright and straightened before.

    Args:
        page: an image, or a text layer.
        number: of the page in the document, from 1.
        engine: reads images.
        language: BCP 47 tag, if it is known.
        handwritten: whether to expect handwriting.
        layout: the kind of document.
        on_image: called with the page image that was recognised; not for a text layer.

    Returns:
        The page, and its lattice where the engine provides one.

    Raises:
        PermanentError: ``handwritten_unsupported``.
        EngineRefusalError: the engine cannot read it; another may.
    """
    if isinstance(page, TextPage):
        return _from_text_layer(page, number), None
    return _from_image(page, number, engine, language, handwritten, layout, on_image)


def _from_text_layer(page: TextPage, number: int) -> Page:
    return Page(
        number=number,
        width=page.width,
        height=page.height,
        dpi=round(page.dpi, 2),
        source=PageSource.TEXT_LAYER,
        rulings=outside_words(page.rulings, page.lines),
        lines=page.lines,
    )


def _from_image(
    page: ImagePage,
    number: int,
    engine: Engine,
    language: str | None,
    handwritten: bool,
    layout: Layout,
    on_image: Callable[[Image.Image], None] | None,
) -> tuple[Page, PageLattice | None]:
    straight = straighten(page.image, engine.text_locator)
    recognised = engine.recognise(straight.image, page.dpi, language, handwritten, layout)
    if on_image:
        on_image(straight.image)
    confidence = recognised.confidence
    if confidence is None:
        confidence = confidence_of_lines(recognised.lines)
    rulings = find_rulings(np.asarray(straight.image.convert("L")), page.dpi) if recognised.lines else ()
    blank = () if recognised.lines else (PageFlag.BLANK,)
    found = Page(
        number=number,
        width=straight.image.width,
        height=straight.image.height,
        dpi=round(page.dpi, 2),
        rotation=straight.rotation,
        skew=straight.skew,
        transform=straight.transform,
        opened_size=page.image.size if straight.transform else None,
        source=PageSource.OCR,
        engine=engine.name,
        engine_version=engine.version,
        confidence=None if confidence is None else round(confidence, 3),
        has_lattice=recognised.lattice is not None,
        flags=tuple(dict.fromkeys((*page.flags, *recognised.flags, *blank))),
        warnings=(*straight.warnings, *recognised.warnings),
        rulings=outside_words(rulings, recognised.lines),
        lines=recognised.lines,
    )
    return found, recognised.lattice
