"""Writes what people look at: the searchable PDF and the review page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from scanproof.document import Document, DocumentRef, Page
from scanproof.errors import PermanentError
from scanproof.options import Output, ScanOptions
from scanproof.output.files import PDF_NAME, OutputFile
from scanproof.output.review_page import review_pages
from scanproof.workers.objects import Objects
from scanproof.workers.page_spool import PageSpool


class ViewablePages:
    """Keeps the pages of a document that is written page by page, where its options request files for people."""

    def __init__(self, options: ScanOptions) -> None:
        self._options = options
        self._spool = PageSpool() if options.outputs & {Output.PDF, Output.REVIEW} else None

    def close(self) -> None:
        """Forgets the pages."""
        if self._spool is not None:
            self._spool.close()

    def add(self, page: Page) -> None:
        """Takes the next page as it is in the document."""
        if self._spool is not None:
            self._spool.add(page)

    def put(self, objects: Objects, document_ref: DocumentRef, document: Document, prefix: str) -> Document:
        """Writes the files.

        Args:
            document_ref: the attempt that has the pictures of the pages.
            document: without its pages.

        Returns:
            The document, with a warning where there is no PDF: its text is complete without.
        """
        if self._spool is None:
            return document
        return _put_files(objects, document_ref, document, self._spool, self._options, prefix)


def _put_files(
    objects: Objects,
    document_ref: DocumentRef,
    document: Document,
    pages: PageSpool,
    options: ScanOptions,
    prefix: str,
) -> Document:
    if Output.PDF in options.outputs:
        try:
            _put_pdf(objects, document_ref, document, pages, options, prefix)
        except PermanentError as error:  # the scan was deleted meanwhile, or PDF cannot hold it
            document = document.model_copy(update={"warnings": (*document.warnings, error.message)})
    if Output.REVIEW in options.outputs:
        for name, content in review_pages(document, pages, len(pages), partial(objects.preview, document_ref)):
            objects.put_output(prefix, OutputFile(name, "text/html; charset=utf-8", content))
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
