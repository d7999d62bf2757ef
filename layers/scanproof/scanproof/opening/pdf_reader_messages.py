"""What `pdf_process` and `pdf_reader` say to each other."""

from __future__ import annotations

from pydantic import TypeAdapter

from scanproof.document import Line

LINES = TypeAdapter(tuple[Line, ...])  # a page's text, as JSON

OPENING = "its structure"  # what a request is about, in messages


def reading(number: int) -> str:
    """Returns what a request for a page is about, in messages."""
    return f"page {number}"
