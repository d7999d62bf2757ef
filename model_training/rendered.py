"""``python -m model_training.rendered --data DIR --fonts DIR --out READ.jsonl``: what RapidOCR makes of our own pages.

Lines of every language are set in many fonts, the page is degraded as copying, scanning and compressing do, and the
engine that ships reads it: its true noise, and nothing to align by guessing, since each line's place is known. Pages
are made one by one from the seed; a file that is there already is continued.
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

if TYPE_CHECKING:  # faker is not needed to set and to degrade
    from model_training.business import BusinessLines

DPI = 150.0
_WIDTH, _MARGIN, _LINES = 1240, 60, 36  # pixels of A4 at that resolution; lines on a page
_SIZES = (12, 14, 16, 18, 20, 24)  # pixels: six to twelve points
_BUSINESS = 0.4  # of the pages
_LANGUAGES = {"en": 10, "fr": 3, "de": 3, "es": 2, "it": 2, "pt": 2, "nl": 2, "pl": 2}
_LATIN = "Ąßñçœ€Żłşéü"
_TURN = 0.35  # degrees, at most
# The engine writes straight ones only, and nobody can tell which stood there.
_STRAIGHT = str.maketrans(dict.fromkeys("‘’‚‛´`", "'") | dict.fromkeys("“”„‟", '"'))
_NEAREST = 0.6  # of the distance of two lines: what was read farther from a line is no reading of it


@dataclass(frozen=True)
class Set:
    """A page as it was set: the picture and each line's text and middle (pixels from the top)."""

    image: Image.Image
    lines: Sequence[tuple[str, float]]
    distance: float  # of two lines

    def line_at(self, y: float) -> int | None:
        """The number of the line that stands there, if one does."""
        nearest = min(range(len(self.lines)), key=lambda number: abs(self.lines[number][1] - y))
        return nearest if abs(self.lines[nearest][1] - y) < _NEAREST * self.distance else None


def set_page(lines: Sequence[str], font: ImageFont.FreeTypeFont, rng: Random) -> Set:
    """Black lines on white paper, as many as fit; what is too long for one is cut at a blank."""
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
    return Set(image, placed, distance)


def degrade(image: Image.Image, rng: Random) -> Image.Image:
    """One to three of the things that happen to paper on its way into a file; the size stays."""
    for change in rng.sample(_CHANGES, rng.choice((1, 2, 3, 3))):
        image = change(image, rng)
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
    """Strokes broken or run together, as in copies of copies."""
    filtered = image.filter(ImageFilter.MaxFilter(3) if rng.random() < 0.5 else ImageFilter.MinFilter(3))
    return Image.blend(image, filtered, rng.uniform(0.3, 0.7))


def _black_and_white(image: Image.Image, rng: Random) -> Image.Image:
    threshold = rng.randrange(110, 190)
    return image.point(lambda value: 255 if value > threshold else 0)


_CHANGES: tuple[Callable[[Image.Image, Random], Image.Image], ...] = (
    _blurred, _coarse, _compressed, _grainy, _faint, _worn, _black_and_white,
)  # fmt: skip


def read_lines(page: Set, read: Sequence[Line], turned: float) -> list[tuple[str, str]]:
    """What was read of each line and its truth; lines of which nothing was read are left out.

    Args:
        turned: by how many degrees, about its middle, the page lay when it was read.
    """
    pieces: list[list[tuple[float, str]]] = [[] for _ in page.lines]
    for line in read:
        x, y = (line.box.left + line.box.right) / 2, (line.box.top + line.box.bottom) / 2
        y += (x - page.image.width / 2) * math.tan(math.radians(turned))
        if (number := page.line_at(y)) is not None:
            pieces[number].append((line.box.left, line.raw))
    return [
        (" ".join(text for _, text in sorted(found)).translate(_STRAIGHT), truth.translate(_STRAIGHT))
        for found, (truth, _) in zip(pieces, page.lines, strict=True)
        if found and truth
    ]


def latin_fonts(folder: Path) -> list[Path]:
    """Fonts that have letters of all eight languages, in the order of their names."""
    return [path for path in sorted(folder.rglob("*.[to]tf")) if _has_all(path)]


def _has_all(path: Path) -> bool:
    font = ImageFont.truetype(path, 20)
    missing = bytes(font.getmask("\uffff"))
    return all(bytes(font.getmask(letter)) not in (missing, b"") for letter in _LATIN)


def any_page(
    corpus: Corpus,
    papers: Mapping[str, BusinessLines],
    fonts: Sequence[Path],
    rng: Random,
    only: str | None = None,
    business: float = _BUSINESS,
) -> tuple[str, Set]:
    """A page in one of the languages (``only`` in one), the font and its size drawn too; the language comes first.

    Args:
        business: the share of pages that are business papers.
    """
    language = only or rng.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]
    font = ImageFont.truetype(rng.choice(fonts), rng.choice(_SIZES))
    return language, set_page(text_of(language, corpus, papers, rng, business), font, rng)


def text_of(
    language: str, corpus: Corpus, papers: Mapping[str, BusinessLines], rng: Random, business: float = _BUSINESS
) -> list[str]:
    """The lines of a page: of business papers, or running text."""
    if rng.random() < business:
        return [papers[language].line(rng) for _ in range(_LINES)]
    return [corpus.line(language, rng) for _ in range(_LINES)]


def main() -> None:
    """Writes a row ``{"id", "ocr", "truth", "lang"}`` for every page; lines of both stand side by side."""
    parser = argparse.ArgumentParser(prog="python -m model_training.rendered", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/")
    parser.add_argument("--fonts", type=Path, required=True, help="folder with TrueType or OpenType fonts")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--language", choices=[*_LANGUAGES], help="of every page (default: drawn)")
    parser.add_argument("--business", type=float, default=_BUSINESS, help=f"share of pages (default {_BUSINESS})")
    parser.add_argument("--held-out", action="store_true", help="from text kept out of training, to measure with")
    options = parser.parse_args()
    from model_training.business import business_lines

    corpus, papers = load_corpus(options.data / "train_text", options.held_out), business_lines(options.seed)
    fonts, engine = latin_fonts(options.fonts), load_engine("rapidocr", 1)
    done = len(options.out.read_text("utf-8").splitlines()) if options.out.exists() else 0
    with options.out.open("a", encoding="utf-8") as out:
        for number in range(done, options.pages):
            rng = Random(f"{options.seed}:{number}")  # noqa: S311 - sampling, not secrecy
            language, page = any_page(corpus, papers, fonts, rng, options.language, options.business)
            turned = rng.uniform(-_TURN, _TURN)
            picture = degrade(page.image.rotate(turned, Image.Resampling.BICUBIC, fillcolor=255), rng)
            pairs = read_lines(page, engine.recognise(picture.convert("RGB"), DPI).lines, turned)
            ocr, truth = ("\n".join(part) for part in (zip(*pairs, strict=True) if pairs else ((), ())))
            row = {"id": f"rendered-{options.seed}-{number}", "ocr": ocr, "truth": truth, "lang": language}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
