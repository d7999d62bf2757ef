"""Reads page images with RapidOCR and stores the raw pages with their lattices and truth, one JSON object a line.

    python -m model_training.page_readings scans --images DIR --truth ROWS.jsonl --out PAGES.jsonl [--text]
    python -m model_training.page_readings rendered --data DATA --fonts DIR --out PAGES.jsonl --pages 500

``scans`` reads the images of ``ROWS``, objects ``{"id", "image", "truth", "lang"}``. ``rendered`` renders pages of text
that is kept out of training, as `model_training.rendered` does. An existing file is continued. ``--text`` writes rows
``{"id", "ocr", "truth", "lang"}`` instead, the pairs that training takes: RapidOCR makes other errors than the engines
with which most sets of pairs were read, as it joins words and loses letters.
"""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image

from scanproof.document import Page
from scanproof.lattice.file_format import decode_lattice, encode_lattice
from scanproof.lattice.model import PageLattice
from scanproof.ocr.engine import Engine
from scanproof.ocr.page import recognise_page
from scanproof.ocr.registry import load_engine
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage


@dataclass(frozen=True)
class PageReading:
    """A raw page, what the recogniser considered, and the truth.

    Attributes:
        id: of the page; the part before ``#`` names the document.
        language: ISO 639 code.
        page: as recognised.
        lattice: of the page.
        truth: the whole page's text.
        line_truths: the text of each line of ``page``, None where it is not known by line.
    """

    id: str
    language: str
    page: Page
    lattice: PageLattice | None
    truth: str
    line_truths: tuple[str | None, ...] | None = None


def load_readings(path: Path) -> Iterator[PageReading]:
    """Yields the pages of a file that `main` wrote."""
    with path.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            page = Page.model_validate(row["page"])
            lattice = decode_lattice(base64.b64decode(row["lattice"]), page) if row["lattice"] else None
            truths = row["line_truths"]
            yield PageReading(
                row["id"], row["lang"], page, lattice, row["truth"], None if truths is None else tuple(truths)
            )


def row_of(reading: PageReading) -> str:
    """The row of a page, as JSON."""
    lattice = reading.lattice and base64.b64encode(encode_lattice(reading.lattice, reading.page)).decode()
    return json.dumps(
        {
            "id": reading.id,
            "lang": reading.language,
            "page": reading.page.model_dump(mode="json", exclude_defaults=True),
            "lattice": lattice,
            "truth": reading.truth,
            "line_truths": reading.line_truths,
        },
        ensure_ascii=False,
    )


def text_row_of(reading: PageReading) -> str:
    """The row of a page's text and truth, as JSON."""
    texts = {"ocr": reading.page.raw_text, "truth": reading.truth}
    return json.dumps({"id": reading.id, "lang": reading.language, **texts}, ensure_ascii=False)


def scans(images: Path, truth: Path, engine: Engine, done: int) -> Iterator[PageReading]:
    """Reads the images of the rows of ``truth`` that exist, from number ``done`` on."""
    rows = [json.loads(row) for row in truth.read_text("utf-8").splitlines()]
    present = [row for row in rows if row.get("image") and (images / Path(row["image"]).name).is_file()]
    for row in present[done:]:
        path = images / Path(row["image"]).name
        with open_scan(path, path.name) as scan:
            page = scan.page(1)
        if isinstance(page, ImagePage):
            yield PageReading(row["id"], row["lang"], *recognise_page(page, 1, engine), row["truth"])


def rendered(options: argparse.Namespace, engine: Engine, done: int) -> Iterator[PageReading]:
    """Renders, degrades and reads pages, from number ``done`` on."""
    from model_training.business import business_lines
    from model_training.corpus import load_corpus
    from model_training.rendered import DPI, MAX_ANGLE, STRAIGHT, any_page, degrade, latin_fonts

    corpus, generators = load_corpus(options.data / "train_text", held_out=True), business_lines(options.seed)
    fonts = latin_fonts(options.fonts)
    for number in range(done, options.pages):
        rng = Random(f"{options.seed}:{number}")  # noqa: S311 - sampling, not secrecy
        language, drawn = any_page(corpus, generators, fonts, rng, business=options.business, forms=options.forms)
        angle = rng.uniform(-MAX_ANGLE, MAX_ANGLE)
        picture = drawn.image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
        if not options.clean:
            picture = degrade(picture, rng)
        page, lattice = recognise_page(ImagePage(picture.convert("RGB"), DPI), 1, engine)
        at = [drawn.line_of(line, angle) for line in page.lines]
        truths = tuple(
            drawn.lines[place][0].translate(STRAIGHT) if place is not None and at.count(place) == 1 else None
            for place in at
        )
        truth = "\n".join(text for text, _ in drawn.lines).translate(STRAIGHT)
        yield PageReading(f"rendered-{options.seed}-{number}", language, page, lattice, truth, truths)


def main() -> None:
    """Writes a row for every page."""
    parser = argparse.ArgumentParser(
        prog="python -m model_training.page_readings",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", choices=["scans", "rendered"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--fonts", type=Path)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--business", type=float, default=0.6, help="share of business documents (default 0.6)")
    parser.add_argument("--forms", type=float, default=0.0, help="share of forms (default 0)")
    parser.add_argument("--clean", action="store_true", help="without degradation")
    parser.add_argument("--text", action="store_true", help="text and truth without lattices")
    options = parser.parse_args()
    done = len(options.out.read_text("utf-8").splitlines()) if options.out.exists() else 0
    engine = load_engine("rapidocr", 1)
    found = (
        scans(options.images, options.truth, engine, done)
        if options.source == "scans"
        else rendered(options, engine, done)
    )
    with options.out.open("a", encoding="utf-8") as out:
        for reading in found:
            out.write((text_row_of if options.text else row_of)(reading) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
