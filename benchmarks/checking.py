"""False alarms of the checks, and the digits that they find: ``python -m benchmarks.checking TRUTH.jsonl ...``.

The texts are right, and real documents add up: a flag on one is a false alarm. Invoices of our own making, with one
digit of one order row changed, tell how many of such errors are found.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from scanproof.extraction.extract import check_pages
from tests.unit.extraction.pages import page_of


def main() -> None:
    """Prints a line for each file, then the share of changed digits that were found."""
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
    """The rows of an invoice, one digit in one of them another."""
    rows = []
    for number in range(generator.randint(3, 8)):
        quantity, cents = generator.randint(1, 30), generator.randint(100, 20000)
        rows.append(f"Article {chr(65 + number)}     {quantity}     {cents / 100:.2f}     {quantity * cents / 100:.2f}")
    at = generator.randrange(len(rows))
    place = generator.choice([index for index, char in enumerate(rows[at]) if char.isdigit()])
    digit = generator.choice([char for char in "0123456789" if char != rows[at][place]])
    rows[at] = rows[at][:place] + digit + rows[at][place + 1 :]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
