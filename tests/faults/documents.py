"""Small documents of every kind, and stand-ins for the engine and the corrector that take microseconds."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import NoReturn
from unittest.mock import patch

from fpdf import FPDF
from PIL import Image

from devstack import PROJECT_ROOT
from scanproof.correction import model_pool
from scanproof.correction.base import CorrectedLine
from scanproof.ocr import registry
from scanproof.workers.records import Status
from tests.builders import UpperCase
from tests.faults.outside_calls import Killed
from tests.faults.reader import KILLS_OCR, GreyReader, grey_page, raw_text
from tests.unit.opening.paper import draw_scan, new_pdf, write

FOLDER = PROJECT_ROOT / "samples"
KILLS_CORRECT = 23  # a page that crashes the corrector every time


@dataclass(frozen=True)
class Mishap:
    """What happens to a document on its way.

    Attributes:
        after: function after whose first invocation it happens; None: immediately after the upload.
        queue: kind of the messages that are waiting then, which vanish; None: the scan is deleted instead.
        dead: whether the messages end in the dead letters.
    """

    after: str | None = None
    queue: str | None = None
    dead: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of document.

    Attributes:
        make: returns the file.
        text: expected lines; None where they depend on where a fault hits.
        status: expected end; None where either is right.
        mishap: what happens to it, if anything.
    """

    name: str
    make: Callable[[], bytes]
    suffix: str
    text: tuple[str, ...] | None
    status: Status | None = Status.PUBLISHED
    mishap: Mishap | None = None


def page_text(number: int) -> str:
    """Returns the text of a page as the stand-in corrector writes it."""
    return raw_text(number).replace("x", "X")


@cache
def image(number: int = 1) -> bytes:
    """Makes a PNG with one page."""
    return _saved([grey_page(number)], "PNG")


@cache
def multi_page(*numbers: int) -> bytes:
    """Makes a TIFF."""
    return _saved([grey_page(number) for number in numbers], "TIFF")


@cache
def text_layer(pages: int = 1) -> bytes:
    """Makes a PDF that needs no recognition."""
    pdf = new_pdf()
    for number in range(1, pages + 1):
        if number > 1:
            pdf.add_page()
        write(pdf, [(50, 50, digital_text(number))])
    return bytes(pdf.output())


def digital_text(number: int) -> str:
    """Returns the text of a page of a text layer."""
    return f"Born digital on page {number}"


@cache
def mixed() -> bytes:
    """Makes a PDF with a text layer on its first page and a scan on its second."""
    pdf = new_pdf()
    write(pdf, [(50, 50, digital_text(1))])
    pdf.add_page()
    draw_scan(pdf, grey_page(2, (62, 88)))
    return bytes(pdf.output())


@cache
def encrypted() -> bytes:
    """Makes a PDF that needs a password."""
    pdf: FPDF = new_pdf()
    pdf.set_encryption(owner_password="owner", user_password="user")
    return bytes(pdf.output())


IMAGE = Kind("image", image, "png", (page_text(1),))
TEXT_LAYER = Kind("text layer", text_layer, "pdf", (digital_text(1),))
MULTI_PAGE = Kind("multi-page", lambda: multi_page(1, 2, 3), "tiff", tuple(map(page_text, (1, 2, 3))))
MIXED = Kind("mixed", mixed, "pdf", (digital_text(1), page_text(2)))
ENCRYPTED = Kind("encrypted", encrypted, "pdf", None, Status.FAILED)
DELETED = Kind("deleted", lambda: multi_page(4, 5, 6), "tiff", None, Status.FAILED, Mishap("scanproof-ocr"))
CRASHES_OCR = Kind("crashes OCR", lambda: image(KILLS_OCR), "png", None, Status.FAILED)
CRASHES_OCR_LATER = Kind("crashes OCR later", lambda: multi_page(1, 2, KILLS_OCR), "tiff", None, None)
CRASHES_CORRECT = Kind("crashes correction", lambda: image(KILLS_CORRECT), "png", (raw_text(KILLS_CORRECT),))
DEAD_UPLOAD = Kind("dead upload", image, "png", None, Status.FAILED, Mishap(None, "upload", dead=True))
DEAD_PAGES = Kind("dead pages", image, "png", None, None, Mishap("scanproof-ocr", "correct", dead=True))
DEAD_DOCUMENT = Kind("dead document", image, "png", None, None, Mishap("scanproof-correct", "publish", dead=True))
LOST_PAGES = Kind("lost pages", image, "png", None, None, Mishap("scanproof-ocr", "correct"))
LOST_DOCUMENT = Kind("lost document", image, "png", None, None, Mishap("scanproof-correct", "publish"))

GOOD = (IMAGE, TEXT_LAYER, MULTI_PAGE, MIXED)
FAILING = (ENCRYPTED, DELETED)
CRASHING = (CRASHES_OCR, CRASHES_OCR_LATER, CRASHES_CORRECT)
SAMPLES = tuple(
    Kind(name, (FOLDER / name).read_bytes, name.partition(".")[2], None, status)
    for name, status in {
        "clean-letter.png": Status.PUBLISHED,
        "noisy-invoice.png": Status.PUBLISHED,
        "receipt-photo.jpg": Status.PUBLISHED,
        "multi-page.tiff": Status.PUBLISHED,
        "born-digital.pdf": Status.PUBLISHED,
        "report-3-pages.pdf": Status.PUBLISHED,
        "encrypted.pdf": Status.FAILED,
        "not-an-image.png": Status.FAILED,
    }.items()
)
ABANDONED = (DEAD_UPLOAD, DEAD_PAGES, DEAD_DOCUMENT, LOST_PAGES, LOST_DOCUMENT)


class UpperCaseOrKill(UpperCase):
    """Writes the letter x in upper case; one page kills the process."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work

    def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
        self._work.corrected.update(lines)
        if raw_text(KILLS_CORRECT) in lines:
            kill()
        return super().correct(lines, language)


@dataclass
class Work:
    """Counts what the stand-ins did: how often each page was recognised, each line corrected."""

    recognised: Counter[int] = field(default_factory=Counter)
    corrected: Counter[str] = field(default_factory=Counter)

    def count_page(self, number: int) -> None:
        """Counts a page that is recognised."""
        self.recognised[number] += 1

    @contextmanager
    def stand_ins(self) -> Iterator[None]:
        """Replaces the engine and the fast corrector of every function that is loaded inside the block."""
        with (
            patch.object(registry, "load_engine", lambda *_: GreyReader(kill, self.count_page)),
            patch.object(model_pool, "load_or_unavailable", lambda: UpperCaseOrKill(self)),
        ):
            yield


def kill() -> NoReturn:
    """Ends an invocation of a function in this process."""
    raise Killed


def _saved(pages: Sequence[Image.Image], kind: str) -> bytes:
    content = io.BytesIO()
    more = {"save_all": True, "append_images": pages[1:]} if len(pages) > 1 else {}
    pages[0].save(content, kind, **more)
    return content.getvalue()
