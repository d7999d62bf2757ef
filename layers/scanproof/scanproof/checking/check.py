"""All checks of a document."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.checking.cash import check_cash
from scanproof.checking.digits import check_digits
from scanproof.checking.rows import check_rows
from scanproof.document import CheckFlag, Page


def check_pages(pages: Sequence[Page]) -> tuple[CheckFlag, ...]:
    """Flags in reading order, from the proofread text. Pure."""
    found = [*check_rows(pages), *check_cash(pages), *check_digits(pages)]
    return tuple(sorted(found, key=lambda flag: (flag.places[0].page, flag.places[0].line)))
