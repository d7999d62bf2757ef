"""Measures turning and straightening of pages: ``python -m benchmarks.orientation --data DIR --fonts DIR``.

Pages are rendered from text in DIR/train_text and degraded. Three parts, each of which can be chosen with ``--only``:

    turned       rendered pages at four orientations: the share that is turned upright. A page that is turned back has
                 the same pixels as the upright one, so its text is the same; where it is not, both are read.
    distorted    rendered pages, skewed by up to 10 degrees, in perspective, and photographed on a table, at a drawn
                 orientation: the share that is turned upright, and the character error rate (CER) of the upright page
                 as rendered, of the distorted page as it lies, and of the straightened page
    upright      upright prose, tables, sparse pages, receipts, Chinese pages and vertical Chinese text (the last two
                 with ``--cjk FONT``): how many are turned or straightened
    scans        images in the folders that ``--scans`` names, at four orientations

Prints JSON. ``cost`` is the CPU time of everything that orientation adds (the located text is used by recognition),
relative to that of recognition, on scans and every fifth upright rendered page.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from model_training.corpus import Corpus, load_corpus
from model_training.rendered import DPI, degrade, latin_fonts, render_page
from scanproof.ocr.rapidocr import RapidOcrEngine
from scanproof.ocr.straighten import straighten
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage

TURNS = (0, 90, 180, 270)
_LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "pl")
_SUFFIXES = {".png", ".jpg", ".jpeg"}
_CHINESE = (
    "本周三下午，读书会在旧图书馆二楼举行，共有十八位会员到场。大家讨论了秋季的阅读计划，并选出三本新书。图书馆决定从十月起延长"
    "开放时间，每晚八点半关门。儿童阅览室将重新粉刷，工程预计需要两个星期。请各位会员在九月二十五日之前归还所借的图书。"
)
_A4 = (1240, 1754)
_LEGIBLE = 0.15  # CER; degraded pages with more are drawn again


class Renderer:
    """Renders pages of several kinds; the same seed gives the same pages."""

    def __init__(self, corpus: Corpus, fonts: Sequence[Path], cjk: Path | None) -> None:
        self._corpus = corpus
        self._fonts = fonts
        self._cjk = cjk

    def kinds(self) -> list[str]:
        """The kinds of pages that the given fonts allow."""
        return ["prose", "table", "sparse", "receipt", *(("chinese", "vertical_chinese") if self._cjk else ())]

    def page(self, kind: str, rng: Random) -> tuple[Image.Image, str]:
        """Renders a page in grey, degraded; returns it and its text."""
        image, text = getattr(self, f"_{kind}")(rng)
        return degrade(image, rng), text

    def _font(self, rng: Random, sizes: Sequence[int] = (14, 16, 18, 20, 24)) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(rng.choice(self._fonts), rng.choice(sizes))

    def _prose(self, rng: Random) -> tuple[Image.Image, str]:
        language = rng.choice(_LANGUAGES)
        page = render_page([self._corpus.line(language, rng) for _ in range(36)], self._font(rng), rng)
        return page.image, "\n".join(line for line, _ in page.lines)

    def _table(self, rng: Random) -> tuple[Image.Image, str]:
        font, rows, columns = self._font(rng), rng.randrange(12, 36), rng.randrange(3, 8)
        image = Image.new("L", _A4, 255)
        draw = ImageDraw.Draw(image)
        step, width = 1500 // rows, 1100 // columns
        cells = [[f"{rng.uniform(0, 10 ** rng.randrange(1, 5)):,.2f}" for _ in range(columns)] for _ in range(rows)]
        for row, values in enumerate(cells):
            draw.line([(70, 100 + row * step), (1170, 100 + row * step)], fill=60)
            for column, value in enumerate(values):
                draw.text((70 + (column + 1) * width - 10, 112 + row * step), value, 0, font, anchor="ra")
        for column in range(columns + 1):
            draw.line([(70 + column * width, 100), (70 + column * width, 100 + rows * step)], fill=60)
        return image, "\n".join(" ".join(row) for row in cells)

    def _sparse(self, rng: Random) -> tuple[Image.Image, str]:
        font, image = self._font(rng), Image.new("L", _A4, 255)
        lines = [" ".join(self._corpus.line("en", rng).split()[: rng.randrange(1, 4)]) for _ in range(rng.randrange(5))]
        for line in lines:
            ImageDraw.Draw(image).text((rng.randrange(80, 700), rng.randrange(80, 1600)), line, 0, font)
        return image, "\n".join(lines)

    def _receipt(self, rng: Random) -> tuple[Image.Image, str]:
        font, rows = self._font(rng, (18, 20, 22)), rng.randrange(15, 50)
        image = Image.new("L", (460, 80 + rows * 32), 255)
        draw, lines = ImageDraw.Draw(image), []
        for row in range(rows):
            item, price = self._corpus.line("en", rng)[:18].strip(), f"{rng.uniform(0.5, 90):.2f}"
            draw.text((30, 40 + row * 32), item, 0, font)
            draw.text((430, 40 + row * 32), price, 0, font, anchor="ra")
            lines.append(f"{item} {price}")
        return image, "\n".join(lines)

    def _characters(self, rng: Random) -> tuple[ImageFont.FreeTypeFont, int]:
        if self._cjk is None:
            raise ValueError("no CJK font")
        return ImageFont.truetype(self._cjk, rng.choice((22, 26, 30)), index=2), rng.randrange(len(_CHINESE))

    def _chinese(self, rng: Random) -> tuple[Image.Image, str]:
        (font, start), image = self._characters(rng), Image.new("L", _A4, 255)
        text = (_CHINESE[start:] + _CHINESE) * 5
        lines = [text[row * 32 : row * 32 + 32] for row in range(rng.randrange(6, 20))]
        for row, line in enumerate(lines):
            ImageDraw.Draw(image).text((100, 100 + row * 60), line, 0, font)
        return image, "\n".join(lines)

    def _vertical_chinese(self, rng: Random) -> tuple[Image.Image, str]:
        (font, start), image = self._characters(rng), Image.new("L", _A4, 255)
        text = (_CHINESE[start:] + _CHINESE) * 5
        columns = [text[column * 36 : column * 36 + 36] for column in range(rng.randrange(3, 15))]
        for column, line in enumerate(columns):
            for row, character in enumerate(line):
                place = (1100 - column * round(font.size * 2.2), 100 + row * round(font.size * 1.15))
                ImageDraw.Draw(image).text(place, character, 0, font)
        return image, "\n".join(columns)


def skewed(image: Image.Image, rng: Random) -> Image.Image:
    """Skews by up to 10 degrees, as a sheet laid carelessly on the glass."""
    degrees = rng.uniform(-10, 10)
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def in_perspective(image: Image.Image, rng: Random) -> Image.Image:
    """Photographs the middle of a sheet from an angle: only paper is in the picture, lines fan out."""
    return _photographed(image, rng, ground=255, inset=0.0, grain=0)


def on_a_table(image: Image.Image, rng: Random) -> Image.Image:
    """Photographs a sheet on a darker table from an angle."""
    return _photographed(image, rng, ground=rng.randrange(40, 130), inset=0.06, grain=6)


def _photographed(image: Image.Image, rng: Random, ground: int, inset: float, grain: float) -> Image.Image:
    width, height = image.width * (1 + 2 * inset), image.height * (1 + 2 * inset)
    corners = [[inset, inset], [1 - inset, inset], [1 - inset, 1 - inset], [inset, 1 - inset]]
    moved = [[(x + rng.uniform(0, 0.06) * (1 - 2 * (x > 0.5))) * width,
              (y + rng.uniform(0, 0.06) * (1 - 2 * (y > 0.5))) * height] for x, y in corners]  # fmt: skip
    square = np.array([[0, 0], [image.width, 0], [image.width, image.height], [0, image.height]], np.float32)
    matrix = cv2.getPerspectiveTransform(square, np.array(moved, np.float32))
    size = (round(width), round(height))
    pixels = cv2.warpPerspective(np.asarray(image), matrix, size, flags=cv2.INTER_CUBIC, borderValue=(ground,))
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, grain, pixels.shape) if grain else 0.0
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


DISTORTIONS = {"skewed": skewed, "in_perspective": in_perspective, "on_a_table": on_a_table}


def errors(text: str, truth: str) -> tuple[int, int]:
    """Returns the character errors of ``text`` and the length of ``truth``, whitespace collapsed."""
    text, truth = " ".join(text.split()), " ".join(truth.split())
    return Levenshtein.distance(text, truth), len(truth)


def turned_clockwise(image: Image.Image, degrees: int) -> Image.Image:
    """Turns ``image`` without loss."""
    return image.rotate(-degrees, expand=True)


def read(engine: RapidOcrEngine, image: Image.Image) -> str:
    """Recognises ``image`` as it lies."""
    return "\n".join(line.raw for line in engine.recognise(image, DPI).lines)


class Cost:
    """CPU seconds of recognition, and of what orientation adds to it."""

    def __init__(self) -> None:
        self.recognition = self.orientation = 0.0
        self.pages = 0

    def measure(self, engine: RapidOcrEngine, image: Image.Image) -> str:
        """Measures on one upright page; returns its text."""
        times = [time.process_time()]
        engine.locate(image)
        times.append(time.process_time())
        straight = straighten(image, engine)
        times.append(time.process_time())
        text = read(engine, image)
        times.append(time.process_time())
        self.recognition += times[1] - times[0] + times[3] - times[2]
        self.orientation += times[2] - times[1]
        if straight.image is not image:  # its text is located once more
            engine.locate(straight.image)
            self.orientation += time.process_time() - times[3]
        self.pages += 1
        return text

    def summary(self) -> dict[str, float]:
        """Returns seconds a page and the ratio."""
        return {
            "pages": self.pages,
            "recognition_s": round(self.recognition / max(self.pages, 1), 3),
            "ratio": round(self.orientation / max(self.recognition, 1e-9), 4),
        }


def legible_page(renderer: Renderer, engine: RapidOcrEngine, kind: str, rng: Random) -> tuple[Image.Image, str, str]:
    """Renders a page that is not degraded beyond recognition; returns it, its text and what is read of it."""
    while True:
        grey, truth = renderer.page(kind, rng)
        text = read(engine, grey.convert("RGB"))
        wrong, length = errors(text, truth)
        if wrong <= _LEGIBLE * length:
            return grey, truth, text


def measure_turned(renderer: Renderer, engine: RapidOcrEngine, count: int, seed: str, cost: Cost) -> dict[str, Any]:
    """Measures rendered pages at four orientations."""
    right: Counter[int] = Counter()
    wrong: list[str] = []
    before = after = characters = 0
    for number in range(count):
        rng = Random(f"{seed}turned:{number}")  # noqa: S311 - sampling, not secrecy
        kind = rng.choice(["prose", "prose", "table", "receipt"])
        grey, truth, text = legible_page(renderer, engine, kind, rng)
        image = grey.convert("RGB")
        if number % 5 == 0:
            cost.measure(engine, image)
        for turn in TURNS:
            straight = straighten(turned_clockwise(image, turn), engine)
            ok = (straight.rotation + turn) % 360 == 0
            right[turn] += ok
            if not ok:
                wrong.append(f"{number} at {turn}: {straight.rotation}")
            same = straight.image.size == image.size and np.array_equal(np.asarray(straight.image), np.asarray(image))
            upright_errors, length = errors(text, truth)
            before, characters = before + upright_errors, characters + length
            after += upright_errors if same else errors(read(engine, straight.image), truth)[0]
    return {
        "pages": count,
        "turned_right": {turn: f"{right[turn]} of {count}" for turn in TURNS},
        "wrong": wrong,
        "cer": {"upright": round(before / characters, 5), "turned_back": round(after / characters, 5)},
    }


def measure_distorted(renderer: Renderer, engine: RapidOcrEngine, count: int, seed: str) -> dict[str, Any]:
    """Measures distorted pages at drawn orientations."""
    found = {}
    for name, distort in DISTORTIONS.items():
        right = straightened = 0
        wrong: list[str] = []
        sums: dict[str, int] = defaultdict(int)
        for number in range(count):
            rng = Random(f"{seed}{name}:{number}")  # noqa: S311 - sampling, not secrecy
            grey, truth, upright = legible_page(renderer, engine, rng.choice(["prose", "prose", "receipt"]), rng)
            distorted = distort(grey, rng).convert("RGB")
            turn = rng.choice(TURNS)
            straight = straighten(turned_clockwise(distorted, turn), engine)
            ok = (straight.rotation + turn) % 360 == 0
            right += ok
            if not ok:
                wrong.append(f"{number} at {turn}: {straight.rotation}")
            straightened += straight.image.size != distorted.size or straight.skew != 0
            for reading, text in (
                ("upright", upright),
                ("as_it_lies", read(engine, distorted)),
                ("straightened", read(engine, straight.image)),
            ):
                sums[reading] += errors(text, truth)[0]
            sums["characters"] += errors("", truth)[1]
        rates = {key: round(value / sums["characters"], 5) for key, value in sums.items() if key != "characters"}
        found[name] = {
            "pages": count,
            "turned_right": right,
            "wrong": wrong,
            "straightened": straightened,
            "cer": rates,
        }
    return found


def measure_upright(renderer: Renderer, engine: RapidOcrEngine, count: int, seed: str) -> dict[str, Any]:
    """Counts upright pages of all kinds that are turned or straightened."""
    kinds = renderer.kinds()
    turned: list[str] = []
    straightened: list[str] = []
    pages: Counter[str] = Counter()
    for number in range(count):
        kind = kinds[number % len(kinds)]
        rng = Random(f"{seed}upright:{number}")  # noqa: S311 - sampling, not secrecy
        image, _ = _rgb(renderer.page(kind, rng))
        straight = straighten(image, engine)
        pages[kind] += 1
        if straight.rotation:
            turned.append(f"{kind} {number}: {straight.rotation}")
        elif straight.transform:
            straightened.append(f"{kind} {number}: {straight.skew}")
    return {"pages": dict(pages), "turned": turned, "straightened": straightened}


def measure_scans(
    engine: RapidOcrEngine, folders: Sequence[Path], every: int, truths: Mapping[str, str], cost: Cost
) -> dict[str, Any]:
    """Measures provided images at four orientations; with truths, word recall of those that are straightened."""
    right: Counter[int] = Counter()
    wrong: list[str] = []
    straightened: dict[str, object] = {}
    paths = list(_scans(folders))[::every]
    for path in paths:
        with open_scan(path, path.name) as scan:
            page = scan.page(1)
        if not isinstance(page, ImagePage):
            continue
        text = cost.measure(engine, page.image)
        for turn in TURNS:
            straight = straighten(turned_clockwise(page.image, turn), engine)
            ok = (straight.rotation + turn) % 360 == 0
            right[turn] += ok
            if not ok:
                wrong.append(f"{path.name} at {turn}: {straight.rotation}")
            if turn == 0 and straight.transform:
                truth = truths.get(path.name, "")
                recalls = [_recall(text, truth), _recall(read(engine, straight.image), truth)] if truth else []
                straightened[path.name] = [straight.skew, *straight.warnings, *recalls]
    return {
        "images": len(paths),
        "turned_right": {turn: right[turn] for turn in TURNS},
        "wrong": wrong,
        "straightened": straightened,
    }


def _recall(text: str, truth: str) -> float:
    found, wanted = Counter(text.upper().split()), Counter(truth.upper().split())
    return round((found & wanted).total() / max(wanted.total(), 1), 4)


def _scans(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


def _rgb(page: tuple[Image.Image, str]) -> tuple[Image.Image, str]:
    return page[0].convert("RGB"), page[1]


def main() -> None:
    """Parses the arguments, measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orientation", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with train_text/")
    parser.add_argument("--fonts", type=Path, help="folder with TrueType or OpenType fonts")
    parser.add_argument("--cjk", type=Path, help="a collection of Chinese fonts, such as NotoSansCJK-Regular.ttc")
    parser.add_argument("--pages", type=int, default=60, help="at four orientations, and of each distortion")
    parser.add_argument("--upright", type=int, default=200)
    parser.add_argument("--seed", default="", help="any text; another one draws other pages")
    parser.add_argument("--scans", type=Path, nargs="*", default=[])
    parser.add_argument("--every", type=int, default=1, help="use every n-th scan")
    parser.add_argument("--truth", type=Path, nargs="*", default=[], help="rows with image and truth of the scans")
    parser.add_argument("--only", choices=["turned", "distorted", "upright", "scans"], nargs="*")
    options = parser.parse_args()
    only = options.only or ["turned", "distorted", "upright", "scans"]
    engine, cost = RapidOcrEngine(threads=1), Cost()
    result: dict[str, Any] = {}
    if {"turned", "distorted", "upright"} & set(only):
        corpus = load_corpus(options.data / "train_text", held_out=True)
        renderer = Renderer(corpus, latin_fonts(options.fonts), options.cjk)
        if "turned" in only:
            result["turned"] = measure_turned(renderer, engine, options.pages, options.seed, cost)
        if "distorted" in only:
            result["distorted"] = measure_distorted(renderer, engine, options.pages, options.seed)
        if "upright" in only:
            result["upright"] = measure_upright(renderer, engine, options.upright, options.seed)
    if "scans" in only and options.scans:
        rows = [json.loads(row) for path in options.truth for row in path.open(encoding="utf-8")]
        truths = {Path(row["image"]).name: row["truth"] for row in rows}
        result["scans"] = measure_scans(engine, options.scans, options.every, truths, cost)
    result["cost"] = cost.summary()
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
