from __future__ import annotations

import pytest

from scanproof.output.markdown import MarkdownDocument, escaped
from scanproof.tables.find import DocumentTables
from tests.unit.tables.pages import GROUPED, INVOICE, page


def test_table_stands_between_paragraphs() -> None:
    assert (
        markdown(INVOICE)
        == """Dear customer, this is what you have ordered from our shop.

| Pos | Description | Qty | Price | Amount |
| ---: | --- | ---: | ---: | ---: |
| 1 | Steel bolt | 4 | 2.50 | 10.00 |
| 2 | Paint brush, soft, for walls | 2 | 7.25 | 14.50 |
| 3 | Office chair |  | 80.00 | 80.00 |

Please pay within thirty days, and thank you for ordering.
"""
    )


def test_page_without_text_is_empty() -> None:
    assert markdown(" ") == ""


_ITEMS = "Pos  Article      Qty    Amount"


def test_table_over_pages_is_one() -> None:
    first = f"{_ITEMS}\n1    Steel bolt     4     10.00\n2    Paint brush    2     14.50\n\nPage 1"
    second = f"Page 2\n\n{_ITEMS}\n3    Chair          1     80.00\n4    Desk           3    120.00"
    third = "Thank you."
    assert (
        markdown(first, second, third)
        == """| Pos | Article | Qty | Amount |
| ---: | --- | ---: | ---: |
| 1 | Steel bolt | 4 | 10.00 |
| 2 | Paint brush | 2 | 14.50 |
| 3 | Chair | 1 | 80.00 |
| 4 | Desk | 3 | 120.00 |

Page 1

---

Page 2

---

Thank you.
"""
    )


def test_group_stands_before_names() -> None:
    head = "| City | Sales in units North | Sales in units South | Sales in units West |"
    assert markdown(GROUPED).splitlines()[0] == head


def test_blank_first_page_keeps_break() -> None:
    assert markdown(" ", "Text") == "\n---\n\nText\n"


def markdown(*texts: str) -> str:
    """Renders pages of typewritten text."""
    tables, document = DocumentTables(), MarkdownDocument()
    pages = [tables.add(page(text, number)) for number, text in enumerate(texts, start=1)]
    return b"".join([*map(document.add, pages), document.rest()]).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# 12 items", r"\# 12 items"),
        ("- 5.00", r"\- 5.00"),
        ("-5.00", "-5.00"),
        ("1. Bolt", r"1\. Bolt"),
        ("1.50 Bolt", "1.50 Bolt"),
        ("a|b <b> *c* [d]", r"a\|b \<b\> \*c\* \[d\]"),
        ("---", r"\---"),
        ("AT&T costs $5", r"AT\&T costs \$5"),
    ],
)
def test_text_is_no_markup(text: str, expected: str) -> None:
    assert escaped(text) == expected
