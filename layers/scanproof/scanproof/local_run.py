"""Reads a scan in one process, without a stack: the same steps, in the same order, as the three functions take."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PIL import Image

from scanproof.correction.availability import check_corrector, flag_uncorrectable, needs_correction
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.correction.user_lists import UserLists
from scanproof.document import Document, Page, Source
from scanproof.errors import PermanentError
from scanproof.extraction.extract import extract
from scanproof.lattice.model import PageLattice
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import Engines
from scanproof.opening.scan import open_scan
from scanproof.opening.unreadable import check_any_readable, unreadable_page
from scanproof.options import Output, ScanOptions
from scanproof.output.assemble import DocumentAssembler
from scanproof.output.preview import preview
from scanproof.settings import Settings
from scanproof.tables.find import DocumentTables


def read_scan(
    path: Path,
    options: ScanOptions,
    engines: Engines,
    correctors: ModelPool,
    on_page: Callable[[int, int], None] = lambda number, total: None,
    settings: Settings | None = None,
    on_lattice: Callable[[int, PageLattice], None] = lambda number, lattice: None,
    lists: UserLists | None = None,
    on_preview: Callable[[int, bytes], None] = lambda number, content: None,
) -> Document:
    """Opens, recognises and corrects one file, and extracts its fields.

    Args:
        on_page: called with the page's number and the number of pages after each page.
        settings: name the language models that options may request (see `check_corrector`) and the confidence below
            which a document needs review; default: from the environment.
        on_lattice: called with the page's number and its lattice for each page that has one.
        lists: the user's words, replacements and fields.
        on_preview: called with the page's number and its small picture (JPEG) if ``options`` request the review page.

    Raises:
        PermanentError: the file cannot be read, or an option cannot be met.
    """
    started = time.monotonic()
    settings = settings or Settings.from_environment()
    check_corrector(options, settings)
    _check_list_options(options)
    engine = engines.get(options)
    pages: list[Page] = []
    with_review = Output.REVIEW in options.outputs
    lattices: dict[int, PageLattice] = {}  # smaller than their pages
    name = os.fsencode(path.name).decode("utf-8", "replace")  # a file's name need not be Unicode, JSON is
    with open_scan(path, name) as scan:
        source = Source(name=name, media_type=scan.media_type, size_bytes=path.stat().st_size)
        warnings = tuple(scan.warnings)
        for number in range(1, scan.page_count + 1):
            try:
                opened = scan.page(number)
            except PermanentError as error:
                if scan.page_count == 1:
                    raise
                pages.append(unreadable_page(number, error))
                on_page(number, scan.page_count)
                continue
            on_image = partial(_send_preview, on_preview, number, scan.page_count) if with_review else None
            page, lattice = recognise_page(
                opened, number, engine, options.language, options.handwritten, options.layout, on_image
            )
            if lattice:
                lattices[number] = lattice
                on_lattice(number, lattice)
            page = flag_uncorrectable(page, options)
            if needs_correction(page, options):
                [page] = correct_pages([page], correctors, [options], [lattice], [lists or UserLists()])
            pages.append(page)
            on_page(number, scan.page_count)
    engine.free()
    check_any_readable(pages)
    extraction = extract(
        pages, lattices.get, resolve_numbers=options.resolve_numbers, user_fields=lists.fields if lists else ()
    )
    assembler = DocumentAssembler(settings.review_confidence)
    assembler.add_values(
        extraction.fields,
        extraction.flags,
        extraction.warnings,
        details=extraction.details,
        kind=extraction.kind,
    )
    tables = DocumentTables()
    assembled = [assembler.add_page(tables.add(page)) for page in extraction.pages]
    return assembler.document(
        source=source,
        options=options,
        document_id=hashlib.sha256(path.read_bytes()).hexdigest()[:32],
        published_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        duration_seconds=round(time.monotonic() - started, 3),
        warnings=(*warnings, *tables.warnings),
        line_items=tables.line_items,
        line_items_sum=tables.line_items_sum,
        pages=assembled,
    )


def _send_preview(on_preview: Callable[[int, bytes], None], number: int, page_count: int, image: Image.Image) -> None:
    on_preview(number, preview(image, page_count))


def _check_list_options(options: ScanOptions) -> None:
    if options.words or options.replacements or options.fields:
        raise PermanentError(
            "invalid_option",
            "The options 'words', 'replacements' and 'fields' name objects of a deployment, and this run has none.",
            "Name files: --words FILE, --replacements FILE, --fields FILE; in Python, pass lists=UserLists.load(...).",
        )
