"""``python -m model_training.rendered --data DIR --fonts DIR --out READ.jsonl``: renders pages and reads them.

Lines of every language are rendered in many fonts, the page is degraded as by copying, scanning and compression, and
RapidOCR reads it: its errors are real, and lines need no alignment, since the place of each is known. Pages are
generated one by one from the seed; an existing file is continued.
"""

from __future__ import annotations

import argparse
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from model_training.corpus import Corpus, load_corpus
from scanproof.document import Line
from scanproof.ocr.registry import load_engine

if TYPE_CHECKING:  # faker is not needed to render and to degrade
    from model_training.business import BusinessLines

DPI = 150.0
_WIDTH, _MARGIN, _LINES = 1240, 60, 36  # pixels of A4 at that resolution; lines on a page
_ROWS = 26  # of a form
_SIZES = (12, 14, 16, 18, 20, 24)  # pixels: six to twelve points
_BUSINESS_SHARE = 0.4  # of the pages
_LANGUAGES = {"en": 10, "fr": 3, "de": 3, "es": 2, "it": 2, "pt": 2, "nl": 2, "pl": 2}
_LATIN = "Ąßñçœ€Żłşéü"
MAX_ANGLE = 0.35  # degrees
# The engine writes straight quotes only, and which ones were printed is undecidable.
STRAIGHT = str.maketrans(dict.fromkeys("‘’‚‛´`", "'") | dict.fromkeys("“”„‟", '"'))
_MAX_DISTANCE = 0.6  # of the distance of two lines: text farther from a line is not a reading of it


@dataclass(frozen=True)
class RenderedPage:
    """A rendered page: the image, and the text and vertical middle (pixels from the top) of each line."""

    image: Image.Image
    lines: Sequence[tuple[str, float]]
    distance: float  # of two lines, in pixels

    def line_at(self, y: float) -> int | None:
        """The number of the line at height ``y``, if there is one."""
        nearest = min(range(len(self.lines)), key=lambda number: abs(self.lines[number][1] - y))
        return nearest if abs(self.lines[nearest][1] - y) < _MAX_DISTANCE * self.distance else None

    def line_of(self, line: Line, angle: float) -> int | None:
        """The number of the line that ``line`` is a reading of; the page was turned by ``angle`` degrees before."""
        x, y = (line.box.left + line.box.right) / 2, (line.box.top + line.box.bottom) / 2
        return self.line_at(y + (x - self.image.width / 2) * math.tan(math.radians(angle)))


def render_page(lines: Sequence[str], font: ImageFont.FreeTypeFont, rng: Random) -> RenderedPage:
    """Renders black lines on white paper; a line that is too long is cut at a space."""
    size = font.size
    distance = size * rng.uniform(1.25, 1.8)
    image = Image.new("L", (_WIDTH, round(2 * _MARGIN + distance * len(lines))), 255)
    draw = ImageDraw.Draw(image)
    placed = []
    for number, line in enumerate(lines):
        words = line.split()
        while len(words) > 1 and draw.textlength(" ".join(words), font=font) > _WIDTH - 2 * _MARGIN:
            words.pop()
        top = _MARGIN + number * distance
        draw.text((_MARGIN, top), " ".join(words), font=font, fill=rng.choice((0, 0, 30, 60)))
        placed.append((" ".join(words), top + size * 0.55))
    return RenderedPage(image, placed, distance)


def render_form(rows: Sequence[tuple[str, str]], font: ImageFont.FreeTypeFont, rng: Random) -> RenderedPage:
    """Renders a form: a label and an entry a row, parted by rules, in boxes or on lines to write on.

    The text of a row is its label and its entry, with a blank between; an entry may be empty.
    """
    size = font.size
    distance = size * rng.uniform(1.5, 2.2)
    width, height = _WIDTH - 2 * _MARGIN, round(2 * _MARGIN + distance * len(rows))
    image = Image.new("L", (_WIDTH, height), 255)
    draw = ImageDraw.Draw(image)
    boxed, ink, column = rng.random() < 0.6, rng.choice((0, 30, 60)), _MARGIN + round(width * rng.uniform(0.3, 0.5))
    placed = []
    for number, (label, entry) in enumerate(rows):
        top = _MARGIN + number * distance
        left = max(column, _MARGIN + round(draw.textlength(label, font=font)) + size)
        draw.text((_MARGIN + size / 2, top), label, font=font, fill=ink)
        draw.text((left + size / 2, top), entry, font=font, fill=ink)
        rule = round(top + size * 1.3)
        draw.line((_MARGIN if boxed else left, rule, _MARGIN + width, rule), ink)
        if boxed:
            for x in (_MARGIN, left, _MARGIN + width):
                draw.line((x, rule - round(distance), x, rule), ink)
        placed.append((f"{label} {entry}".strip(), top + size * 0.55))
    return RenderedPage(image, placed, distance)


def degrade(image: Image.Image, rng: Random) -> Image.Image:
    """Applies one to three kinds of degradation; the size stays."""
    for degradation in rng.sample(_DEGRADATIONS, rng.choice((1, 2, 3, 3))):
        image = degradation(image, rng)
    return image


def _blurred(image: Image.Image, rng: Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.3)))


def _coarse(image: Image.Image, rng: Random) -> Image.Image:
    share = rng.uniform(0.45, 0.75)
    small = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.BILINEAR)
    return small.resize(image.size, Image.Resampling.BICUBIC)


def _compressed(image: Image.Image, rng: Random) -> Image.Image:
    stored = io.BytesIO()
    image.save(stored, "JPEG", quality=rng.randrange(8, 40))
    return Image.open(stored).convert("L")


