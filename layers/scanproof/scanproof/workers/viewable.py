"""Writes what people look at: the searchable PDF and the review page."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from scanproof.document import Document, DocumentRef, Page
from scanproof.errors import PermanentError
from scanproof.options import Output, ScanOptions
from scanproof.output.files import PDF_NAME, REVIEW_NAME, OutputFile
from scanproof.output.review_page import review_page
from scanproof.workers.objects import Objects

MAX_VIEWABLE_PAGES = 200  # their pages are in memory as a whole: about 2 MB each where they are dense


class ViewablePages:
    """Keeps the pages of a document that is written page by page, where its options request files for people."""

    def __init__(self, options: ScanOptions, page_count: int) -> None:
        self._options = options
        self._is_requested = bool(options.outputs & {Output.PDF, Output.REVIEW})
        self._keeps = self._is_requested and page_count <= MAX_VIEWABLE_PAGES
        self._pages: list[Page] = []

    def add(self, page: Page) -> Page:
        """Takes the next page as it is in the document, and returns it."""
        if self._keeps:
            self._pages.append(page)
        return page

    def put(self, objects: Objects, document_ref: DocumentRef, document: Document, prefix: str) -> Document:
        """Writes the files; returns the document as it was given, with a warning where one is not there."""
        if not self._is_requested:
            return document
        if not self._keeps:
            warning = f"Searchable PDF and review page are made of up to {MAX_VIEWABLE_PAGES} pages; there are none."
            return document.model_copy(update={"warnings": (*document.warnings, warning)})
        whole = document.model_copy(update={"pages": tuple(self._pages)})
        written = put_viewable_files(objects, document_ref, whole, self._options, prefix)
        return document.model_copy(update={"warnings": written.warnings})


def put_viewable_files(
    objects: Objects, document_ref: DocumentRef, document: Document, options: ScanOptions, prefix: str
) -> Document:
    """Writes the searchable PDF and the review page, where ``options`` request them.

    Returns:
        The document, with a warning where there is no PDF: its text is complete without.
    """
    if Output.PDF in options.outputs:
        try:
            _put_pdf(objects, document_ref, document, options, prefix)
        except PermanentError as error:  # the scan was deleted meanwhile, or PDF cannot hold it
            document = document.model_copy(update={"warnings": (*document.warnings, error.message)})
    if Output.REVIEW in options.outputs:
        found = {page.number: objects.preview(document_ref, page.number) for page in document.pages}
        previews = {number: content for number, content in found.items() if content is not None}
        objects.put_output(prefix, OutputFile(REVIEW_NAME, "text/html; charset=utf-8", review_page(document, previews)))
    return document


def _put_pdf(
    objects: Objects, document_ref: DocumentRef, document: Document, options: ScanOptions, prefix: str
) -> None:
    from scanproof.output.pdf import write_searchable_pdf  # loads libraries that nothing else needs

    with objects.downloaded(document_ref.object_id) as scan, TemporaryDirectory(prefix="scanproof-") as folder:
        target = Path(folder) / PDF_NAME
        write_searchable_pdf(scan, document, target, replace_text_layer=options.replace_text_layer)
        objects.put_output_file(prefix, target, "application/pdf")
