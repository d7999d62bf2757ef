"""``python -m model_training.label_coverage --data DIR``: what share of real errors the label set can undo in one pass.

An error is a change of neighbouring characters that lines need (``changes_of``). One JSON object for each set.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from model_training.label_set import label_names
from model_training.labels import changes_of, labels_of
from model_training.real_pairs import TRAINING_SETS, Pair, line_pairs


def expressible(pairs: Iterable[Pair], known: frozenset[str]) -> tuple[int, int]:
    """How many errors there are, and how many of them labels of ``known`` undo."""
    errors = sayable = 0
    for pair in pairs:
        labels = labels_of(pair.ocr, pair.truth)
        for change in changes_of(pair.ocr, pair.truth):
            inserted = change.start == change.end
            needed = [labels[change.start]] if inserted else labels[change.start + 1 : change.end + 1]
            errors += 1
            sayable += all(label in known for label in needed)
    return errors, sayable


def main() -> None:
    """Prints errors and the share that can be said, by set."""
    parser = argparse.ArgumentParser(prog="python -m model_training.label_coverage", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with dev/")
    options = parser.parse_args()
    known = frozenset(label_names())
    for name in TRAINING_SETS:
        errors, sayable = expressible(line_pairs(options.data / "dev", "evaluate", [name]), known)
        print(json.dumps({"set": name, "errors": errors, "expressible": round(sayable / max(1, errors), 4)}))


if __name__ == "__main__":
    main()
