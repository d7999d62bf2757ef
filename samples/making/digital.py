"""Sets a born-digital invoice as PDF. Every name and number is fictitious."""

from __future__ import annotations

from collections.abc import Sequence

from fpdf import FPDF

_LEFT, _RIGHT = 60.0, 535.0
_COLUMNS = (60.0, 360.0, 440.0, 535.0)
_ITEMS = (
    ("Item", "Hours", "Rate", "Amount"),
    ("Tuning of the great organ, on site", "9", "68.00", "612.00"),
    ("Leather for the bellows, fitted", "5", "74.00", "370.00"),
    ("Travel from the workshop and back", "4", "67.00", "268.00"),
)
_TOTALS = (("Net amount", "1,250.00"), ("VAT 19%", "237.50"), ("Total (EUR)", "1,487.50"))


def invoice(pdf: FPDF) -> str:
    """Sets one page on ``pdf`` (unit points) and returns its text, a row each."""
    pdf.add_page()
    lines: list[str] = []

    def row(
        y: float, cells: Sequence[tuple[float, str]], size: float = 11, style: str = "", right: bool = False
    ) -> None:
        pdf.set_font("Helvetica", style, size)
        for index, (x, text) in enumerate(cells):
            pdf.text(x - pdf.get_string_width(text) if right and index else x, y, text)
        lines.append(" ".join(text for _, text in cells))

    row(80, [(_LEFT, "Brackenfield Organ Workshop")], 16, "B")
    row(98, [(_LEFT, "Kiln Yard 3, 40999 Niederwiesen")])
    row(150, [(_LEFT, "Invoice")], 14, "B")
    for index, pair in enumerate(
        (("Invoice number:", "2024-00871"), ("Invoice date:", "6 May 2024"), ("Due date:", "5 June 2024"))
    ):
        row(176 + 17 * index, list(zip((_LEFT, 170), pair, strict=True)))
    row(246, [(_LEFT, "Bill to: Friends of Marrow Abbey, 7 Cloister Green, Marrow")])
    for index, cells in enumerate(_ITEMS):
        row(286 + 20 * index, list(zip(_COLUMNS, cells, strict=True)), style="" if index else "B", right=True)
    pdf.line(_LEFT, 292, _RIGHT, 292)
    for index, (label, amount) in enumerate(_TOTALS):
        row(384 + 20 * index, [(400 - 40, label), (_RIGHT, amount)], style="B" if index == 2 else "", right=True)
    row(470, [(_LEFT, "Payable within thirty days without deduction. Thank you for your order.")])
    return "\n".join(lines)
