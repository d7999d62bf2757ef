"""Reads a published document page by page: a long one is more than a function's memory holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from scanproof.document import Document, Page, parse_document
from scanproof.errors import PermanentError

# As `output.files` writes it: `pages` is the last member, and its items are indented by two blanks. Within JSON no
# string holds a line end, so a line that is only the bracket ends a page.
_PAGES = b' "pages": ['
_PAGE_ENDS = frozenset({b"  }", b"  },"})


def read_published(lines: Iterable[bytes]) -> tuple[Document, Iterator[Page]]:
    """Reads the lines of a ``document.json`` as it was published.

    Returns:
        The document without its pages, and its pages, which are read when they are needed.

    Raises:
        PermanentError: ``document_invalid``, ``document_version_unsupported``; also while pages are read.
    """
    remaining = iter(lines)
    head: list[bytes] = []
    for line in remaining:
        if line.startswith(_PAGES):
            return parse_document(b"\n".join([*head, b' "pages": []}'])), _pages(remaining)
        head.append(line)
    raise _altered()


def _pages(lines: Iterable[bytes]) -> Iterator[Page]:
    page: list[bytes] = []
    for line in lines:
        page.append(line)
        if line in _PAGE_ENDS:
            try:
                yield Page.model_validate_json(b"\n".join(page).rstrip(b","))
            except ValidationError as error:
                raise _altered() from error
            page.clear()


def _altered() -> PermanentError:
    return PermanentError(
        "document_invalid",
        "The published document.json was changed since it was written.",
        "Restore its version of the publication, or process the scan again.",
    )
