"""Prints and wears 40 invoices, receipts, orders and letters in eight languages, with the truth of their fields.

    python samples/make_papers.py [--papers 40] [--seed 7] [--out DIR]

Writes ``NN.jpg`` (or ``.png`` for facsimiles in black and white) and ``truth.jsonl`` to ``papers/``; its rows
`benchmarks.fields` describes. The same seed gives the same papers. Needs Debian's ``fonts-liberation`` and
``fonts-dejavu-core``, and what `requirements/dev.txt` installs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

import numpy as np
from making import wear
from making.papers import Paper, make_paper, truth_of
from making.printed import image_of
from PIL import Image

FOLDER = Path(__file__).with_name("papers")
FONTS = (
    Path("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"),
    Path("/usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf"),
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"),
)
SHARE = 0.8  # of 150 dpi, for small files
QUALITY = 35  # of JPEG
FACSIMILE = 0.4  # share of papers in black and white


def worn(image: Image.Image, rng: Random) -> Image.Image:
    """Wears a print as copying and scanning do, more or less."""
    generator = np.random.default_rng(rng.randrange(2**32))
    if rng.random() < 0.6:
        image = wear.tilted(image, rng.uniform(-0.8, 0.8))
    if rng.random() < 0.5:
        image = wear.uneven_ink(image, generator, rng.uniform(0.2, 0.6))
    if rng.random() < 0.4:
        image = wear.speckled(image, generator, rng.uniform(0.02, 0.2))
    if rng.random() < 0.5:
        image = wear.blurred(image, rng.uniform(0.4, 0.9))
    return image.resize((round(image.width * SHARE), round(image.height * SHARE)), Image.Resampling.LANCZOS)


def save(paper: Paper, number: int, rng: Random, folder: Path) -> str:
    """Prints, wears and stores a paper; returns its file name."""
    image = worn(image_of(paper, rng.choice(FONTS)), rng)
    if rng.random() < FACSIMILE:
        name = f"{number:02}.png"
        image.point(lambda value: 255 * (value > 150)).convert("1").save(folder / name, optimize=True)
    else:
        name = f"{number:02}.jpg"
        image.convert("L").save(folder / name, quality=QUALITY, dpi=(120, 120))
    return name


def main() -> None:
    """Writes the papers and their truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    rows = []
    for number in range(options.papers):
        paper = make_paper(number, options.seed)
        name = save(paper, number, Random(f"{options.seed}:{number}:wear"), options.out)  # noqa: S311 - wear, no secrets
        rows.append({"id": f"paper-{number:02}", "image": name, "lang": paper.language, "truth": "", **truth_of(paper)})
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (options.out / "truth.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
