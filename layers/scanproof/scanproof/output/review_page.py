"""Renders the review page: one HTML file in which a person checks what was changed, refused or is doubtful.

The file loads nothing and works offline. Everything that comes from the document is data for the page's own script,
which puts it in place as text; the content security policy allows that script and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import islice
from typing import Any

from scanproof.document import Box, Document, FoundField, KeyField, Line, Page, ReviewReason, Table
from scanproof.edits import around, to_edited, widened, words_around
from scanproof.placement import PlacedWord, place_words

REVIEW_NAME = "review.html"  # of the first or only file
PART_PAGES = 200  # of a file: it has at most 60 MB with its pictures and opens within 2 seconds (measurements.md)
DOUBTFUL_BELOW = 0.85  # confidence of a word that is worth a look though nothing was changed
_DATA_DIGITS = 1  # decimals of pixels in boxes


Preview = Callable[[int], bytes | None]


def review_pages(
    document: Document, pages: Iterable[Page], page_count: int, preview: Preview
) -> Iterator[tuple[str, bytes]]:
    """Renders a document for review; one of more than `PART_PAGES` in several files that link to each other.

    Args:
        document: with or without its pages.
        pages: of it, in order; they are read one after the other.
        page_count: number of ``pages``.
        preview: returns the JPEG of a page's image by the page's number, see `preview`; None where there is none.

    Yields:
        Name and content of each file.
    """
    parts = [_part_name(number) for number in range(1, max(1, math.ceil(page_count / PART_PAGES)) + 1)]
    remaining = iter(pages)
    for number, name in enumerate(parts):
        links = [{"name": each, "label": _part_label(index, page_count)} for index, each in enumerate(parts)]
        yield name, _rendered(document, islice(remaining, PART_PAGES), preview, links, number)


def review_page(document: Document, previews: Mapping[int, bytes]) -> bytes:
    """Renders a document of at most `PART_PAGES` pages as one file, UTF-8.

    Args:
        previews: JPEG of each page's image by its number, see `preview`; pages without one say so.
    """
    return _rendered(document, document.pages, previews.get, [], 0)


def _part_name(number: int) -> str:
    return REVIEW_NAME if number == 1 else f"review-{number}.html"


def _part_label(index: int, page_count: int) -> str:
    first, last = index * PART_PAGES + 1, min((index + 1) * PART_PAGES, page_count)
    return f"page {first:,}" if first == last else f"pages {first:,} to {last:,}"


def _rendered(
    document: Document, pages: Iterable[Page], preview: Preview, links: Sequence[Mapping[str, str]], part: int
) -> bytes:
    assets = files("scanproof.output") / "review_assets"
    style, script = ((assets / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    shown = [_page(page) for page in pages]
    parts = {
        "STYLE_HASH": _hash(style),
        "SCRIPT_HASH": _hash(script),
        "STYLE": style,
        "IMAGES": "\n".join(_images([page["number"] for page in shown], preview)),
        "DATA": _json({**_data(document, shown), "parts": links, "part": part}),
        "SCRIPT": script,
    }
    page = (assets / "page.html").read_text(encoding="utf-8")
    first, *rest = page.split("%")
    # Split once, so that what is filled in is not searched for names itself.
    filled = [first] + [parts[piece] if number % 2 == 0 else piece for number, piece in enumerate(rest)]
    return "".join(filled).encode()


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _images(numbers: Iterable[int], preview: Preview) -> Iterator[str]:
    for number in numbers:
        content = preview(number)
        if content is not None:
            yield f'<script type="text/plain" id="image-{number}">{base64.b64encode(content).decode()}</script>'


def _json(data: object) -> str:
    """Returns JSON that can stand in a script element: no end tag and no comment."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _data(document: Document, pages: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    changes = sum(item["kind"] == "change" for page in pages for line in page["lines"] for item in line["items"])
    return {
        "id": document.id,
        "attempt": document.attempt,
        "scan": document.object_id.model_dump() if document.object_id else None,
        "name": document.source.name,
        "language": document.language,
        "summary": f"{_count(len(pages), 'page')}, {_count(changes, 'changed place')}, attempt {document.attempt}, "
        f"{document.published_at[:16].replace('T', ' ')} UTC",
        "reasons": [_reason(reason) for reason in document.review_reasons],
        "fields": [_field(field) for field in (*document.fields, *document.details)],
        "checks": [flag.message for flag in document.flags],
        "pages": pages,
    }


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _reason(reason: ReviewReason) -> str:
    name = reason.code.value.replace("_", " ")
    if not reason.pages:
        return f"{name}: {reason.count}"
    return f"{name}: {reason.count} (page {', '.join(map(str, reason.pages))})"


