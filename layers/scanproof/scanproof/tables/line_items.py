"""Reads the line items of invoices from tables whose header names their columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product

from scanproof.document import CheckPlace, ItemSum, LineItem, Page, Table, TableCell
from scanproof.placement import place_words
from scanproof.values.amounts import parse_amount

_CENT = Decimal("0.01")
MAX_ITEMS = 10_000  # of a document; they are in memory, and in document.json beside the tables
_MAX_STATED = 5_000  # amounts that the sum is looked for among


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for line in text.splitlines() for phrase in line.split("|") if phrase.strip())


# Words of a header, without accents, in the eight languages of `language`; in doubt a column has no meaning.
_HEADERS: Mapping[str, frozenset[str]] = {
    "description": _phrases(
        """
        description|item|items|item description|product|service|services|details|particulars|title|activity
        bezeichnung|beschreibung|artikel|artikelbezeichnung|leistung|produkt|designation|libelle|article
        descripcion|concepto|producto|articulo|descrizione|prodotto|articolo|omschrijving
        descricao|produto|artigo|opis|nazwa|towar|nazwa towaru
        """
    ),
    "quantity": _phrases(
        """
        qty|quantity|quant|units|hours|menge|anzahl|stuck|stunden|qte|quantite|cantidad|cant|unidades
        quantita|q ta|qta|aantal|uren|quantidade|qtd|qtde|ilosc
        """
    ),
    "unit_price": _phrases(
        """
        unit price|price|unit cost|rate|price unit|einzelpreis|preis|stuckpreis|e preis|einzel|nettopreis
        prix unitaire|pu|p u|pu ht|prix|precio|precio unitario|precio unit|prezzo|prezzo unitario
        prijs|stukprijs|eenheidsprijs|preco|preco unitario|cena|cena jednostkowa|cena netto
        """
    ),
    "amount": _phrases(
        """
        amount|total|line total|net amount|total amount|extended price|net|betrag|gesamt|gesamtpreis|g preis|summe
        gesamtbetrag|nettobetrag|nettowert|wert|montant|montant ht|total ht|importe|total neto|importo|totale
        bedrag|totaal|valor|valor total|montante|wartosc|wartosc netto|kwota
        """
    ),
}
_TOTAL = re.compile(
    r"\b(?:sub ?total|total|summe|zwischensumme|gesamt\w*|rechnungsbetrag|netto\w*|brutto\w*|mwst|ust|umsatzsteuer|"
    r"vat|tax|iva|tva|btw|totale|totaal|somme|suma|razem|podsuma|soma|imponibile|base imponible|balance|"
    r"amount due|a payer)\b"
)
_CURRENCY = re.compile(r"\b(?:eur|usd|gbp|chf|pln|brl)\b|[€$£]")


class LineItems:
    """Collects the line items of pages that are added in order."""

    def __init__(self) -> None:
        self.items: list[LineItem] = []
        self._columns: dict[int, dict[str, int]] = {}  # meaning to column, by number of the table
        self._stated: dict[Decimal, CheckPlace] = {}

    def add(self, page: Page) -> None:
        """Reads the items of the tables of a page."""
        item_lines: set[int] = set()
        for index, table in enumerate(page.tables):
            columns = self._columns.get(table.number) if table.continues else _meanings(table)
            if columns is None:
                continue
            self._columns[table.number] = columns
            for row, cells in _body(table):
                item = _item(page, index, row, cells, columns)
                if item is not None and len(self.items) < MAX_ITEMS:
                    self.items.append(item)
                    item_lines.update(span.line for cell in cells.values() for span in cell.spans)
        if self.items:
            self._collect_amounts(page, item_lines)

    @property
    def total(self) -> ItemSum | None:
        """The sum of the amounts, where every item has one; and where the document states it."""
        amounts = [Decimal(item.amount) for item in self.items if item.amount is not None]
        if not amounts or len(amounts) < len(self.items):
            return None
        value = sum(amounts, Decimal(0))
        return ItemSum(value=str(value), stated=self._stated.get(value))

    def _collect_amounts(self, page: Page, item_lines: set[int]) -> None:
        for index, line in enumerate(page.lines):
            if index in item_lines or len(self._stated) >= _MAX_STATED or not any(char.isdigit() for char in line.text):
                continue
            for word in place_words(line):
                amount = parse_amount(word.text.strip(":;()*"))
                if amount and amount.decimals == 2 and not amount.alternatives:
                    place = CheckPlace(page=page.number, line=index, box=word.box, written=word.text)
                    self._stated.setdefault(amount.value, place)


def _meanings(table: Table) -> dict[str, int] | None:
    """Returns the column of each meaning that the header names; None where they are not those of line items."""
    found: dict[str, int] = {}
    for column, text in _header_texts(table).items():
        folded = _folded(text)
        for meaning, words in _HEADERS.items():
            # Of two columns for amounts the last one is the item's; of the others the first one.
            if folded in words and (meaning not in found or meaning == "amount"):
                found[meaning] = column
                break
    has_item = "description" in found or "quantity" in found
    return found if "amount" in found and has_item and len(found) >= 2 else None


def _header_texts(table: Table) -> dict[int, str]:
    texts: dict[int, str] = {}
    for cell in table.cells:
        if cell.row < table.header_rows and cell.column_span == 1:
            texts[cell.column] = f"{texts.get(cell.column, '')} {cell.text}".strip()
    return texts


def _folded(text: str) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z]+", " ", _CURRENCY.sub(" ", plain.replace("ł", "l").replace("ß", "ss"))).split())


def _body(table: Table) -> Iterator[tuple[int, dict[int, TableCell]]]:
    """Yields the rows below the header with their cells by column; cells of several columns are left out."""
    rows: dict[int, dict[int, TableCell]] = {}
    for cell in table.cells:
        if cell.row >= table.header_rows and cell.column_span == 1:
            rows.setdefault(cell.row, {})[cell.column] = cell
    yield from sorted(rows.items())


def _item(
    page: Page, table: int, row: int, cells: Mapping[int, TableCell], columns: Mapping[str, int]
) -> LineItem | None:
    """Reads one row; None where it has no amount, or states a total."""
    texts = {meaning: cells[column].text for meaning, column in columns.items() if column in cells}
    others = " ".join(cell.text for column, cell in cells.items() if column != columns["amount"])
    if not texts.get("amount") or _TOTAL.search(_folded(others)) or not any(map(str.isalnum, others)):
        return None
    readings = {name: _readings(texts.get(name, "")) for name in ("quantity", "unit_price", "amount")}
    if not readings["amount"]:
        return None
    agreeing = _agreeing(readings)
    values = agreeing or {name: found[0] if len(found) == 1 else None for name, found in readings.items()}
    if values["amount"] is None:
        return None
    is_complete = all(value is not None for value in values.values())
    return LineItem(
        page=page.number,
        table=table,
        row=row,
        description=texts.get("description") or None,
        quantity=_plain(values["quantity"]),
        unit_price=_plain(values["unit_price"]),
        amount=_plain(values["amount"]),
        # A discount or a tax in a column of its own explains a difference.
        agrees=True if agreeing else False if is_complete and len(cells) <= len(columns) + 1 else None,
    )


def _readings(text: str) -> Sequence[Decimal]:
    """Returns the numbers that a text may stand for: a number with its unit or currency."""
    amount = parse_amount(text) or next(
        (found for word in text.split() if (found := parse_amount(word)) is not None), None
    )
    return (amount.value, *amount.alternatives) if amount else ()


def _agreeing(readings: Mapping[str, Sequence[Decimal]]) -> dict[str, Decimal | None] | None:
    """Returns the readings whose product is the amount, within the rounding of the unit price; None without any."""
    for quantity, price, amount in product(readings["quantity"], readings["unit_price"], readings["amount"]):
        if abs(quantity * price - amount) <= abs(quantity) * _CENT / 2 + _CENT:
            return {"quantity": quantity, "unit_price": price, "amount": amount}
    return None


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
