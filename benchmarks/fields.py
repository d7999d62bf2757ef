"""Measures the accuracy of the key fields: ``python -m benchmarks.fields RECEIPTS.jsonl [--text ocr] [--show]``.

Rows: ``{"id", "truth", "ocr", "fields": {"company", "date", "total"}}``, text in lines. Pages are built from the lines
with boxes as a monospaced printer would set them; real boxes contain more information. A date is correct if it is the
same calendar day, a total if it is the same number, a vendor if the similarity of its letters is at least 90 %. Prints
JSON.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rapidfuzz.fuzz import ratio

from scanproof.document import Box, FieldName, KeyField, Line, Page, PageSource
from scanproof.extraction.extract import extract_fields
from scanproof.values.amounts import parse_amount
from scanproof.values.dates import parse_date

CHARACTER, LEADING = 10.0, 20.0  # pixels
MEASURED = {FieldName.INVOICE_DATE: "date", FieldName.TOTAL: "total", FieldName.VENDOR: "company"}


def page_of(text: str) -> Page:
    """Builds a page from the lines of ``text``; runs of blanks are kept, as columns."""
    lines = [line.rstrip() for line in text.split("\n")]
    width = max([len(line) for line in lines] + [1]) * CHARACTER
    return Page(
        number=1,
        width=int(width),
        height=int(LEADING * (len(lines) + 1)),
        dpi=120,
        source=PageSource.TEXT_LAYER,
        lines=tuple(_line(line, LEADING * row) for row, line in enumerate(lines) if line.strip()),
    )


def _line(line: str, top: float) -> Line:
    left = len(line) - len(line.lstrip())
    box = Box(left=left * CHARACTER, top=top, right=len(line) * CHARACTER, bottom=top + 0.8 * LEADING)
    return Line(raw=line.strip(), text=line.strip(), box=box)


def is_correct(name: FieldName, field: KeyField | None, truth: str) -> bool:
    """Whether a field has the true value."""
    if field is None:
        return False
    if name is FieldName.INVOICE_DATE:
        day = re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", truth)
        expected = parse_date(day)
        return expected is not None and field.value == expected.iso
    if name is FieldName.TOTAL:
        amount = parse_amount(truth)
        return amount is not None and field.amount == amount.value
    return ratio(_letters(field.value), _letters(truth)) >= 90


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text.upper())


def outcomes(path: Path, text: str) -> Iterator[tuple[str, FieldName, bool, str, str]]:
    """Yields row id, field, whether it is correct, its value and the true value."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found = {field.name: field for field in extract_fields([page_of(row[text])])}
        for name, key in MEASURED.items():
            if truth := row.get("fields", {}).get(key):
                field = found.get(name)
                yield row["id"], name, is_correct(name, field, truth), field.value if field else "-", truth


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, help="JSON lines with texts and true fields")
    parser.add_argument("--text", choices=("truth", "ocr"), default="truth", help="which text to read")
    parser.add_argument("--show", action="store_true", help="also print wrong fields")
    arguments = parser.parse_args()
    correct: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row, name, is_right, found, truth in outcomes(arguments.rows, arguments.text):
        total[name.value] += 1
        correct[name.value] += is_right
        if arguments.show and not is_right:
            print(f"{row}: {name.value} is {truth!r}, found {found!r}")
    print(json.dumps({name: {"rows": total[name], "right": round(correct[name] / total[name], 3)} for name in total}))


if __name__ == "__main__":
    main()
