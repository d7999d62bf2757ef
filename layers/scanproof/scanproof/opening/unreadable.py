"""Pages that cannot be read: they are part of the document, without text, so that they do not cost it the others."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.document import Page, PageFlag, PageSource
from scanproof.errors import PermanentError


def unreadable_page(number: int, error: PermanentError) -> Page:
    """Returns the page that stands in for one that cannot be read; its size is not known."""
    return Page(
        number=number,
        width=1,
        height=1,
        dpi=1.0,
        source=PageSource.OCR,
        flags=(PageFlag.UNREADABLE,),
        warnings=(error.message,),
    )


def check_any_readable(pages: Sequence[Page]) -> None:
    """Refuses a document none of whose pages could be read.

    Raises:
        PermanentError: ``no_readable_page``.
    """
    if pages and all(PageFlag.UNREADABLE in page.flags for page in pages):
        raise PermanentError(
            "no_readable_page",
            f"None of the {len(pages):,} pages can be read. The first: {' '.join(pages[0].warnings)}",
            "Open the file on your computer to check it, then upload it or scan it again.",
        )
