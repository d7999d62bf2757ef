"""``python -m model_training.label_coverage --data DIR``: the share of real errors that labels can undo in one pass.

An error is one edit of a shortest edit script (``changes_of``). Prints one JSON object for each set.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from model_training.label_set import label_names
from model_training.labels import changes_of, labels_of
from model_training.real_pairs import TRAINING_SETS, Pair, line_pairs


def count_covered(pairs: Iterable[Pair], label_set: frozenset[str]) -> tuple[int, int]:
    """The number of errors, and the number of those that labels of ``label_set`` undo."""
    errors = covered = 0
    for pair in pairs:
        labels = labels_of(pair.ocr, pair.truth)
        for change in changes_of(pair.ocr, pair.truth):
            inserted = change.start == change.end
            needed = [labels[change.start]] if inserted else labels[change.start + 1 : change.end + 1]
            errors += 1
            covered += all(label in label_set for label in needed)
    return errors, covered


def main() -> None:
    """Prints the number of errors and the covered share of each set."""
    parser = argparse.ArgumentParser(prog="python -m model_training.label_coverage", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with dev/")
    options = parser.parse_args()
    label_set = frozenset(label_names())
    for name in TRAINING_SETS:
        errors, covered = count_covered(line_pairs(options.data / "dev", "evaluate", [name]), label_set)
        print(json.dumps({"set": name, "errors": errors, "covered": round(covered / max(1, errors), 4)}))


if __name__ == "__main__":
    main()
