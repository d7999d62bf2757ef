"""Pages that no corrector processes. Functions without correctors import it, so it needs no numpy."""

from __future__ import annotations

from scanproof.document import Page, PageFlag


def left_raw(page: Page) -> Page:
    """Returns a page as it is published when nothing can correct it: the raw text, flagged so."""
    return page.model_copy(update={"flags": (*page.flags, PageFlag.NOT_CORRECTED)})
