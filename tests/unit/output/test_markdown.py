from __future__ import annotations

import pytest

from scanproof.output.markdown import escaped, markdown_page
from scanproof.tables.find import find_tables
from tests.unit.tables.pages import INVOICE, page


def test_table_stands_between_paragraphs() -> None:
    plain = page(INVOICE)
    rendered = markdown_page(plain.model_copy(update={"tables": find_tables(plain)})).decode()
    assert (
        rendered
        == """Dear customer, this is what you have ordered from our shop.

| Pos | Description | Qty | Price | Amount |
| --- | --- | --- | --- | --- |
| 1 | Steel bolt | 4 | 2.50 | 10.00 |
| 2 | Paint brush, soft, for walls | 2 | 7.25 | 14.50 |
| 3 | Office chair |  | 80.00 | 80.00 |

Please pay within thirty days, and thank you for ordering.
"""
    )


def test_page_without_text_is_empty() -> None:
    assert markdown_page(page(" ")) == b""


@pytest.mark.parametrize(
    ("text", "markdown"),
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
def test_text_is_no_markup(text: str, markdown: str) -> None:
    assert escaped(text) == markdown