def _grainy(image: Image.Image, rng: Random) -> Image.Image:
    grain = np.random.default_rng(rng.randrange(2**32)).normal(0, rng.uniform(8, 35), (image.height, image.width))
    return Image.fromarray(np.clip(np.asarray(image, np.float32) + grain, 0, 255).astype(np.uint8))


def _faint(image: Image.Image, rng: Random) -> Image.Image:
    return ImageEnhance.Contrast(image).enhance(rng.uniform(0.25, 0.6))


def _worn(image: Image.Image, rng: Random) -> Image.Image:
    """Breaks or joins strokes, as repeated copying does."""
    filtered = image.filter(ImageFilter.MaxFilter(3) if rng.random() < 0.5 else ImageFilter.MinFilter(3))
    return Image.blend(image, filtered, rng.uniform(0.3, 0.7))


def _black_and_white(image: Image.Image, rng: Random) -> Image.Image:
    threshold = rng.randrange(110, 190)
    return image.point(lambda value: 255 if value > threshold else 0)


_DEGRADATIONS: tuple[Callable[[Image.Image, Random], Image.Image], ...] = (
    _blurred, _coarse, _compressed, _grainy, _faint, _worn, _black_and_white,
)  # fmt: skip


def read_lines(page: RenderedPage, read: Sequence[Line], angle: float) -> list[tuple[str, str]]:
    """Pairs of reading and truth for each line of which something was read.

    Args:
        page: as rendered.
        read: what the engine read.
        angle: by how many degrees, about its middle, the page was turned before reading.
    """
    pieces: list[list[tuple[float, str]]] = [[] for _ in page.lines]
    for line in read:
        if (number := page.line_of(line, angle)) is not None:
            pieces[number].append((line.box.left, line.raw))
    return [
        (" ".join(text for _, text in sorted(found)).translate(STRAIGHT), truth.translate(STRAIGHT))
        for found, (truth, _) in zip(pieces, page.lines, strict=True)
        if found and truth
    ]


def latin_fonts(folder: Path) -> list[Path]:
    """Fonts that have the letters of all eight languages, ordered by name."""
    return [path for path in sorted(folder.rglob("*.[to]tf")) if _has_all(path)]


def _has_all(path: Path) -> bool:
    font = ImageFont.truetype(path, 20)
    missing = bytes(font.getmask("\uffff"))
    return all(bytes(font.getmask(letter)) not in (missing, b"") for letter in _LATIN)


def any_page(
    corpus: Corpus,
    generators: Mapping[str, BusinessLines],
    fonts: Sequence[Path],
    rng: Random,
    only: str | None = None,
    business: float = _BUSINESS_SHARE,
    forms: float = 0.0,
) -> tuple[str, RenderedPage]:
    """A random page, in a random font and size, preceded by its language.

    Args:
        corpus: of running text.
        generators: of business lines, by language.
        fonts: to draw from.
        rng: decides all of it.
        only: the language, if it is not to be drawn.
        business: the share of business documents, of pages that are no forms.
        forms: the share of forms.
    """
    language = only or rng.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]
    font = ImageFont.truetype(rng.choice(fonts), rng.choice(_SIZES))
    if forms and rng.random() < forms:
        return language, render_form([generators[language].form_row(rng) for _ in range(_ROWS)], font, rng)
    return language, render_page(text_of(language, corpus, generators, rng, business), font, rng)


def text_of(
    language: str,
    corpus: Corpus,
    generators: Mapping[str, BusinessLines],
    rng: Random,
    business: float = _BUSINESS_SHARE,
) -> list[str]:
    """The lines of a page: of a business document, or of running text."""
    if rng.random() < business:
        return [generators[language].line(rng) for _ in range(_LINES)]
    return [corpus.line(language, rng) for _ in range(_LINES)]


def main() -> None:
    """Writes a row ``{"id", "ocr", "truth", "lang"}`` for every page; ``ocr`` and ``truth`` have the same lines."""
    parser = argparse.ArgumentParser(prog="python -m model_training.rendered", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/")
    parser.add_argument("--fonts", type=Path, required=True, help="folder with TrueType or OpenType fonts")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--language", choices=[*_LANGUAGES], help="of every page (default: drawn)")
    parser.add_argument(
        "--business", type=float, default=_BUSINESS_SHARE, help=f"share of pages (default {_BUSINESS_SHARE})"
    )
    parser.add_argument("--held-out", action="store_true", help="uses text kept out of training, for evaluation")
    options = parser.parse_args()
    from model_training.business import business_lines

    corpus, generators = load_corpus(options.data / "train_text", options.held_out), business_lines(options.seed)
    fonts, engine = latin_fonts(options.fonts), load_engine("rapidocr", 1)
    done = len(options.out.read_text("utf-8").splitlines()) if options.out.exists() else 0
    with options.out.open("a", encoding="utf-8") as out:
        for number in range(done, options.pages):
            rng = Random(f"{options.seed}:{number}")  # noqa: S311 - sampling, not secrecy
            language, page = any_page(corpus, generators, fonts, rng, options.language, options.business)
            angle = rng.uniform(-MAX_ANGLE, MAX_ANGLE)
            picture = degrade(page.image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255), rng)
            pairs = read_lines(page, engine.recognise(picture.convert("RGB"), DPI).lines, angle)
            ocr, truth = ("\n".join(part) for part in (zip(*pairs, strict=True) if pairs else ((), ())))
            row = {"id": f"rendered-{options.seed}-{number}", "ocr": ocr, "truth": truth, "lang": language}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