def _field(field: FoundField) -> dict[str, object]:
    notes = [flag.replace("_", " ") for flag in field.flags]
    if field.alternatives:
        notes.append(f"or {', '.join(field.alternatives)}")
    return {
        "name": str(field.name),
        "label": field.name.replace("_", " "),
        "value": field.value,
        "written": field.written,
        "page": field.page,
        "notes": notes,
        "confidence": field.confidence,
        "editable": isinstance(field, KeyField),  # details follow from the text
    }


def _page(page: Page) -> dict[str, Any]:
    notes = [flag.value.replace("_", " ") for flag in page.flags]
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "notes": ", ".join(notes),
        "lines": [{"text": line.text, "items": list(review_items(line))} for line in page.lines],
        "tables": [_table(table) for table in page.tables],
    }


def _table(table: Table) -> dict[str, Any]:
    """Returns the grid of a table; cells name their stretches of the page's lines, as line, start and end."""
    return {
        "number": table.number,
        "rows": table.rows,
        "columns": table.columns,
        "header_rows": table.header_rows,
        "continues": table.continues,
        "cells": [
            [
                cell.row,
                cell.column,
                cell.row_span,
                cell.column_span,
                [[span.line, span.start, span.end] for span in cell.spans],
            ]
            for cell in table.cells
        ],
    }


def review_items(line: Line) -> Iterator[dict[str, Any]]:
    """Yields what is to be looked at in a line, in order, without overlaps: changes, then refusals, then doubts."""
    words = place_words(line)
    taken: list[tuple[int, int]] = []
    found: list[dict[str, Any]] = []
    for kind, start, end, why, probability in (*_changes(line), *_refusals(line), *_doubts(words)):
        if end > start and all(end <= other_start or other_end <= start for other_start, other_end in taken):
            taken.append((start, end))
            raw = around(line.edits, start, end)
            found.append(
                {
                    "kind": kind,
                    "start": start,
                    "end": end,
                    "raw": line.raw[raw.start : raw.end],
                    "text": line.text[start:end],
                    "why": why,
                    "probability": probability,
                    "box": _box([word.box for word in words if word.start < end and start < word.end]),
                }
            )
    yield from sorted(found, key=lambda item: item["start"])


_Item = tuple[str, int, int, str, float | None]


def _changes(line: Line) -> Iterator[_Item]:
    """Yields the changed places: whole words, neighbours that one edit joins or parts together."""
    spans: list[tuple[int, int, float]] = []
    shift = 0
    for edit in line.edits:
        start = edit.start + shift
        shift += len(edit.corrected) - (edit.end - edit.start)
        first, last = widened(line.edits, *words_around(line.text, start, start + len(edit.corrected)))
        probability = edit.probability
        if spans and first <= spans[-1][1]:
            before = spans.pop()
            first, last, probability = before[0], max(before[1], last), min(before[2], probability)
        spans.append((first, last, probability))
    makers = ", ".join(dict.fromkeys(edit.corrector for edit in line.edits))
    for first, last, probability in spans:
        yield "change", first, last, f"Changed by {makers}; probability {probability:.0%}.", probability


def _refusals(line: Line) -> Iterator[_Item]:
    for refusal in line.refusals:
        span = words_around(line.text, to_edited(line.edits, refusal.start), to_edited(line.edits, refusal.end))
        why = f"“{refusal.raw}” → “{refusal.proposed}” was proposed and refused: {refusal.guard.replace('_', ' ')}."
        yield "refused", *span, why, refusal.probability


def _doubts(words: Iterable[PlacedWord]) -> Iterator[_Item]:
    for word in words:
        if word.confidence is not None and word.confidence < DOUBTFUL_BELOW:
            yield "doubtful", word.start, word.end, f"Recognised with a confidence of {word.confidence:.0%}.", None


def _box(boxes: Sequence[Box]) -> list[float] | None:
    if not boxes:
        return None
    box = Box.around(boxes)
    return [round(value, _DATA_DIGITS) for value in (box.left, box.top, box.right, box.bottom)]
