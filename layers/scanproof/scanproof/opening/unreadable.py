"""Pages that cannot be read: they are part of the document, without text, so that they do not cost it the others."""

from __future__ import annotations

from collections.abc import Iterable

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


def check_any_readable(pages: Iterable[Page]) -> None:
    """Refuses a document none of whose pages could be read; looks at pages until it finds a readable one.

    Raises:
        PermanentError: ``no_readable_page``.
    """
    count, first = 0, ""
    for page in pages:
        if PageFlag.UNREADABLE not in page.flags:
            return
        count, first = count + 1, first or " ".join(page.warnings)
    if count:
        raise PermanentError(
            "no_readable_page",
            f"None of the {count:,} pages can be read. The first: {first}",
            "Open the file on your computer to check it, then upload it or scan it again.",
        )
