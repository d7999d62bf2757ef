"""Measures the fast corrector on texts without scans, and prints the rows of the README's table.

    python -m benchmarks.texts --data DATA [--limit 60]

DATA has ``dev/``. Of sets that training or calibration used, only the documents of the part ``evaluate`` count; of each
set a fixed sample of at most ``--limit`` texts. The language is detected, as for a page. `scanproof evaluate` computes
the same measures for other texts.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.ablation import sample
from model_training.real_pairs import TEXT_SETS
from scanproof.cli.evaluation import evaluate
from scanproof.cli.text_correction import correct_text
from scanproof.correction.availability import load_corrector
from scanproof.correction.text import NO_LISTS

_TITLES = {
    "en_news_overproof": "English newspapers (overproof)",
    "en_contracts_kleister": "English contracts (Kleister)",
    "en_receipts_sroie": "English receipts (SROIE), read by Tesseract",
    "en_receipts_sroie_textonly": "SROIE, others",
    "de_news_nzz_train": "Swiss German newspaper (NZZ)",
    "de_books_dta19_train": "German books (DTA)",
    "fr_receipts_FR3": "French receipts (FR3)",
    "pl_books_poleval": "Polish books (PolEval)",
}


def main() -> None:
    """Prints a table, each row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=60, help="texts of each set (default 60)")
    options = parser.parse_args()
    corrector = load_corrector(threads=1)
    print("| text | texts | errors removed | improved | worsened | words right (F1) |\n" + "|---" * 6 + "|")
    for name, title in _TITLES.items():
        pairs = sample(options.data / "dev" / f"{name}.jsonl", options.limit)
        found = evaluate(
            pairs, lambda pair: correct_text(pair.ocr, corrector, None, NO_LISTS).text, upper=TEXT_SETS[name]
        ).summary()
        print(
            f"| {title} | {found['texts']} | {found['errors_removed']:.1%} | {found['texts_improved']:.0%} | "
            f"{found['texts_worsened']:.0%} | {found['bag_of_words_f1_before']:.3f} → "
            f"{found['bag_of_words_f1_after']:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
