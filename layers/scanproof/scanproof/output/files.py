"""Renders the output files of a document page by page, so that no file has to be in memory as a whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from scanproof.document import Document, Model, Page
from scanproof.options import DEFAULT_OUTPUTS, Output
from scanproof.output import layout_files, markdown, spreadsheet
from scanproof.output.alternatives import Alternatives, PageAlternatives
from scanproof.output.audit import audit_rows_of_page
from scanproof.output.review_page import REVIEW_NAME


@dataclass(frozen=True)
class OutputFile:
    """One output file."""

    name: str
    media_type: str
    content: bytes


class FileWriter(Protocol):
    """Takes the content of a file."""

    def write(self, content: bytes) -> None:
        """Appends content."""

    def close(self, head: bytes, tail: bytes) -> None:
        """Finishes the file: puts ``head`` before all that was written and ``tail`` behind it."""


OpenFile = Callable[[str, str], FileWriter]  # by name and media type


@dataclass(frozen=True)
class PageFormat:
    """A file that consists of its pages, between a head and a tail.

    Attributes:
        page: renders a page.
        separator: between pages.
        ends: returns head and tail, given the document without its pages, and whether it has any.
    """

    name: str
    media_type: str
    page: Callable[[Page, PageAlternatives | None], bytes]
    separator: bytes = b""
    ends: Callable[[Document, bool], tuple[bytes, bytes]] = lambda _document, _has_pages: (b"", b"")


class DocumentFiles:
    """The output files of one document, in a fixed order. ``document.json`` is always one of them."""

    def __init__(self, open_file: OpenFile, outputs: Collection[Output] = DEFAULT_OUTPUTS) -> None:
        included = {Output.JSON, *outputs}
        formats = [file_format for output, file_format in _FORMATS.items() if output in included]
        formats += [make() for output, make in _WHOLE_FORMATS.items() if output in included]
        self._files = [(each, open_file(each.name, each.media_type)) for each in formats]
        self._has_pages = False

    def add_page(self, page: Page, alternatives: PageAlternatives | None = None) -> None:
        """Writes the next page.

        Args:
            alternatives: of the page, for `Output.ALTERNATIVES`.
        """
        for each, file in self._files:
            content = each.page(page, alternatives)
            file.write(each.separator + content if self._has_pages else content)
        self._has_pages = True

    def close(self, document: Document) -> None:
        """Finishes the files, one after the other.

        Args:
            document: with or without the pages, which are written already.
        """
        document = document.model_copy(update={"pages": ()})
        for each, file in self._files:
            file.close(*each.ends(document, self._has_pages))


PDF_NAME = "document.pdf"
MARKDOWN_NAME = "document.md"
XLSX_NAME = "tables.xlsx"


def output_files(
    document: Document,
    outputs: Collection[Output] = DEFAULT_OUTPUTS,
    alternatives: Sequence[PageAlternatives] = (),
) -> list[OutputFile]:
    """Renders ``outputs`` of a document in memory, as `DocumentFiles` does.

    Args:
        alternatives: of each page, for `Output.ALTERNATIVES`. The other files derive from the document.
    """
    opened: list[_MemoryFile] = []

    def open_file(name: str, media_type: str) -> FileWriter:
        opened.append(_MemoryFile(name, media_type))
        return opened[-1]

    files = DocumentFiles(open_file, outputs)
    listed = {each.number: each for each in alternatives}
    for page in document.pages:
        files.add_page(page, listed.get(page.number))
    files.close(document)
    return [OutputFile(file.name, file.media_type, bytes(file.content)) for file in opened]


class _MemoryFile:
    def __init__(self, name: str, media_type: str) -> None:
        self.name, self.media_type, self.content = name, media_type, bytearray()

    def write(self, content: bytes) -> None:
        self.content += content

    def close(self, head: bytes, tail: bytes) -> None:
        self.content[:0] = head
        self.content += tail


def _json_page(page: Model) -> bytes:
    """Renders a page as an item of ``pages``; line feeds inside strings are escaped in JSON."""
    return ("\n" + page.model_dump_json(indent=1)).replace("\n", "\n  ").encode()


def _json_ends(document: Model, has_pages: bool) -> tuple[bytes, bytes]:
    """Splits the JSON of a model with an empty ``pages``, its last member, where the pages belong."""
    head, bracket, tail = document.model_dump_json(indent=1).rpartition("]")
    return head.encode(), ("\n " if has_pages else "").encode() + (bracket + tail).encode()


def _audit(page: Page) -> bytes:
    return "".join(row.model_dump_json() + "\n" for row in audit_rows_of_page(page)).encode()


def _markdown_format() -> PageFormat:
    """Returns the format of Markdown, in which a table may go on from page to page."""
    text = markdown.MarkdownDocument()
    return PageFormat(
        MARKDOWN_NAME,
        "text/markdown; charset=utf-8",
        lambda page, _: text.add(page),
        ends=lambda _document, _has_pages: (b"", text.rest()),
    )


def _workbook_format() -> PageFormat:
    """Returns the format of a workbook, whose content is complete when its last page was added."""
    workbook = spreadsheet.Workbook()

    def add(page: Page, _: PageAlternatives | None) -> bytes:
        workbook.add(page)
        return b""

    return PageFormat(
        XLSX_NAME, spreadsheet.MEDIA_TYPE, add, ends=lambda document, _: (workbook.content(document), b"")
    )


_TEXT = "text/plain; charset=utf-8"
_CSV = "text/csv; charset=utf-8; header=present"
_FORMATS: Mapping[Output, PageFormat] = {
    Output.JSON: PageFormat("document.json", "application/json", lambda page, _: _json_page(page), b",", _json_ends),
    Output.TEXT: PageFormat("document.txt", _TEXT, lambda page, _: f"{page.text}\n".encode(), b"\f"),
    Output.RAW: PageFormat("document.raw.txt", _TEXT, lambda page, _: f"{page.raw_text}\n".encode(), b"\f"),
    Output.AUDIT: PageFormat("audit.jsonl", "application/jsonl", lambda page, _: _audit(page)),
    Output.ALTERNATIVES: PageFormat(
        "alternatives.json",
        "application/json",
        lambda page, alternatives: _json_page(alternatives or PageAlternatives(number=page.number)),
        b",",
        lambda document, has_pages: _json_ends(Alternatives(id=document.id), has_pages),
    ),
    Output.HOCR: PageFormat(
        "document.hocr",
        "text/html; charset=utf-8",
        lambda page, _: layout_files.hocr_page(page),
        ends=lambda document, _: layout_files.hocr_ends(document),
    ),
    Output.ALTO: PageFormat(
        "document.alto.xml",
        "application/xml",
        lambda page, _: layout_files.alto_page(page),
        ends=lambda document, _: layout_files.alto_ends(document),
    ),
    Output.TABLES: PageFormat(
        "tables.csv",
        _CSV,
        lambda page, _: spreadsheet.tables_csv_page(page),
        ends=lambda _document, _has_pages: (spreadsheet.TABLES_HEAD, b""),
    ),
    Output.FIELDS: PageFormat(
        "fields.csv", _CSV, lambda _page, _: b"", ends=lambda document, _: (spreadsheet.fields_csv(document), b"")
    ),
    Output.LINE_ITEMS: PageFormat(
        "line-items.csv",
        _CSV,
        lambda _page, _: b"",
        ends=lambda document, _: (spreadsheet.line_items_csv(document), b""),
    ),
}
# These know all pages before.
_WHOLE_FORMATS: Mapping[Output, Callable[[], PageFormat]] = {
    Output.MARKDOWN: _markdown_format,
    Output.XLSX: _workbook_format,
}
# The last two are not rendered here: they need the scan.
FILE_NAMES: Mapping[Output, str] = {
    **{output: each.name for output, each in _FORMATS.items()},
    Output.MARKDOWN: MARKDOWN_NAME,
    Output.XLSX: XLSX_NAME,
    Output.PDF: PDF_NAME,
    Output.REVIEW: REVIEW_NAME,
}
