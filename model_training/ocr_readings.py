"""Reads scans with RapidOCR and pairs the recognised text with its truth, for training.

    python -m model_training.ocr_readings --images DIR --truth ROWS.jsonl --out READ.jsonl

RapidOCR makes other errors than the engines with which most sets of pairs were read: it joins words and loses letters.
The rows keep their ids, so that a scan belongs to the same part whatever engine read it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from scanproof.ocr.registry import load_engine
from scanproof.opening.scan import open_scan
from scanproof.page_image import ImagePage


def main() -> None:
    """Writes a row ``{"id", "ocr", "truth", "lang"}`` for every row whose image exists."""
    parser = argparse.ArgumentParser(prog="python -m model_training.ocr_readings", description=__doc__)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True, help='rows {"id", "image", "truth", "lang"}')
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    engine = load_engine("rapidocr", options.threads)
    with options.truth.open(encoding="utf-8") as rows, options.out.open("w", encoding="utf-8") as out:
        for row in map(json.loads, rows):
            path = options.images / Path(row.get("image") or "").name
            if not path.is_file():
                continue
            with open_scan(path, path.name) as scan:
                page = scan.page(1)
            if isinstance(page, ImagePage):
                ocr = "\n".join(line.raw for line in engine.recognise(page.image, page.dpi).lines)
                out.write(json.dumps({key: row[key] for key in ("id", "truth", "lang")} | {"ocr": ocr}) + "\n")


if __name__ == "__main__":
    main()
