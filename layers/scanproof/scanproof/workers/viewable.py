"""Writes what people look at: the searchable PDF and the review page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from scanproof.document import Document, DocumentRef, Page
from scanproof.errors import PermanentError
from scanproof.options import Output, ScanOptions
from scanproof.output.files import PDF_NAME, REVIEW_NAME, OutputFile
from scanproof.output.review_page import MAX_REVIEW_PAGES, TOO_LONG_TO_REVIEW, review_page
from scanproof.workers.objects import Objects
from scanproof.workers.page_spool import PageSpool


class ViewablePages:
    """Keeps the pages of a document that is written page by page, where its options request files for people."""

    def __init__(self, options: ScanOptions, page_count: int) -> None:
        is_long = page_count > MAX_REVIEW_PAGES
        self._warnings = (TOO_LONG_TO_REVIEW,) if Output.REVIEW in options.outputs and is_long else ()
        outputs = options.outputs - {Output.REVIEW} if is_long else options.outputs
        self._options = options.model_copy(update={"outputs": outputs})
        self._spool = PageSpool() if outputs & {Output.PDF, Output.REVIEW} else None

    def close(self) -> None:
        """Forgets the pages."""
        if self._spool is not None:
            self._spool.close()

    def add(self, page: Page) -> None:
        """Takes the next page as it is in the document."""
        if self._spool is not None:
            self._spool.add(page)

    def put(self, objects: Objects, document_ref: DocumentRef, document: Document, prefix: str) -> Document:
        """Writes the files; returns the document as it was given, with a warning where one is not there."""
        document = document.model_copy(update={"warnings": (*document.warnings, *self._warnings)})
        if self._spool is None:
            return document
        return put_viewable_files(objects, document_ref, document, self._spool, self._options, prefix)


def put_viewable_files(
    objects: Objects,
    document_ref: DocumentRef,
    document: Document,
    pages: Iterable[Page],
    options: ScanOptions,
    prefix: str,
) -> Document:
    """Writes the searchable PDF and the review page, where ``options`` request them.

    Args:
        document_ref: the attempt that has the pictures of the pages.
        document: with or without its pages.
        pages: of the document; with a review page, of at most `MAX_REVIEW_PAGES`.

    Returns:
        The document, with a warning where there is no PDF: its text is complete without.
    """
    if Output.PDF in options.outputs:
        try:
            _put_pdf(objects, document_ref, document, pages, options, prefix)
        except PermanentError as error:  # the scan was deleted meanwhile, or PDF cannot hold it
            document = document.model_copy(update={"warnings": (*document.warnings, error.message)})
    if Output.REVIEW in options.outputs:
        whole = document.model_copy(update={"pages": tuple(pages)})
        found = {page.number: objects.preview(document_ref, page.number) for page in whole.pages}
        previews = {number: content for number, content in found.items() if content is not None}
        objects.put_output(prefix, OutputFile(REVIEW_NAME, "text/html; charset=utf-8", review_page(whole, previews)))
    return document


def _put_pdf(
    objects: Objects,
    document_ref: DocumentRef,
    document: Document,
    pages: Iterable[Page],
    options: ScanOptions,
    prefix: str,
) -> None:
    from scanproof.output.pdf import write_searchable_pdf  # loads libraries that nothing else needs

    with objects.downloaded(document_ref.object_id) as scan, TemporaryDirectory(prefix="scanproof-") as folder:
        target = Path(folder) / PDF_NAME
        write_searchable_pdf(scan, document, target, replace_text_layer=options.replace_text_layer, pages=pages)
        objects.put_output_file(prefix, target, "application/pdf")
