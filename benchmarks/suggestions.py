"""Counts the suggestions for failed checks, and how many are right.

    python -m benchmarks.suggestions readings PAGES.jsonl ...
    python -m benchmarks.suggestions rendered --fonts DIR [--pages N] [--seed N] [--out PAGES.jsonl]

``readings`` takes pages with their lattices and the truth, as `model_training.page_readings` writes them. A suggestion
is right where the suggested number is in the truth and the recognised one is not. ``rendered`` prints invoices whose
numbers agree, with rows, sum, change and check digits, degrades them, and reads them with RapidOCR; the truth of each
number is known by its place. ``--out`` keeps these pages for ``readings``. Every suggestion is listed.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from model_training.rendered import DPI, degrade, latin_fonts
from scanproof.document import Page, Suggestion
from scanproof.extraction.extract import Extraction, extract
from scanproof.extraction.total import SUM_MISMATCH
from scanproof.lattice.file_format import decode_lattice, encode_lattice
from scanproof.lattice.model import PageLattice
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import load_engine
from scanproof.page_image import ImagePage
from scanproof.values.check_digits import is_ean13, is_iban

_NUMBER = re.compile(r"[0-9](?:[0-9., ]*[0-9])?")
_COLUMNS = (60, 520, 700, 900)  # pixels
_WIDTH, _MARGIN, _SIZES = 1100, 40, (11, 12, 13, 15)  # pixels


@dataclass(frozen=True)
class Reading:
    """A page as recognised, its lattice, and the numbers that are printed on it."""

    id: str
    page: Page
    lattice: PageLattice | None
    numbers: frozenset[str]


def main() -> None:
    """Prints the suggestions and their sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    readings = commands.add_parser("readings")
    readings.add_argument("files", type=Path, nargs="+")
    rendered = commands.add_parser("rendered")
    rendered.add_argument("--fonts", type=Path, required=True)
    rendered.add_argument("--pages", type=int, default=200)
    rendered.add_argument("--seed", type=int, default=0)
    rendered.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.command == "readings":
        for path in options.files:
            report(path.stem, load(path))
    else:
        report("rendered", render(options.fonts, options.pages, options.seed, options.out))


def load(path: Path) -> Iterator[Reading]:
    """Yields the pages of a file."""
    with path.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            page = Page.model_validate(row["page"])
            lattice = decode_lattice(base64.b64decode(row["lattice"]), page) if row["lattice"] else None
            yield Reading(row["id"], page, lattice, numbers_of(row["truth"]))


def numbers_of(text: str) -> frozenset[str]:
    """Returns all numbers of a text, those that contain spaces also without them and as their parts."""
    found = [match[0] for match in _NUMBER.finditer(text)]
    return frozenset(form for number in found for form in (number.replace(" ", ""), *number.split()))


def report(name: str, readings: Iterator[Reading]) -> None:
    """Prints each suggestion, and per kind of check the failed ones, their suggestions and those that are right."""
    pages, failed, suggested, right, left = 0, Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for reading in readings:
        pages += 1
        lattices = {1: reading.lattice}.get
        for code, suggestion in failures(extract([reading.page], lattices)):
            failed[code] += 1
            if suggestion:
                correct = is_right(suggestion, reading.numbers)
                suggested[code] += 1
                right[code] += correct
                print(reading.id, code, "right" if correct else "WRONG", suggestion.model_dump_json())
        left.update(code for code, _ in failures(extract([reading.page], lattices, resolve_numbers=True)))
    print(f"{name}: {pages} pages")
    for code in failed:
        counts = f"{failed[code]} failed, {suggested[code]} suggestions, {right[code]} right"
        print(f"  {code}: {counts}, {left[code]} failed after resolving")


def failures(extraction: Extraction) -> list[tuple[str, Suggestion | None]]:
    """Returns the code and the suggestion, if any, of each failed check."""
    sums = [(SUM_MISMATCH, field.suggestion) for field in extraction.fields if SUM_MISMATCH in field.flags]
    return [*((flag.code.value, flag.suggestion) for flag in extraction.flags), *sums]


