"""Measures fields of documents: which are right, wrong, missing, and invented.

    python -m model_training.page_readings scans --images DIR --truth ROWS.jsonl --out PAGES.jsonl
    python -m benchmarks.fields correct PAGES.jsonl --out CORRECTED.jsonl
    python -m benchmarks.fields scans CORRECTED.jsonl --truth TRUTH.jsonl [--half a] [--show] [--reliability]
    python -m benchmarks.fields texts RECEIPTS.jsonl [--text ocr] [--show]
    python -m benchmarks.fields made [--papers 400] [--seed 1] [--show]
    python -m benchmarks.fields papers [samples/papers] [--show] [--reliability]
    python -m benchmarks.fields others ROWS.jsonl [--documents 300] [--show]

``correct`` runs the bundled corrector on recognised pages, as the pipeline does before fields are extracted. ``scans``
extracts the fields of such pages, or of pages as recognised. ``texts`` builds pages from the lines of a text, with
boxes as a monospaced printer would set them; real boxes contain more information. ``made`` takes invoices, receipts,
orders and letters of `samples.making.papers`, in eight languages, as an engine without errors recognises them.
``papers`` reads the printed and worn papers of a folder that `samples/make_papers.py` made, with RapidOCR, and corrects
them. ``others`` takes texts of documents that have no fields, such as contracts and newspapers: all that is given is
invented.

The truth has a row for each document, ``{"id", "kind"?, "fields": {name: [value, ...]}, "optional": {...}}``, whose
names and normalised values are those of ``document.json``. A field is right where its value is one of those listed. A
field of the rows' names that a row does not list is not there: where one is given, it is invented. ``optional`` lists
readings that are as good as none: right ones are not counted, others are wrong. Rows of SROIE, whose fields are
``company``, ``date`` and ``total``, are read too; only these three are measured then.

Dates and amounts are right if equal, names if nine tenths of their letters are, the rest if equal but for punctuation.
``--half`` takes the documents whose hashed id is even (``a``) or odd (``b``): rules are developed on ``a``. Prints a
table and JSON; ``--show`` adds what is not right, which is text of the documents.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from textwrap import wrap

from rapidfuzz.fuzz import ratio

from model_training.page_readings import PageReading, load_readings, row_of
from model_training.page_readings import scans as scans_of
from samples.making.papers import make_paper
from samples.making.papers import truth_of as truth_row
from samples.making.printed import page_of as printed_page
from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.document import Box, DetailField, DetailName, FieldName, KeyField, Line, Page, PageSource
from scanproof.extraction.extract import extract
from scanproof.ocr.registry import load_engine
from scanproof.options import ScanOptions
from scanproof.values.amounts import parse_amount
from scanproof.values.dates import parse_date

CHARACTER, LEADING = 10.0, 20.0  # pixels
LINE = 90  # characters of a line, in texts that come without lines
OWN_PAGES = Path(__file__).parents[1] / "samples" / "papers"
SAME_NAME = 90  # per cent of the letters of two names
_SROIE = {"company": "vendor", "date": "invoice_date", "total": "total"}
_DATES, _NAMES = ("invoice_date", "due_date"), ("vendor", "buyer", "payment_terms")
_AMOUNTS = ("total", "net", "tax")
_OUTCOMES = ("right", "wrong", "missing", "invented", "rightly absent")


@dataclass(frozen=True)
class Truth:
    """The values of a document that are right, by field; of ``optional`` fields none need be given."""

    fields: Mapping[str, Sequence[str]]
    optional: Mapping[str, Sequence[str]]


NOTHING = Truth({}, {})


@dataclass(frozen=True)
class Outcome:
    """What became of one field of one document; ``confidence`` is None where none was given."""

    document: str
    name: str
    outcome: str
    found: str | None
    truth: Sequence[str]
    confidence: float | None


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


def wrapped(text: str) -> str:
    """Breaks long lines as a printer does."""
    return "\n".join(part for line in text.split("\n") for part in wrap(line, LINE) or [""])


def _line(line: str, top: float) -> Line:
    left = len(line) - len(line.lstrip())
    box = Box(left=left * CHARACTER, top=top, right=len(line) * CHARACTER, bottom=top + 0.8 * LEADING)
    return Line(raw=line.strip(), text=line.strip(), box=box)


def load_truth(path: Path) -> dict[str, Truth]:
    """Reads the true fields of documents, by their ids."""
    return {row["id"]: truth_of(row) for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


def truth_of(row: Mapping[str, Mapping[str, object]]) -> Truth:
    """Returns the true fields of a row of either format."""
    fields = row.get("fields", {})
    if fields.keys() & _SROIE.keys() - {"total"}:
        return Truth({_SROIE[key]: [str(value)] for key, value in fields.items() if key in _SROIE and value}, {})
    return Truth(_lists(fields), _lists(row.get("optional", {})))


def _lists(fields: Mapping[str, object]) -> dict[str, list[str]]:
    return {name: [values] if isinstance(values, str) else list(values) for name, values in fields.items()}  # type: ignore[call-overload]


def is_right(name: str, value: str, accepted: Iterable[str]) -> bool:
    """Whether a value is one of those that are right."""
    return any(_is_same(name, value, one) for one in accepted)


def _is_same(name: str, value: str, truth: str) -> bool:
    if name in _DATES:
        parsed = parse_date(re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", truth))
        return parsed is not None and value == parsed.iso
    if name == "tax_rate":
        return _rates(value) == _rates(truth) is not None
    if name in _AMOUNTS:
        found, expected = parse_amount(value), parse_amount(truth)
        return found is not None and expected is not None and found.value == expected.value
    if name in _NAMES:
        return ratio(_letters(value), _letters(truth)) >= SAME_NAME
    return _letters(value) == _letters(truth)


def _rates(text: str) -> set[Decimal] | None:
    """Parses rates in per cent, separated by commas."""
    try:
        return {Decimal(part) for part in text.split(",")}
    except InvalidOperation:
        return None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.upper())


def outcomes(document: str, pages: Sequence[Page], truth: Truth, names: Iterable[str]) -> Iterator[Outcome]:
    """Compares the fields of a document with the truth.

    Args:
        names: the fields to judge.
    """
    extraction = extract(pages)
    found: dict[str, KeyField | DetailField] = {field.name: field for field in extraction.fields}
    found |= _by_name(extraction.details)
    for name in names:
        field, accepted, optional = found.get(name), truth.fields.get(name, ()), truth.optional.get(name)
        if field and optional is not None and is_right(name, field.value, optional):
            continue
        if field is None:
            if optional is None:
                yield Outcome(document, name, "missing" if accepted else "rightly absent", None, accepted, None)
        elif not accepted:
            outcome = "invented" if optional is None else "wrong"
            yield Outcome(document, name, outcome, field.value, optional or (), field.confidence)
        else:
            outcome = "right" if is_right(name, field.value, accepted) else "wrong"
            yield Outcome(document, name, outcome, field.value, accepted, field.confidence)


def made_papers(count: int, seed: int) -> Iterator[tuple[str, Page, Truth]]:
    """Yields the id, the page and the true fields of papers in eight languages."""
    for number in range(count):
        paper = make_paper(number, seed)
        yield f"made-{seed}-{number}-{paper.kind}-{paper.language}", printed_page(paper), truth_of(truth_row(paper))


def _by_name(details: Sequence[DetailField]) -> dict[str, KeyField | DetailField]:
    """Returns details by name; those of one name, as rates, joined with commas."""
    found: dict[str, KeyField | DetailField] = {}
    for each in details:
        known = found.get(each.name)
        found[each.name] = each.model_copy(update={"value": f"{known.value},{each.value}"}) if known else each
    return found


def half_of(document: str) -> str:
    """Returns the half of the documents to which one belongs."""
    return "ab"[hashlib.sha256(document.encode()).digest()[0] % 2]


def report(found: Sequence[Outcome], *, show: bool, reliability: bool) -> None:
    """Prints the confusion table, JSON, and on request what is not right and how far confidences hold."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in found:
        counts[each.name][each.outcome] += 1
        if show and each.outcome in ("wrong", "missing", "invented"):
            confidence = "" if each.confidence is None else f" ({each.confidence:.2f})"
            print(f"{each.document}: {each.name} {each.outcome}: {each.found!r}{confidence}, truth {list(each.truth)}")
    print(f"{'field':16}" + "".join(f"{name:>16}" for name in _OUTCOMES) + f"{'right %':>10}{'given of none %':>17}")
    rows = {}
    for name, counted in counts.items():
        there = counted["right"] + counted["wrong"] + counted["missing"]
        none = counted["invented"] + counted["rightly absent"]
        right, given = (
            round(100 * a / b, 1) if b else None for a, b in ((counted["right"], there), (counted["invented"], none))
        )
        rows[name] = {
            **{outcome: counted[outcome] for outcome in _OUTCOMES},
            "right_percent": right,
            "given_of_none_percent": given,
        }
        print(f"{name:16}" + "".join(f"{counted[each]:16}" for each in _OUTCOMES) + f"{right!s:>10}{given!s:>17}")
    print(json.dumps(rows))
    if reliability:
        _print_reliability(found)


