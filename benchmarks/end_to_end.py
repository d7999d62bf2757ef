"""Measures correction on scans: image in, corrected text out, with and without the recogniser's lattice.

    python -m benchmarks.end_to_end FOLDER --truth ROWS.jsonl [--limit 40] [--upper]

FOLDER contains page images. ROWS has objects with ``image`` (a path that ends in the image's name) and ``truth``. Each
image is recognised once and corrected twice. Prints JSON: bag-of-words F1 of the raw and of both corrected texts
(``--upper`` compares in upper case), and the edits of both by the truth: good where the corrected words stand in the
truth and the raw ones do not, bad the other way round, else unclear. A word counts as often as it stands in the truth.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from scanproof.cli.evaluation import Tally
from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.document import Edit, Line, Page
from scanproof.ocr.page import recognise_page_with_lattice
from scanproof.ocr.registry import Engines
from scanproof.opening.scan import open_scan
from scanproof.options import ScanOptions

Variant = str


def cased(text: str, upper: bool) -> str:
    """The text as it is compared."""
    return text.upper() if upper else text


def words(text: str, upper: bool) -> Counter[str]:
    """Counts the words of a text."""
    return Counter(cased(text, upper).split())


def verdict(line: Line, edit: Edit, raw: Counter[str], truth: Counter[str], upper: bool) -> str:
    """Judges one edit by the words that it touches, before and after it alone."""
    start, end = edit.start, edit.end
    while start and not line.raw[start - 1].isspace():
        start -= 1
    while end < len(line.raw) and not line.raw[end].isspace():
        end += 1
    before = words(line.raw[start:end], upper)
    after = words(line.raw[start : edit.start] + edit.corrected + line.raw[edit.end : end], upper)
    gain = (raw - before + after) & truth
    change = gain.total() - (raw & truth).total()
    if change == 0:
        return "unclear"
    return "good" if change > 0 else "bad"


def corrected(page: Page, lattice: object, pool: ModelPool) -> Page:
    """Corrects one page."""
    return correct_pages([page], pool, [ScanOptions()], [lattice])[0]  # type: ignore[list-item]


def main() -> None:
    """Prints the measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--upper", action="store_true")
    options = parser.parse_args()
    rows = [json.loads(row) for row in options.truth.read_text(encoding="utf-8").splitlines() if row.strip()]
    truths = {Path(row["image"]).name: row["truth"] for row in rows if row.get("image")}
    images = sorted(path for path in options.folder.iterdir() if path.name in truths)[: options.limit]
    engine, pool = Engines().get(ScanOptions()), ModelPool(load_corrector(), {})
    counts: dict[Variant, Counter[str]] = {"without lattice": Counter(), "with lattice": Counter()}
    tallies: dict[Variant, Tally] = {variant: Tally() for variant in ("raw", *counts)}
    for path in images:
        with open_scan(path, path.name) as scan:
            page, lattice = recognise_page_with_lattice(scan.page(1), 1, engine)
        true_text = cased(truths[path.name], options.upper)
        truth, raw = Counter(true_text.split()), words(page.raw_text, options.upper)
        tallies["raw"].add(cased(page.raw_text, options.upper), true_text)
        for variant, given in (("without lattice", None), ("with lattice", lattice)):
            result = corrected(page, given, pool)
            tallies[variant].add(cased(result.text, options.upper), true_text)
            for line in result.lines:
                counts[variant].update(verdict(line, edit, raw, truth, options.upper) for edit in line.edits)
                counts[variant].update(
                    "refused by the image" for refusal in line.refusals if refusal.guard == "image_certain"
                )
    answer: dict[str, object] = {"pages": len(images)}
    for variant, tally in tallies.items():
        answer[variant] = {"f1": round(tally.bag_of_words_f1, 4), **counts.get(variant, {})}
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    main()