def is_right(suggestion: Suggestion, numbers: frozenset[str]) -> bool:
    """Whether the suggested number is printed on the page and the recognised one is not."""
    raw, suggested = (text.replace(" ", "") for text in (suggestion.raw, suggestion.suggested))
    return suggested in numbers and raw not in numbers


def render(fonts: Path, pages: int, seed: int, out: Path | None) -> Iterator[Reading]:
    """Renders, degrades and reads invoices."""
    engine, found = load_engine("rapidocr", 1), latin_fonts(fonts)
    for number in range(pages):
        rng = random.Random(f"{seed}:{number}")  # noqa: S311 - invoices, no secrets
        rows = invoice(rng)
        image = degrade(draw(rows, ImageFont.truetype(rng.choice(found), rng.choice(_SIZES))), rng)
        page, lattice = recognise_page(ImagePage(image.convert("RGB"), DPI), 1, engine)
        truth = "\n".join("\t".join(row) for row in rows)
        if out:
            _keep(out, f"rendered-{seed}-{number}", page, lattice, truth)
        yield Reading(f"rendered-{seed}-{number}", page, lattice, numbers_of(truth))


def invoice(rng: random.Random) -> list[Sequence[str]]:
    """Generates the lines of an invoice, each with its cells. All numbers agree."""
    rows: list[Sequence[str]] = [("INVOICE",), ("Item", "Qty", "Price", "Amount")]
    subtotal = Decimal(0)
    for number in range(rng.randint(4, 8)):
        quantity, price = rng.randint(1, 30), Decimal(rng.randint(100, 20000)) / 100
        subtotal += quantity * price
        rows.append((f"Article {chr(65 + number)}", str(quantity), f"{price:.2f}", f"{quantity * price:.2f}"))
    tax = (subtotal * Decimal("0.07")).quantize(Decimal("0.01"))
    cash = (subtotal + tax) // 50 * 50 + 50
    sums = {"Subtotal": subtotal, "VAT": tax, "Total": subtotal + tax, "Cash": cash, "Change": cash - subtotal - tax}
    rows += [(label, "", "", f"{value:.2f}") for label, value in sums.items()]
    codes = [f"IBAN: {iban(rng)}", *(f"EAN: {ean(rng)}" for _ in range(4))]
    return [*rows, *((code,) for code in codes)]


def iban(rng: random.Random) -> str:
    """Generates a German IBAN with correct check digits."""
    account = "".join(rng.choices("0123456789", k=18))
    compact = next(f"DE{check:02}{account}" for check in range(2, 99) if is_iban(f"DE{check:02}{account}"))
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def ean(rng: random.Random) -> str:
    """Generates an EAN-13 with a correct check digit."""
    digits = "".join(rng.choices("0123456789", k=12))
    return next(digits + last for last in "0123456789" if is_ean13(digits + last))


def draw(rows: Sequence[Sequence[str]], font: ImageFont.FreeTypeFont) -> Image.Image:
    """Draws the cells of each row in columns."""
    distance = font.size * 1.7
    image = Image.new("L", (_WIDTH, round(2 * _MARGIN + distance * len(rows))), 255)
    pen = ImageDraw.Draw(image)
    for number, row in enumerate(rows):
        for cell, left in zip(row, _COLUMNS, strict=False):
            pen.text((left, _MARGIN + number * distance), cell, font=font, fill=0)
    return image


def _keep(path: Path, identity: str, page: Page, lattice: PageLattice | None, truth: str) -> None:
    content = base64.b64encode(encode_lattice(lattice, page)).decode() if lattice else None
    values = page.model_dump(mode="json", exclude_defaults=True)
    row = {"id": identity, "lang": "en", "page": values, "lattice": content, "truth": truth, "line_truths": None}
    with path.open("a", encoding="utf-8") as rows:
        rows.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
