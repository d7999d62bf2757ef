"""Measures how often the language of texts is detected: with the bundled lexicon, as for pages.

    python -m benchmarks.languages TEXTS.jsonl... [--lines 25]

Rows are ``{"ocr", "lang"}``, as for ``scanproof evaluate``. Prints for each file and language how many texts are taken
for their language, for none, for another language than the corrector's, and for a wrong one of the corrector's. A text
in a language that the corrector was not made for is right as another one.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from scanproof.correction.fast.lexicon import Lexicon
from scanproof.correction.fast.model_folder import default_folder, load_lexicon
from scanproof.language import detect_language

_OUTCOMES = ("right", "unknown", "other", "wrong")


def outcome(text: str, language: str, lexicon: Lexicon) -> str:
    """What the detector makes of a text in ``language``."""
    found = detect_language(text, lexicon)
    if found.code == language or (found.is_other and language not in lexicon.languages):
        return "right"
    if found.code is None:
        return "other" if found.is_other else "unknown"
    return "wrong" if found.code in lexicon.languages else "other"


def texts_of(path: Path, lines: int | None) -> Iterator[tuple[str, str]]:
    """The language and text of each row, cut to ``lines`` lines."""
    with path.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            if row["ocr"] and row.get("lang"):
                yield row["lang"], "\n".join(row["ocr"].split("\n")[:lines])


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--lines", type=int, help="of each text (default all)")
    options = parser.parse_args()
    lexicon = load_lexicon(default_folder())
    print(f"| texts | language | {' | '.join(_OUTCOMES)} |\n|{'---|' * (2 + len(_OUTCOMES))}")
    for path in options.texts:
        counts: dict[str, Counter[str]] = {}
        for language, text in texts_of(path, options.lines):
            counts.setdefault(language, Counter())[outcome(text, language, lexicon)] += 1
        for language, found in sorted(counts.items()):
            print(f"| {path.stem} | {language} | {' | '.join(str(found[name]) for name in _OUTCOMES)} |")


if __name__ == "__main__":
    main()
