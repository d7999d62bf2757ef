"""All checks of a document."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.document import CheckFlag, Page
from scanproof.extraction.checks.cash import check_cash
from scanproof.extraction.checks.digits import check_digits
from scanproof.extraction.checks.rows import check_rows


def check_pages(pages: Sequence[Page]) -> tuple[CheckFlag, ...]:
    """Flags in reading order, from the proofread text. Pure."""
    found = [*check_rows(pages), *check_cash(pages), *check_digits(pages)]
    return tuple(sorted(found, key=lambda flag: (flag.places[0].page, flag.places[0].line)))
