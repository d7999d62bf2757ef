"""``python -m model_training.evaluate --data DIR --model models/fast``: measures the corrector on real readings.

Of sets that training used only the ``evaluate`` part counts; the others count whole. Clean text is the part of the
training text that was kept out.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from model_training.business import business_lines, business_words
from model_training.calibrate import clean_pairs
from model_training.real_pairs import CALIBRATION_SETS, TEXT_SETS, documents
from model_training.synthetic_eval import evaluate_synthetic
from scanproof.cli.evaluation import Pair, evaluate
from scanproof.correction.base import Corrector
from scanproof.correction.fast.corrector import FastCorrector, load_fast, load_line_analyzer
from scanproof.correction.fast.reranker import Risk, load_reranker
from scanproof.language import LanguagePosterior

_SETS = TEXT_SETS | {"invoices_pdf": False}  # whether to compare in upper case
_SEED = 11


@dataclass(frozen=True)
class Variant:
    """A corrector with its calibrated thresholds, or with one threshold for every change."""

    threshold: float | None
    corrector: Corrector


def main() -> None:
    """Prints one JSON object for each set and variant."""
    parser = argparse.ArgumentParser(prog="python -m model_training.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder with onnx/cpu and reranker.json")
    parser.add_argument("--texts", type=int, default=150, help="maximum of each set (default 150)")
    parser.add_argument(
        "--thresholds", type=float, nargs="*", default=[], help="also with each of these, for all changes"
    )
    parser.add_argument("--readings", type=Path, nargs="*", default=[], help="more scans (see page_readings.py)")
    parser.add_argument("--clean-lines", type=int, default=6000, help="clean lines (default 6000; 0: none)")
    parser.add_argument("--invoice-lines", type=int, default=300, help="lines for each kind of error (default 300)")
    options = parser.parse_args()
    paths = [*(options.data / "dev" / f"{name}.jsonl" for name in _SETS), *options.readings]
    for variant in variants(options.model, options.thresholds):
        for path in paths:
            upper = _SETS.get(path.stem, "sroie" in path.stem)
            summary = evaluate(list(sample(path, options.texts)), corrected(variant.corrector), upper=upper).summary()
            print(json.dumps({"threshold": variant.threshold, "set": path.stem, **summary}), flush=True)
        if options.clean_lines:
            harm = harm_of(variant.corrector, options.data, options.clean_lines)
            print(json.dumps({"threshold": variant.threshold, "set": "clean", **harm}), flush=True)
        if options.invoice_lines:
            kinds = evaluate_synthetic(
                variant.corrector, business_lines(_SEED)["en"], vocabulary(), options.invoice_lines, _SEED
            )
            print(
                json.dumps({"threshold": variant.threshold, "set": "invoices, one error a line", **kinds}), flush=True
            )


def variants(model: Path, thresholds: list[float]) -> Iterator[Variant]:
    """The model as calibrated, then with one threshold at a time for all changes."""
    yield Variant(None, load_fast(model))
    analyzer, reranker = load_line_analyzer(model), load_reranker(model)
    for threshold in thresholds:
        same = {"thresholds": dict.fromkeys(Risk, threshold), "noisy_spelling": threshold}
        uniform = reranker.model_copy(update=same)
        yield Variant(threshold, FastCorrector(analyzer, uniform, threads=1))


def sample(path: Path, count: int) -> Iterator[Pair]:
    """A fixed sample of at most ``count`` texts that were used neither for training nor for calibration."""
    used = {name for names in CALIBRATION_SETS.values() for name in names}
    part = "evaluate" if path.stem in used or path.stem.startswith("en_receipts_sroie") else None
    rows = list(documents(path, part))
    for row in Random(_SEED).sample(rows, min(count, len(rows))):  # noqa: S311
        yield Pair(row["id"], row["ocr"], row["truth"], row.get("lang"))


def corrected(corrector: Corrector) -> Callable[[Pair], str]:
    """A function that corrects a text line by line."""

    def of_pair(pair: Pair) -> str:
        return "\n".join(
            line.text for line in corrector.correct(pair.ocr.split("\n"), LanguagePosterior.certain(pair.language))
        )

    return of_pair


def vocabulary() -> frozenset[str]:
    """The words of English business documents that are no names, in lower case."""
    return frozenset(word.lower() for text in business_words("en") for word in re.findall(r"[^\W\d_]+", text))


def harm_of(corrector: Corrector, data: Path, lines: int) -> dict[str, dict[str, int]]:
    """Counts the edits made to clean running text, by language."""
    harm: dict[str, dict[str, int]] = {}
    for pair in clean_pairs(data, lines, business=False):
        result = corrector.correct([pair.ocr], LanguagePosterior.certain(pair.language))[0]
        counts = harm.setdefault(pair.language, {"characters": 0, "edits": 0})
        counts["characters"] += len(pair.ocr)
        counts["edits"] += len(result.edits)
    return harm


if __name__ == "__main__":
    main()
