"""Makes a searchable PDF: the pages as uploaded, with the corrected text under them, invisible."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf

from scanproof.document import Document, Page, PageSource
from scanproof.errors import PermanentError
from scanproof.output.hidden_text import remove_hidden_text
from scanproof.output.image_pdf import write_image_pdf
from scanproof.output.text_layer import TextLayer

_PDF = "application/pdf"


def write_searchable_pdf(
    scan: str | PathLike[str],
    document: Document,
    target: str | PathLike[str],
    *,
    replace_text_layer: bool = False,
    pages: Iterable[Page] | None = None,
) -> None:
    """Writes a scan as a PDF whose text can be selected, searched and copied.

    A PDF's own pages stay as they are and get a text layer; pages whose text was read from a visible text layer have
    their text already. An image is put into a PDF, without encoding it anew where PDF can hold it.

    Args:
        scan: the file that was read.
        document: what was read from it.
        target: the file to write.
        replace_text_layer: whether to remove invisible text that an earlier OCR run left.
        pages: of the document, read one after the other, perhaps twice; by default those that it has.

    Raises:
        PermanentError: ``pdf_output_failed``; the scan was readable, but cannot be written as PDF.
    """
    pages = document.pages if pages is None else pages
    try:
        with TemporaryDirectory(prefix="scanproof-") as folder, _opened(Path(scan), document, pages, folder) as pdf:
            layer = TextLayer(pdf)
            for page in pages:
                _check_has_page(pdf, page)
                if page.source is PageSource.TEXT_LAYER:
                    continue
                sheet = pdf.pages[page.number - 1]
                if replace_text_layer:
                    remove_hidden_text(pdf, sheet)
                layer.add(sheet, page)
            layer.finish()
            pdf.remove_unreferenced_resources()
            pdf.save(Path(target), object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
    # Pillow, img2pdf and pikepdf raise errors without a common base; whatever it is, the text is published without PDF.
    except Exception as error:
        if isinstance(error, PermanentError):
            raise
        raise _failed(f"{type(error).__name__} while writing it") from error


def _opened(scan: Path, document: Document, pages: Iterable[Page], folder: str) -> pikepdf.Pdf:
    if document.source.media_type == _PDF:
        return pikepdf.open(scan)
    images = Path(folder) / "images.pdf"  # from a file, libraries read what they need of it
    with images.open("wb") as content:
        write_image_pdf(scan, document.source.media_type, pages, content)
    return pikepdf.open(images)


def _check_has_page(pdf: pikepdf.Pdf, page: Page) -> None:
    if len(pdf.pages) < page.number:
        raise _failed("the PDF library finds fewer pages than were read")


def _failed(cause: str) -> PermanentError:
    return PermanentError(
        "pdf_output_failed",
        f"There is no searchable PDF of this document: {cause}.",
        "Use the other output files; to get a PDF, save the scan again as PDF, PNG or JPEG and upload that.",
    )
