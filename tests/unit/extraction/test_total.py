"""The choice of the total among the amounts of a page, and its flags."""

from __future__ import annotations

from decimal import Decimal

import pytest

from scanproof.document import FieldName
from tests.unit.extraction.pages import fields_of


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("Subtotal 90.00\nTax 10.00\nTotal 100.00", "100.00"),
        ("Total 100.00\nAmount due 40.00", "40.00"),
        ("Grand Total 106.00\nTotal 100.00", "106.00"),
        ("Total excl. VAT 100.00\nTotal incl. VAT 119.00", "119.00"),
        ("Total (inclusive of GST): 41.52\nRounding: -0.02\nTotal: 41.50", "41.50"),
        ("Total qty 12.00\nTotal 4.50\nCash 10.00\nChange 5.50", "4.50"),
        ("Total items: 3\nTotal: 9", None),
        ("Total: 1.234,56", "1234.56"),
        ("Total 10.00 1.90 11.90", "11.90"),
        ("TOTAL   $ 24.00", "24.00"),
        ("TOTAL\n24.00", "24.00"),
    ],
)
def test_total_is_found_by_label(text: str, total: str | None) -> None:
    field = fields_of(text).get(FieldName.TOTAL)
    assert (field and field.value) == total


def test_total_on_last_page() -> None:
    field = fields_of("Invoice 77\nItem 5.00", "Item 6.00\nTotal 11.00")[FieldName.TOTAL]
    assert (field.value, field.page, field.line, field.written) == ("11.00", 2, 1, "11.00")
    assert field.amount == Decimal("11.00")


def test_wrong_sum_is_flagged_and_kept() -> None:
    assert fields_of("Subtotal 90.00\nVAT 10.00\nTotal 120.00")[FieldName.TOTAL].flags == ("sum_mismatch",)
    assert fields_of("Subtotal 90.00\nVAT 10.00\nTotal 120.00")[FieldName.TOTAL].value == "120.00"
    assert fields_of("Subtotal 90.00\nVAT 5.00\nVAT 10.00\nTotal 105.00")[FieldName.TOTAL].flags == ()


def test_other_amounts_settle_decimal_point() -> None:
    alone = fields_of("Total EUR 1.200")[FieldName.TOTAL]
    assert (alone.value, alone.ambiguous, alone.alternatives) == ("1200", True, ("1.200",))
    beside = fields_of("Item 3,50\nTotal EUR 1.200")[FieldName.TOTAL]
    assert (beside.value, beside.ambiguous) == ("1200", False)


def test_receipt_without_label_uses_largest_amount() -> None:
    field = fields_of("Bread 2.10\nSum of it all 4.60\nCash 10.00\nChange 5.40")[FieldName.TOTAL]
    assert (field.value, field.flags) == ("4.60", ("no_label",))


def test_box_surrounds_the_amount() -> None:
    box = fields_of("Total: 100.00")[FieldName.TOTAL].box
    assert (box.left, box.right) == (70.0, 130.0)
