"""From an opened page to a page of the document: recognised, or taken over from its text layer."""

from __future__ import annotations

from scanproof.document import Page, PageFlag, PageSource
from scanproof.ocr.engine import Engine, Layout
from scanproof.page_image import ImagePage, OpenedPage, TextPage


def recognise_page(
    opened: OpenedPage,
    number: int,
    engine: Engine,
    language: str | None = None,
    handwritten: bool = False,
    layout: Layout = "page",
) -> Page:
    """Page ``number`` with its raw lines, not corrected yet. A text layer is taken as it is, without the engine.

    Raises:
        PermanentError: ``handwritten_unsupported``.
        EngineRefusalError: the engine cannot read it; another may.
    """
    if isinstance(opened, TextPage):
        return _from_text_layer(opened, number)
    return _from_image(opened, number, engine, language, handwritten, layout)


def _from_text_layer(opened: TextPage, number: int) -> Page:
    return Page(
        number=number,
        width=opened.width,
        height=opened.height,
        dpi=round(opened.dpi, 2),
        source=PageSource.TEXT_LAYER,
        lines=opened.lines,
    )


def _from_image(
    opened: ImagePage, number: int, engine: Engine, language: str | None, handwritten: bool, layout: Layout
) -> Page:
    read = engine.recognise(opened.image, opened.dpi, language, handwritten, layout)
    blank = () if read.lines else (PageFlag.BLANK,)
    return Page(
        number=number,
        width=opened.width,
        height=opened.height,
        dpi=round(opened.dpi, 2),
        source=PageSource.OCR,
        engine=engine.name,
        engine_version=engine.version,
        flags=tuple(dict.fromkeys((*opened.flags, *read.flags, *blank))),
        warnings=read.warnings,
        lines=read.lines,
    )
