"""``python -m model_training.reliability --data DIR --model models/fast``: measures calibration.

On documents used neither for training nor for calibration: of all candidates with a probability of about p, a share of
about p should reduce the errors. Prints a table of ten bins and draws it to ``reliability.svg`` in the model's folder.
A neutral candidate counts as a quarter, as in calibration.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import mean

from model_training.labelled_candidates import label_candidates, labels_from_gains, rows_of
from model_training.real_pairs import CALIBRATION_SETS, line_pairs
from scanproof.correction.fast.corrector import load_line_analyzer
from scanproof.correction.fast.reranker import load_reranker

_BINS = 10
_SIDE, _EDGE = 320, 40

Bin = tuple[float, float, int]  # mean probability, share that was right, edits


def binned(probabilities: Sequence[float], right: Sequence[float]) -> list[Bin]:
    """The bins of equal width that hold any candidate."""
    bins: list[list[tuple[float, float]]] = [[] for _ in range(_BINS)]
    for probability, was_right in zip(probabilities, right, strict=True):
        bins[min(_BINS - 1, int(probability * _BINS))].append((probability, was_right))
    return [(mean(p for p, _ in held), mean(r for _, r in held), len(held)) for held in bins if held]


def reliability_diagram(bins: Sequence[Bin]) -> str:
    """Draws the bins as an SVG, with dots as large as they hold edits; on the diagonal they are calibrated."""
    most = max(count for _, _, count in bins)

    def at(p: float, share: float) -> tuple[float, float]:
        return _EDGE + p * _SIDE, _EDGE + (1 - share) * _SIDE

    dots = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{4 + 8 * (count / most) ** 0.5:.1f}" fill="#2a6f97" fill-opacity="0.8"/>'
        for (x, y), count in ((at(p, share), count) for p, share, count in bins)
    )
    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    size = _SIDE + 2 * _EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" font-family="sans-serif">'
        f'<rect width="{size}" height="{size}" fill="white"/>'
        f'<path d="M{x0:.0f} {y1:.0f}V{y0:.0f}H{x1:.0f}" fill="none" stroke="#444"/>'
        f'<path d="M{x0:.0f} {y0:.0f}L{x1:.0f} {y1:.0f}" stroke="#bbb" stroke-dasharray="4"/>{dots}'
        f'<text x="{size / 2:.0f}" y="{size - 10}" text-anchor="middle">probability given (0 to 1)</text>'
        f'<text x="14" y="{size / 2:.0f}" text-anchor="middle" transform="rotate(-90 14 {size / 2:.0f})">'
        "share that was right (0 to 1)</text></svg>\n"
    )


def main() -> None:
    """Prints the bins as a Markdown table and writes the diagram."""
    parser = argparse.ArgumentParser(prog="python -m model_training.reliability", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--lines", type=int, default=3000, help="maximum of lines (default 3000)")
    options = parser.parse_args()
    pairs = [
        pair for names in CALIBRATION_SETS.values() for pair in line_pairs(options.data / "dev", "evaluate", names)
    ]
    chosen = Random(1).sample(pairs, min(options.lines, len(pairs)))  # noqa: S311
    reranker = load_reranker(options.model)
    rows = rows_of(label_candidates(load_line_analyzer(options.model), chosen))
    bins = binned(reranker.probabilities(rows.features).tolist(), labels_from_gains(rows.gains).tolist())
    print("| probability given | share right | edits |\n|---|---|---|")
    for probability, share, count in bins:
        print(f"| {probability:.2f} | {share:.2f} | {count} |")
    (options.model / "reliability.svg").write_text(reliability_diagram(bins), "utf-8")


if __name__ == "__main__":
    main()
