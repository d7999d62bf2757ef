"""Measures false positives and recall of the consistency checks: ``python -m benchmarks.checking TRUTH.jsonl ...``.

The texts are true, and real documents add up, so a flag is a false positive. Recall is measured on generated invoices
with one changed digit in one order row.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from scanproof.extraction.extract import check_pages
from tests.unit.extraction.pages import page_of


def main() -> None:
    """Prints a line for each file, then how many changed digits were found."""
    for name in sys.argv[1:]:
        rows = [json.loads(row) for row in Path(name).read_text(encoding="utf-8").splitlines()]
        flagged = [(row["id"], flags) for row in rows if (flags := check_pages([page_of(row["truth"])]))]
        print(f"{Path(name).stem}: {len(flagged)} of {len(rows)} documents flagged")
        for identity, flags in flagged:
            print("  ", identity, *(f"{flag.code}: {flag.message}" for flag in flags), sep="\n     ")
    generator = random.Random(0)  # noqa: S311 - invoices, no secrets
    found = sum(bool(check_pages([page_of(changed_invoice(generator))])) for _ in range(500))
    print(f"one digit of one row changed: {found} of 500 flagged")


def changed_invoice(generator: random.Random) -> str:
    """Generates the rows of an invoice, with one digit in one of them changed."""
    rows = []
    for number in range(generator.randint(3, 8)):
        quantity, cents = generator.randint(1, 30), generator.randint(100, 20000)
        rows.append(f"Article {chr(65 + number)}     {quantity}     {cents / 100:.2f}     {quantity * cents / 100:.2f}")
    row = generator.randrange(len(rows))
    position = generator.choice([index for index, char in enumerate(rows[row]) if char.isdigit()])
    digit = generator.choice([char for char in "0123456789" if char != rows[row][position]])
    rows[row] = rows[row][:position] + digit + rows[row][position + 1 :]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
