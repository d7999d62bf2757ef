"""``python -m model_training.error_rates --data DIR --model models/fast``: measures how often engines confuse strings.

It averages the confusions of each engine, scaled so that one character in a hundred is misread.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from model_training.confusions import ConfusionTable
from model_training.noise import load_noise
from model_training.real_pairs import line_pairs
from scanproof.correction.confusions import NEVER
from scanproof.correction.fast.model_folder import ERROR_RATES_FILE

_ERROR_RATE = 0.01  # per character


def error_rates(tables: Sequence[ConfusionTable]) -> dict[str, dict[str, float]]:
    """log10 of the mean rates, in the form that `scanproof.correction.fast.resources` reads."""
    rates: dict[tuple[str, str], float] = defaultdict(float)
    for table in tables:
        share = _ERROR_RATE / table.base_rate / len(tables)
        chances = [(truth, table.probability[truth], outcomes) for truth, outcomes in table.outcomes.items()]
        for truth, chance, outcomes in [*chances, ("", table.insertion_probability, table.inserted)]:
            for reading, count in zip(outcomes.readings, outcomes.counts, strict=True):
                rates[truth, reading] += share * chance * count / sum(outcomes.counts)
    written: dict[str, dict[str, float]] = defaultdict(dict)
    for (truth, reading), rate in sorted(rates.items()):
        if rate > 10**NEVER and truth != reading:
            written[truth][reading] = round(math.log10(rate), 2)
    return dict(written)


def main() -> None:
    """Writes ``error_rates.json`` into the model's folder."""
    parser = argparse.ArgumentParser(prog="python -m model_training.error_rates", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--readings", type=Path, nargs="*", default=[], help="rendered pages (see rendered.py)")
    options = parser.parse_args()
    rendered = line_pairs(options.data / "dev", "train", (), options.readings)
    noise = load_noise(options.data / "dev" / "confusions", rendered)
    rates = error_rates(list({id(table): table for tables in noise.tables.values() for table in tables}.values()))
    text = json.dumps(rates, ensure_ascii=False, indent=0, sort_keys=True)
    (options.model / ERROR_RATES_FILE).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
