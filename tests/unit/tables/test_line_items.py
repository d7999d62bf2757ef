from __future__ import annotations

from scanproof.document import ItemSum, LineItem
from scanproof.tables.find import DocumentTables
from tests.unit.tables.pages import INVOICE, page


def items(text: str) -> tuple[tuple[LineItem, ...], ItemSum | None]:
    tables = DocumentTables()
    tables.add(page(text))
    return tables.line_items, tables.line_items_sum


def test_named_columns_give_items() -> None:
    found, _ = items(INVOICE)
    assert [(item.description, item.quantity, item.unit_price, item.amount, item.agrees) for item in found] == [
        ("Steel bolt", "4", "2.50", "10.00", True),
        ("Paint brush, soft, for walls", "2", "7.25", "14.50", True),
        ("Office chair", None, "80.00", "80.00", None),
    ]


def test_product_that_differs_does_not_agree() -> None:
    found, _ = items(INVOICE.replace("10.00", "11.00"))
    assert [item.agrees for item in found] == [False, True, None]


def test_sum_names_where_it_stands() -> None:
    text = INVOICE.replace("\nPlease", "\n                                Total           104.50\n\nPlease")
    _, total = items(text)
    assert total is not None
    assert total.stated is not None
    assert (total.value, total.stated.written) == ("104.50", "104.50")


def test_sum_may_stand_nowhere() -> None:
    _, total = items(INVOICE)
    assert total == ItemSum(value="104.50")


def test_totals_are_no_items() -> None:
    text = INVOICE.replace("\n\nPlease", "\n      Subtotal                                  104.50\n\nPlease")
    assert len(items(text)[0]) == 3


def test_german_header_and_commas() -> None:
    found, total = items("""
Pos   Bezeichnung           Menge  Einzelpreis    Betrag
1     Schrauben               4,5         2,00      9,00
2     Pinsel                    2         7,25     14,50
3     Lieferung                 1         5,00      5,00""")
    assert [(item.quantity, item.amount, item.agrees) for item in found] == [
        ("4.5", "9.00", True),
        ("2", "14.50", True),
        ("1", "5.00", True),
    ]
    assert total is not None
    assert total.value == "28.50"


def test_table_without_meaning_has_no_items() -> None:
    assert items("""
City            Distance      Share       Height
Leeds                 44      12.5 %          63
Lyon                 910      44.0 %         173
Porto              1,500      43.5 %         104""") == ((), None)