def _print_reliability(found: Sequence[Outcome]) -> None:
    """Prints, by tenths of confidence, how many given fields there are and how many of them are right."""
    bins: defaultdict[int, list[Outcome]] = defaultdict(list)
    for each in found:
        if each.confidence is not None:
            bins[min(int(each.confidence * 20), 19)].append(each)
    for number, given in sorted(bins.items()):
        right = sum(each.outcome == "right" for each in given)
        mean = sum(each.confidence or 0.0 for each in given) / len(given)
        place = f"confidence {number / 20:.2f}-{(number + 1) / 20:.2f}"
        print(f"{place}: {len(given):4} given, mean {mean:.3f}, right {right / len(given):.3f}")


def corrected(readings: Iterable[PageReading]) -> Iterator[PageReading]:
    """Corrects pages with the bundled model, by their lattices."""
    pool = ModelPool(load_corrector())
    for reading in readings:
        page = correct_pages([reading.page], pool, [ScanOptions()], [reading.lattice])[0]
        yield PageReading(reading.id, reading.language, page, reading.lattice, reading.truth, reading.line_truths)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    correct = commands.add_parser("correct")
    correct.add_argument("pages", type=Path)
    correct.add_argument("--out", type=Path, required=True)
    scans, texts = commands.add_parser("scans"), commands.add_parser("texts")
    scans.add_argument("pages", type=Path)
    scans.add_argument("--truth", type=Path, required=True)
    texts.add_argument("rows", type=Path, help="JSON lines with texts and true fields")
    texts.add_argument("--text", choices=("truth", "ocr"), default="truth", help="which text to read")
    made = commands.add_parser("made")
    made.add_argument("--papers", type=int, default=400)
    made.add_argument("--seed", type=int, default=1, help="weights are fitted with seed 0")
    papers, others = commands.add_parser("papers"), commands.add_parser("others")
    papers.add_argument("folder", type=Path, nargs="?", default=OWN_PAGES)
    others.add_argument("rows", type=Path, help="JSON lines with texts")
    others.add_argument("--documents", type=int, default=300)
    others.add_argument("--text", choices=("truth", "ocr"), default="truth", help="which text to read")
    for command in (scans, texts, made, papers, others):
        command.add_argument("--half", choices=("a", "b"), help="documents to measure (default: all)")
        command.add_argument("--show", action="store_true", help="also print fields that are not right")
        command.add_argument("--reliability", action="store_true", help="also print how far confidences hold")
    options = parser.parse_args()
    if options.command == "correct":
        with options.out.open("w", encoding="utf-8") as out:
            out.writelines(row_of(reading) + "\n" for reading in corrected(load_readings(options.pages)))
        return
    if options.command == "scans":
        truth = load_truth(options.truth)
        pages = {reading.id: reading.page for reading in load_readings(options.pages) if reading.id in truth}
    elif options.command == "papers":
        truth = load_truth(options.folder / "truth.jsonl")
        engine = load_engine("rapidocr", 1)
        read = scans_of(options.folder, options.folder / "truth.jsonl", engine, 0)
        pages = {reading.id: reading.page for reading in corrected(read)}
    elif options.command == "others":
        rows = list(islice(map(json.loads, options.rows.read_text(encoding="utf-8").splitlines()), options.documents))
        truth = {row["id"]: NOTHING for row in rows}
        pages = {row["id"]: page_of(wrapped(row[options.text])) for row in rows}
    elif options.command == "made":
        papers = list(made_papers(options.papers, options.seed))
        truth, pages = {each[0]: each[2] for each in papers}, {each[0]: each[1] for each in papers}
    else:
        truth = load_truth(options.rows)
        rows = map(json.loads, options.rows.read_text(encoding="utf-8").splitlines())
        pages = {row["id"]: page_of(row[options.text]) for row in rows}
    names = sorted({name for one in truth.values() for name in (*one.fields, *one.optional)})
    names = names or [*FieldName, *DetailName]
    measured = [name for name in pages if not options.half or half_of(name) == options.half]
    found = [each for document in measured for each in outcomes(document, [pages[document]], truth[document], names)]
    report(found, show=options.show, reliability=options.reliability)


if __name__ == "__main__":
    main()
