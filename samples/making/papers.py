"""Sets invoices, credit notes, receipts and orders in eight languages, with the fields that are on them.

The layouts differ on purpose: labels beside, above and in sentences; totals with commission, discount, rounding; pages
whose total is on the next one. Names, addresses and numbers are fictitious.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from scanproof.values.vat import has_vat_check_digits

CENT = Decimal("0.01")
COIN = Decimal("0.05")
WIDTH, HEIGHT = 1240, 1754  # pixels of A4 at 150 dpi
SLIP_WIDTH = 620  # pixels of a receipt
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
_FIRST_DAY = datetime.date(2021, 1, 1)


@dataclass(frozen=True)
class Row:
    """Pieces of text at one height, each with its left or, where ``right`` has its index, its right edge."""

    y: int
    pieces: Sequence[tuple[int, str]]
    points: float
    bold: bool = False
    right: Sequence[int] = ()


@dataclass
class Paper:
    """A document: its rows from top to bottom, and the values of its fields as `document.json` has them."""

    kind: str
    language: str
    size: tuple[int, int]
    rows: list[Row] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)
    optional: dict[str, list[str]] = field(default_factory=dict)

    def add(
        self, y: int, *pieces: tuple[int, str], points: float = 10.5, bold: bool = False, right: Sequence[int] = ()
    ) -> None:
        """Adds a row."""
        self.rows.append(Row(y, pieces, points, bold, right))


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("papers.toml").read_text("utf-8"))


class Maker:
    """Makes papers; ``rng`` decides everything."""

    def __init__(self, language: str, rng: Random) -> None:
        self.words, self.language, self.rng = _words()[language], language, rng
        self.locale = self.words["locale"]
        self.sign = rng.choice(self.words["currency"])
        self.vendor = rng.choice(self.words["companies"]).format(rng.choice(self.words["trades"]))
        self.day = _FIRST_DAY + datetime.timedelta(rng.randrange(1500))

    def of(self, name: str) -> str:
        """Returns one of the synonyms."""
        return str(self.rng.choice(self.words[name]))

    def money(self, value: Decimal, *, sign: bool = False) -> str:
        """Writes an amount as the language does."""
        text = str(format_decimal(value, "#,##0.00", locale=self.locale)).replace("\u202f", " ").replace("\xa0", " ")
        if not sign:
            return text
        is_before = self.sign == "£" or (self.sign.isupper() and self.rng.random() < 0.5)
        return f"{self.sign}{'' if self.sign == '£' else ' '}{text}" if is_before else f"{text} {self.sign}"

    def date(self, day: datetime.date) -> str:
        """Writes a date in one of the language's forms."""
        pattern = self.rng.choice(("long", "short", "iso"))
        if pattern == "iso":
            return day.isoformat()
        if pattern == "short":
            return day.strftime(self.rng.choice(("%d.%m.%Y", "%d/%m/%Y")) if self.language != "de" else "%d.%m.%Y")
        return str(format_date(day, "long", locale=self.locale)).replace("\u202f", " ").replace("\xa0", " ")

    def code(self) -> str:
        """Returns a document number."""
        rng, year = self.rng, self.day.year
        forms = (
            f"{rng.randrange(10**5, 10**6)}",
            f"{year}-{rng.randrange(10, 9999):04}",
            f"RE{rng.randrange(1000, 99999)}",
            f"INV/{year}/{rng.randrange(1, 999):03}",
            f"{rng.choice('ABFK')}-{rng.randrange(100, 99999)}",
        )
        return rng.choice(forms)

    def vat_number(self) -> str:
        """Returns a VAT number of the country's form, with right check digits."""
        number, country = int("".join(self.rng.choices("0123456789", k=12))), self.words["vat"][0]
        while not has_vat_check_digits(vat := f"{country}{self._vat_body(country, f'{number % 10**12:012}')}"):
            number += 123_456_791  # all digits change: a first digit of 0 is none of a VAT number
        return vat

    @staticmethod
    def _vat_body(country: str, digits: str) -> str:
        forms = {
            "GB": "{9}",
            "DE": "{9}",
            "FR": "{11}",
            "ES": "B{8}",
            "IT": "{11}",
            "PT": "{9}",
            "NL": "{9}B01",
            "PL": "{10}",
        }
        return re.sub(r"{(\d+)}", lambda match: digits[-int(match[1]) :], forms[country])

    def iban(self) -> str:
        """Returns an IBAN with correct check digits."""
        country = self.words["vat"][0]
        body = "".join(self.rng.choices("0123456789", k=18))
        number = int(body + "".join(str(int(char, 36)) for char in country) + "00")
        return f"{country}{98 - number % 97:02}{body}"


def _percent(amount: Decimal, rate: str) -> Decimal:
    return (amount * Decimal(rate.replace(",", ".")) / 100).quantize(CENT, ROUND_HALF_UP)


def make_paper(number: int, seed: int = 0) -> Paper:
    """Makes paper ``number`` of a series; kinds and languages take turns."""
    rng = Random(f"{seed}:{number}")  # noqa: S311 - papers, no secrets
    maker = Maker(LANGUAGES[number % len(LANGUAGES)], rng)
    kinds = (
        "invoice",
        "receipt",
        "invoice",
        "invoice",
        "form",
        "invoice",
        "receipt",
        "credit_note",
        "invoice",
        "receipt",
        "letter",
    )
    kind = kinds[(number // len(LANGUAGES) + number) % len(kinds)]
    if kind == "receipt":
        return _receipt(maker)
    return _letter(maker) if kind == "letter" else _sheet(maker, kind)


def _letter(maker: Maker) -> Paper:
    """Sets a letter that mentions a sum and dates; it has no fields but perhaps its date."""
    paper = Paper("letter", maker.language, (WIDTH, HEIGHT))
    paper.add(150, (140, maker.of("people")), points=12)
    paper.add(190, (140, maker.of("streets")))
    paper.add(225, (140, maker.of("cities")))
    paper.add(330, (800, maker.date(maker.day)))
    paper.optional["invoice_date"] = [maker.day.isoformat()]
    paper.optional |= {"currency": [], "vendor": []}
    for line in range(6):
        paper.add(
            430 + 40 * line,
            (
                140,
                f"{maker.of('goods')}, {maker.money(Decimal(line * 13 + 5))}: {maker.words['note']}",
            ),
        )
    paper.add(760, (140, maker.of("people")))
    return paper


def _sheet(maker: Maker, kind: str) -> Paper:
    """Sets an invoice, a credit note or an order on A4."""
    rng, paper = maker.rng, Paper(kind, maker.language, (WIDTH, HEIGHT))
    is_order = kind == "form"
    y = _letterhead(maker, paper)
    y = _parties(maker, paper, y, is_order)
    y = _particulars(maker, paper, y, kind)
    has_total = is_order or rng.random() < 0.85
    y = _table(maker, paper, y, kind, has_total=has_total)
    if not has_total or is_order:
        paper.optional.pop("total", None)
    if not is_order and rng.random() < 0.4:
        paper.add(y + 40, (140, maker.words["note"]), points=9)
    _foot(maker, paper, is_order)
    return paper


def _letterhead(maker: Maker, paper: Paper) -> int:
    rng = maker.rng
    left = rng.choice((140, 140, 760))
    paper.fields["vendor"] = [maker.vendor]
    paper.add(120, (left, maker.vendor), points=rng.choice((11, 14, 18)), bold=rng.random() < 0.6)
    paper.add(165, (left, maker.of("streets")))
    paper.add(200, (left, maker.of("cities")))
    if rng.random() < 0.5:
        paper.add(235, (left, "Tel. +44 20 7946 0123"))
    return 290


def _parties(maker: Maker, paper: Paper, y: int, is_order: bool) -> int:
    buyer = maker.of("people")
    paper.fields["buyer"] = [buyer]
    if maker.rng.random() < 0.8 or is_order:
        paper.add(y, (140, maker.of("buyer")), points=9.5)
        y += 38
    else:
        paper.optional["buyer"] = paper.fields.pop("buyer")
    paper.add(y, (140, buyer))
    paper.add(y + 35, (140, maker.of("streets")))
    paper.add(y + 70, (140, maker.of("cities")))
    return y + 140


def _particulars(maker: Maker, paper: Paper, y: int, kind: str) -> int:
    """Sets title, number, dates and references: in a grid, in two columns, or in one line."""
    rng, number = maker.rng, maker.code()
    title = maker.of({"form": "order_form", "credit_note": "credit"}.get(kind, "title"))
    pairs: list[tuple[str, str]] = []
    if kind == "form":
        paper.add(y, (140, title), points=16, bold=True)
        y += 60
        paper.optional["invoice_date"] = [maker.day.isoformat()]
        paper.optional["purchase_order"] = [number]
        pairs = [(maker.of("order"), number), (maker.of("date"), maker.date(maker.day))]
        del paper.optional["invoice_date"]
        pairs.pop()
    else:
        paper.fields["invoice_number"], paper.fields["invoice_date"] = [number], [maker.day.isoformat()]
        label = maker.of("credit_number" if kind == "credit_note" else "number")
        if rng.random() < 0.25:
            paper.add(y, (140, f"{label.rstrip(':')} {number}"), points=15, bold=True)
        else:
            paper.add(y, (140, title), points=16, bold=True)
            pairs.append((label, number))
        y += 60
        pairs.append((maker.of("date"), maker.date(maker.day)))
        if kind == "invoice" and rng.random() < 0.5:
            due = maker.day + datetime.timedelta(rng.choice((14, 30)))
            paper.fields["due_date"] = [due.isoformat()]
            pairs.append((maker.of("due"), maker.date(due)))
        if rng.random() < 0.4:
            order = f"PO{rng.randrange(10**4, 10**6)}"
            paper.fields["purchase_order"] = [order]
            pairs.append((maker.of("order"), order))
    layout = rng.choice(("below", "beside", "beside", "line"))
    if layout == "below" and len(pairs) > 1:
        columns = [140 + index * (960 // len(pairs)) for index in range(len(pairs))]
        paper.add(y, *zip(columns, (label.rstrip(": ") for label, _ in pairs), strict=True), points=9.5)
        paper.add(y + 36, *zip(columns, (value for _, value in pairs), strict=True))
        return y + 100
    for label, value in pairs:
        pieces = [(140, f"{label} {value}")] if layout == "line" else [(140, label), (480, value)]
        paper.add(y, *pieces)
        y += 38
    return y + 50


def _table(maker: Maker, paper: Paper, y: int, kind: str, *, has_total: bool) -> int:
    rng, columns = maker.rng, maker.words["columns"]
    edges = (140, 760, 940, 1100)
    paper.add(y, *zip(edges, columns, strict=True), bold=True, right=(1, 2, 3))
    net = Decimal(0)
    for _ in range(rng.randint(2, 7)):
        quantity, price = rng.randint(1, 20), Decimal(rng.randint(150, 30000)) / 100
        amount = quantity * price
        net += amount
        y += 42
        cells = (maker.of("goods"), str(quantity), maker.money(price), maker.money(amount))
        paper.add(y, *zip(edges, cells, strict=True), right=(1, 2, 3))
    paper.fields["currency"] = [maker.words["currency"][1]]
    if not has_total:
        paper.optional["currency"] = paper.fields.pop("currency")
        return y
    return _totals(maker, paper, y + 30, net, kind)


def _totals(maker: Maker, paper: Paper, y: int, net: Decimal, kind: str) -> int:
    rng, lines = maker.rng, list[tuple[str, Decimal]]()
    if kind == "form":
        paper.optional["total"] = [format(net, "f")]
        lines = [(maker.of("gross"), net)]
        paper.fields["total"] = [format(net, "f")]
    else:
        if rng.random() < 0.2:
            discount = _percent(net, "5")
            lines += [(maker.words["discount"], -discount)]
            net -= discount
        rate = maker.of("rates")
        tax = _percent(net, rate)
        lines += [(maker.of("net"), net), (maker.of("tax").format(rate), tax), (maker.of("gross"), net + tax)]
        paper.fields |= {"net": [format(net, "f")], "tax": [format(tax, "f")], "tax_rate": [rate.replace(",", ".")]}
        total = net + tax
        if kind == "invoice" and rng.random() < 0.3:
            commission = _percent(total, "15")
            total -= commission
            lines += [(maker.words["commission"], -commission), (maker.of("payable"), total)]
        elif rng.random() < 0.3:
            lines[-1] = (maker.of("payable"), total)
        paper.fields["total"] = [format(total, "f")]
        if kind == "credit_note" and rng.random() < 0.5:
            lines = [(label, -value) for label, value in lines]
            for name in ("net", "tax", "total"):
                paper.fields[name].append(f"-{paper.fields[name][0]}")
    for index, (label, value) in enumerate(lines):
        y += 42
        is_last = index == len(lines) - 1
        paper.add(
            y, (700, label), (1100, maker.money(value, sign=is_last)), bold=is_last and rng.random() < 0.5, right=(1,)
        )
    return y


def _foot(maker: Maker, paper: Paper, is_order: bool) -> None:
    rng = maker.rng
    y = 1560
    if not is_order and rng.random() < 0.5:
        days = rng.choice(("14", "30"))
        text = maker.of("terms").format(days)
        paper.fields["payment_terms"] = [text, text.split(":")[-1].strip(), text.partition(" ")[2]]
        paper.add(y - 120, (140, text))
        if "due_date" not in paper.fields:
            paper.optional["due_date"] = [(maker.day + datetime.timedelta(int(days))).isoformat()]
    if not is_order and "due_date" not in paper.fields and "payment_terms" not in paper.fields and rng.random() < 0.5:
        due = maker.day + datetime.timedelta(21)
        paper.fields["due_date"] = [due.isoformat()]
        written = str(format_date(due, "long", locale=maker.locale))
        paper.add(y - 60, (140, maker.of("due_sentence").format(date=written)))
    pieces = [(140, maker.vendor)]
    if rng.random() < 0.6:
        vat = maker.vat_number()
        label = rng.choice(maker.words["vat"][1:])
        paper.fields["vat_number"] = [vat, vat[2:]]
        pieces.append((520, f"{label} {vat}"))
    paper.add(y, *pieces, points=8.5)
    if rng.random() < 0.5:
        iban = maker.iban()
        paper.fields["iban"] = [iban]
        grouped = " ".join(iban[start : start + 4] for start in range(0, len(iban), 4)) if rng.random() < 0.6 else iban
        paper.add(y + 34, (140, maker.of("streets")), (520, f"IBAN: {grouped}"), points=8.5)


def _receipt(maker: Maker) -> Paper:
    """Sets a receipt; where cash is rounded, the rounded total is the total."""
    rng = maker.rng
    paper = Paper("receipt", maker.language, (SLIP_WIDTH, 1400))
    paper.fields = {
        "vendor": [maker.vendor],
        "invoice_date": [maker.day.isoformat()],
        "currency": [maker.words["currency"][1]],
    }
    y = 90
    for text, points, bold in (
        (maker.vendor, 13, True),
        (maker.of("streets"), 10, False),
        (maker.of("cities"), 10, False),
    ):
        paper.add(y, (rng.choice((40, 60, 90)), text), points=points, bold=bold)
        y += 40
    if rng.random() < 0.4:
        vat = maker.vat_number()
        paper.fields["vat_number"] = [vat, vat[2:]]
        paper.add(y, (60, f"{rng.choice(maker.words['vat'][1:])} {vat}"))
        y += 38
    paper.add(y + 10, (200, maker.of("receipt")), points=11)
    y += 60
    if rng.random() < 0.6:
        number = maker.code()
        paper.fields["invoice_number"] = [number]
        paper.add(y, (40, f"{maker.of('receipt_number')} {number}"))
        y += 38
    clock = f"{rng.randrange(8, 21):02}:{rng.randrange(60):02}"
    label = f"{maker.of('date')} " if rng.random() < 0.5 else ""
    paper.add(y, (40, f"{label}{maker.day.strftime('%d.%m.%Y' if rng.random() < 0.5 else '%d/%m/%Y')} {clock}"))
    y += 30
    total = Decimal(0)
    for _ in range(rng.randint(1, 7)):
        price = Decimal(rng.randint(50, 4000)) / 100
        total += price
        y += 38
        paper.add(y, (40, maker.of("goods")), (580, maker.money(price)), right=(1,))
    y += 30
    _receipt_sums(maker, paper, y, total)
    paper.size = (SLIP_WIDTH, max(row.y for row in paper.rows) + 80)
    return paper


def _receipt_sums(maker: Maker, paper: Paper, y: int, total: Decimal) -> None:
    rng = maker.rng
    lines = [(maker.of("gross"), total)]
    if rng.random() < 0.3 and total % COIN:
        rounded = (total / COIN).quantize(Decimal(1), ROUND_HALF_UP) * COIN
        lines += [(maker.words["rounding"], rounded - total), (maker.of("payable"), rounded)]
        total = rounded
    if rng.random() < 0.6:
        cash = (total // 10 + 1) * 10
        lines += [(maker.words["cash"], cash), (maker.words["change"], cash - total)]
    paper.fields["total"] = [format(total, "f")]
    for index, (label, value) in enumerate(lines):
        y += 40
        paper.add(y, (40, label), (580, maker.money(value, sign=index == 0)), bold=index == 0, right=(1,))
    rate = maker.of("rates")
    if rng.random() < 0.4:
        tax = (total - total / (1 + Decimal(rate.replace(",", ".")) / 100)).quantize(CENT, ROUND_HALF_UP)
        paper.fields |= {"tax": [format(tax, "f")], "tax_rate": [rate.replace(",", ".")]}
        paper.add(y + 50, (40, maker.of("tax").format(rate)), (580, maker.money(tax)), right=(1,))


def truth_of(paper: Paper) -> Mapping[str, object]:
    """Returns the row of a truth file, as `benchmarks.fields` reads it, without the id."""
    return {"kind": paper.kind, "fields": paper.fields, "optional": paper.optional}
