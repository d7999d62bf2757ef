"""Sets pages with tables whose cells are known: ruled and unruled, dense and sparse, with merged cells, over pages.

Pages are PDF, drawn by fpdf2 from a seed; scans are these pages, rendered, turned a little, blurred, grained and
compressed. Pages without tables hold what is mistaken for one: letters with address blocks, forms, columns of running
text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import pypdfium2  # type: ignore[import-untyped]
from fpdf import FPDF
from PIL import Image, ImageEnhance, ImageFilter

WIDTH, HEIGHT = 595.0, 842.0  # points
SCAN_DPI = 200
STYLES = ("grid", "columns", "rows", "booktabs", "blank")  # which lines are drawn
RULED = STYLES[:2]
_FONTS = ("helvetica", "times", "courier")
_WORD_TEXT = """
    steel bolt office chair paper delivery service hour support licence cable lamp desk coffee filter pump valve
    paint brush monitor adapter printer toner rent cleaning transport storage consulting training travel hotel
    parking fuel sensor controller bracket panel window door carpet garden fence concrete gravel pipe insulation
    welding survey
"""
_WORDS = _WORD_TEXT.split()
_NAMES = ("Anna Berger", "Luis Romero", "Mia Keller", "Tom Walsh", "Eva Novak", "Paul Durand", "Sara Conti",
          "Jan de Vries", "Lea Braun")  # fmt: skip
_STATES = ("open", "paid", "closed", "in transit", "on hold", "new")
_CITIES = ("Berlin", "Lyon", "Porto", "Leeds", "Utrecht", "Torino", "Gdansk", "Vienna")


@dataclass(frozen=True)
class TrueCell:
    """A cell of a true table; text is what stands in it, with single spaces."""

    row: int
    column: int
    text: str
    row_span: int = 1
    column_span: int = 1


@dataclass
class TrueTable:
    """A true table, over all its pages; ``boxes`` by page, as shares of width and height."""

    rows: int
    columns: int
    header_rows: int
    cells: list[TrueCell]
    kinds: frozenset[str]
    boxes: dict[int, tuple[float, float, float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class TablePage:
    """A generated file: its PDF, and the tables in it."""

    id: str
    pdf: bytes
    tables: tuple[TrueTable, ...]


@dataclass(frozen=True)
class _Kind:
    name: str
    align: str
    width: float  # in average characters


_COLUMNS = {
    "position": _Kind("Pos.", "R", 5),
    "code": _Kind("Article", "L", 10),
    "description": _Kind("Description", "L", 26),
    "date": _Kind("Date", "L", 11),
    "person": _Kind("Contact", "L", 15),
    "state": _Kind("Status", "L", 10),
    "city": _Kind("City", "L", 9),
    "quantity": _Kind("Qty", "R", 6),
    "unit": _Kind("Unit", "C", 6),
    "price": _Kind("Unit price", "R", 11),
    "percent": _Kind("VAT", "R", 6),
    "amount": _Kind("Amount", "R", 12),
    "share": _Kind("Share", "R", 8),
}
_SETS = (
    ("position", "description", "quantity", "unit", "price", "amount"),
    ("description", "quantity", "price", "amount"),
    ("code", "description", "quantity", "price", "percent", "amount"),
    ("date", "description", "amount"),
    ("person", "city", "state", "amount"),
    ("city", "quantity", "share", "amount", "price"),
    ("position", "code", "description", "date", "quantity", "unit", "price", "amount"),
    ("date", "code", "person", "state", "quantity"),
    ("city", "quantity", "amount"),
)


def table_page(seed: int, number: int) -> TablePage:
    """Sets the page of this number: its kind follows from the number, all else from the seed."""
    rng = Random(f"{seed}:{number}")  # noqa: S311 - sampling, not secrecy
    style = STYLES[number % len(STYLES)]
    variant = ("plain", "dense", "sparse", "merged", "break")[number // len(STYLES) % 5]
    setter = _Setter(rng)
    setter.heading()
    for _ in range(rng.choice((0, 1, 2))):
        setter.paragraph(rng.randint(1, 4))
    tables = [setter.table(style, variant)]
    if variant in ("plain", "sparse") and rng.random() < 0.4:
        setter.paragraph(rng.randint(1, 3))
        tables.append(setter.table(rng.choice(STYLES), "plain", few=True))
    if rng.random() < 0.7:
        setter.paragraph(rng.randint(1, 4))
    return TablePage(f"tables-{seed}-{number}", bytes(setter.pdf.output()), tuple(tables))


def page_without_table(seed: int, number: int) -> TablePage:
    """Sets a letter, a form, a two-column article or a list: a page that has no table."""
    rng = Random(f"{seed}:none:{number}")  # noqa: S311
    setter = _Setter(rng)
    (setter.letter, setter.form, setter.article, setter.contents)[number % 4]()
    return TablePage(f"none-{seed}-{number}", bytes(setter.pdf.output()), ())


def scans(page: TablePage) -> list[Image.Image]:
    """Renders a file's pages as scans: grey, a little turned, degraded."""
    rng = Random(f"scan:{page.id}")  # noqa: S311
    document = pypdfium2.PdfDocument(page.pdf)
    try:
        images = [
            sheet.render(scale=SCAN_DPI / 72, grayscale=True).to_pil().convert("L")
            for sheet in (document[index] for index in range(len(document)))
        ]
    finally:
        document.close()
    return [_scanned(image, rng) for image in images]


def _scanned(image: Image.Image, rng: Random) -> Image.Image:
    image = image.rotate(rng.uniform(-1.2, 1.2), Image.Resampling.BICUBIC, fillcolor=255)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(0.6, 1.0))
    grain = np.random.default_rng(rng.randrange(2**32)).normal(0, rng.uniform(2, 14), (image.height, image.width))
    image = Image.fromarray(np.clip(np.asarray(image, np.float32) + grain, 0, 255).astype(np.uint8))
    stored = io.BytesIO()
    image.save(stored, "JPEG", quality=rng.randrange(35, 85))
    return Image.open(stored).convert("L")


class _Setter:
    """Sets text and tables from the top of a page to its end."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.pdf: Any = FPDF(unit="pt", format=(WIDTH, HEIGHT))
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.font = rng.choice(_FONTS)
        self.size = rng.choice((8.0, 9.0, 10.0, 11.0))
        self.left = rng.uniform(36, 60)
        self.right = WIDTH - rng.uniform(36, 60)
        self.y = 0.0
        self.page = 0
        self._new_page()

    def _new_page(self) -> None:
        self.pdf.add_page()
        self.page += 1
        self.y = self.rng.uniform(40, 60)
        self._font()
        if self.page > 1 and self.rng.random() < 0.5:
            self._text(self.left, self.y, f"Continued from page {self.page - 1}")
            self.y += 2 * self.size

    def _font(self, bold: bool = False, size: float | None = None) -> None:
        self.pdf.set_font(self.font, "B" if bold else "", size or self.size)

    def _text(self, x: float, y: float, text: str) -> None:
        self.pdf.text(x, y + 0.8 * self.size, text)

    def _phrase(self, count: int) -> str:
        return " ".join(self.rng.choice(_WORDS) for _ in range(count)).capitalize()

    def heading(self) -> None:
        self._font(True, 16)
        self._text(self.left, self.y, self.rng.choice(("Statement", "Invoice 2024-118", "Price list", "Report")))
        self.y += 34
        self._font()

    def paragraph(self, lines: int, left: float | None = None, right: float | None = None) -> None:
        left, right = self.left if left is None else left, self.right if right is None else right
        for line in range(lines):
            text, width = self._phrase(1), (right - left) * (1.0 if line < lines - 1 else self.rng.uniform(0.3, 0.9))
            while self.pdf.get_string_width(text + " manufacturing") < width:
                text += " " + self.rng.choice(_WORDS)
            self._text(left, self.y, text)
            self.y += 1.3 * self.size
        self.y += self.rng.uniform(0.8, 2.0) * self.size

    def letter(self) -> None:
        self._block(self.left, ["Acme Trading Ltd", "12 Harbour Street", "Leeds LS1 4DY", "United Kingdom"])
        self.y -= 4 * 1.3 * self.size
        dates = [f"Date: {self._date()}", f"Our ref: {self._code()}", "Phone: 0113 496 0121"]
        self._block(self.right - 130, dates)
        self.y += 60
        self._block(self.left, ["Mr Paul Durand", "34 rue de la Gare", "69003 Lyon"])
        self.y += 30
        for _ in range(self.rng.randint(3, 6)):
            self.paragraph(self.rng.randint(2, 7))
        self.y = HEIGHT - 80
        third = (self.right - self.left) / 3
        for index, lines in enumerate(
            (["Acme Trading Ltd", "12 Harbour Street", "Leeds LS1 4DY"],
             ["Phone 0113 496 0121", "Fax 0113 496 0122", "mail@acme.example"],
             ["Bank of Leeds", "GB33BUKB20201555555555", "BIC BUKBGB22"])
        ):  # fmt: skip
            self.y = HEIGHT - 80
            self._block(self.left + index * third, lines)

    def _block(self, x: float, lines: Sequence[str]) -> None:
        for line in lines:
            self._text(x, self.y, line)
            self.y += 1.3 * self.size

    def form(self) -> None:
        self.heading()
        labels = [
            f"{name}:"
            for name in (
                "Name",
                "Street",
                "City",
                "Phone",
                "Date of birth",
                "Customer no.",
                "Contract",
                "Remarks",
                "Signed by",
            )
        ]
        middle = (self.left + self.right) / 2
        for label in self.rng.sample(labels, 7):
            self._text(self.left, self.y, label)
            self._text(self.left + 90, self.y, self.rng.choice((self.rng.choice(_NAMES), self._date(), self._code())))
            if self.rng.random() < 0.6:
                self._text(middle, self.y, self.rng.choice(labels))
                self._text(middle + 90, self.y, self.rng.choice((self._date(), self._code(), self.rng.choice(_CITIES))))
            self.y += self.rng.uniform(1.4, 2.2) * self.size
        self.y += 30
        self.paragraph(5)

    def article(self) -> None:
        self.heading()
        count = self.rng.choice((2, 3))
        gap, top = 1.8 * self.size, self.y
        width = (self.right - self.left - (count - 1) * gap) / count
        for index in range(count):
            self.y = top
            left = self.left + index * (width + gap)
            for _ in range(5):
                self.paragraph(self.rng.randint(3, 8), left, left + width)

    def contents(self) -> None:
        self.heading()
        for number in range(1, self.rng.randint(8, 16)):
            self._text(self.left, self.y, f"{number}. {self._phrase(self.rng.randint(2, 5))}")
            self.y += 1.5 * self.size
        self.y += 20
        self.paragraph(6)

    def _date(self) -> str:
        return f"{self.rng.randint(1, 28):02}.{self.rng.randint(1, 12):02}.20{self.rng.randint(18, 25)}"

    def _code(self) -> str:
        return f"{self.rng.choice('ABKTX')}{self.rng.choice('CDRS')}-{self.rng.randint(100, 99999)}"

    def _value(self, kind: str, row: int) -> str:
        rng = self.rng
        return {
            "position": lambda: str(row),
            "code": self._code,
            "description": lambda: self._phrase(rng.randint(1, 3)),
            "date": self._date,
            "person": lambda: rng.choice(_NAMES),
            "state": lambda: rng.choice(_STATES),
            "city": lambda: rng.choice(_CITIES),
            "quantity": lambda: str(rng.randint(1, 250)),
            "unit": lambda: rng.choice(("pcs", "kg", "h", "m", "box")),
            "price": lambda: f"{rng.uniform(1, 900):.2f}",
            "percent": lambda: f"{rng.choice((0, 5, 7, 19, 21))} %",
            "amount": lambda: f"{rng.uniform(10, 99000):,.2f}",
            "share": lambda: f"{rng.uniform(0, 100):.1f} %",
        }[kind]()

    def table(self, style: str, variant: str, few: bool = False) -> TrueTable:
        """Sets a table and returns its truth."""
        rng = self.rng
        names = list(rng.choice(_SETS[5:7] if variant == "dense" else _SETS))
        rows = rng.randint(3, 6) if few else rng.randint(25, 40) if variant == "dense" else rng.randint(4, 14)
        if variant == "break":
            rows = rng.randint(14, 30)
        self._font(size=rng.choice((6.5, 7.0, 7.5)) if variant == "dense" else None)
        size = self.pdf.font_size_pt
        padding = size * (0.35 if variant == "dense" else rng.uniform(0.5, 1.2))
        weights = [max(_COLUMNS[name].width, 1.3 * len(_COLUMNS[name].name)) for name in names]
        natural = sum(weights) * 0.55 * size + 2 * padding * len(names)
        total = min(self.right - self.left, natural * rng.uniform(1.0, 1.3))
        if natural > total:  # as wide as there is room: the font becomes smaller
            size *= max(0.6, total / natural)
            self._font(size=size)
        xs = [self.left]
        for weight in weights:
            xs.append(xs[-1] + total * weight / sum(weights))
        body = [[self._value(name, row) for name in names] for row in range(1, rows + 1)]
        if variant == "sparse":
            for row in body:
                for column in range(1, len(names)):
                    if rng.random() < 0.35:
                        row[column] = ""
                if not any(row[1:]):
                    row[-1] = self._value(names[-1], 1)
        header = [_COLUMNS[name].name for name in names]
        texts = [(header, True), *((row, False) for row in body)]
        spans: dict[tuple[int, int], tuple[int, int]] = {}
        if variant == "merged":
            texts, spans = self._merged(texts, names, style)
        wrapped = "description" in names and variant == "plain" and rng.random() < 0.5
        line = size * 1.2
        height = line + 2 * padding * (0.3 if variant == "dense" else 0.6)
        if variant == "break":
            self.y = max(self.y, HEIGHT - 60 - height * rng.randint(5, 10))
        table = TrueTable(len(texts), len(names), sum(head for _, head in texts), [], frozenset({style, variant}))
        repeat = rng.random() < 0.6
        top, first = self.y, 0
        for index, (row, head) in enumerate(texts):
            ends = [c + spans.get((index, c), (1, 1))[1] for c in range(len(row))]
            lines = [
                self._lines(text, xs[ends[c]] - xs[c] - 2 * padding, wrapped and not head) for c, text in enumerate(row)
            ]
            row_height = height + line * (max(map(len, lines)) - 1)
            if self.y + row_height > HEIGHT - 45:
                self._rule(style, xs, top, self.y, table, texts, spans, first, index)
                self._close(table, xs, top)
                self.pdf.set_font(self.font, "", 8)
                self.pdf.text(WIDTH / 2 - 20, HEIGHT - 25, f"Page {self.page}")
                self._new_page()
                self._font(size=size)
                top, first = self.y, index
                if repeat:
                    self._row([[text] for text in header], names, xs, padding, line, size, True, {}, index)
                    self.y += height
                    self._line(style, "header", xs, self.y)
            self._row(lines, names, xs, padding, line, size, head, spans, index, height)
            for column, text in enumerate(row):
                if self._covered(index, column, spans):
                    continue
                row_span, column_span = spans.get((index, column), (1, 1))
                table.cells.append(TrueCell(index, column, " ".join(text.split()), row_span, column_span))
            self.y += row_height
            table_line = "header" if head and index == table.header_rows - 1 else "row"
            if not any(index + 1 in range(r + 1, r + rs) for (r, _), (rs, _) in spans.items()):
                self._line(style, table_line, xs, self.y)
            elif style == "grid":
                self._partial_line(xs, self.y, index + 1, spans)
        self._rule(style, xs, top, self.y, table, texts, spans, first, len(texts))
        self._close(table, xs, top)
        self._font()
        self.y += rng.uniform(1.5, 3) * self.size
        return table

    def _merged(
        self, texts: list[tuple[list[str], bool]], names: Sequence[str], style: str
    ) -> tuple[list[tuple[list[str], bool]], dict[tuple[int, int], tuple[int, int]]]:
        """Adds a row above the header that groups columns; in a full grid, cells of the first column that span rows."""
        spans: dict[tuple[int, int], tuple[int, int]] = {}
        start = self.rng.randint(1, len(names) - 2)
        width = self.rng.randint(2, len(names) - start)
        top = [""] * len(names)
        top[start] = self.rng.choice(("First quarter", "Delivery", "Total 2024"))
        header = list(texts[0][0])
        for column in range(len(names)):
            if column < start or column >= start + width:
                top[column], header[column] = header[column], ""
                spans[0, column] = (2, 1)
        spans[0, start] = (1, width)
        body = texts[1:]
        if style == "grid":
            row = 2
            while row < len(body):
                count = self.rng.choice((1, 2, 3))
                if count > 1 and row + count <= len(body) + 2:
                    spans[row, 0] = (count, 1)
                    for covered in range(row + 1, row + count):
                        body[covered - 2][0][0] = ""
                row += count
        return [(top, True), (header, True), *body], spans

    @staticmethod
    def _covered(row: int, column: int, spans: dict[tuple[int, int], tuple[int, int]]) -> bool:
        return any(
            (row, column) != (r, c) and r <= row < r + rs and c <= column < c + cs for (r, c), (rs, cs) in spans.items()
        )

    def _lines(self, text: str, width: float, wrap: bool) -> list[str]:
        if wrap and len(text.split()) > 1 and self.rng.random() < 0.6:
            words = text.split()
            half = (len(words) + 1) // 2
            return [" ".join(words[:half]), " ".join(words[half:])]
        while self.pdf.get_string_width(text) > width and " " in text:
            return [text.rsplit(" ", 1)[0], text.rsplit(" ", 1)[1]]
        return [text]

    def _row(
        self,
        lines: Sequence[Sequence[str]],
        names: Sequence[str],
        xs: Sequence[float],
        padding: float,
        line: float,
        size: float,
        head: bool,
        spans: dict[tuple[int, int], tuple[int, int]],
        row: int,
        height: float = 0.0,
    ) -> None:
        self.pdf.set_font(self.font, "B" if head else "", size)
        for column, parts in enumerate(lines):
            row_span, column_span = spans.get((row, column), (1, 1))
            left, right = xs[column] + padding, xs[column + column_span] - padding
            shift = height * (row_span - 1) / 2
            for index, text in enumerate(parts):
                width = self.pdf.get_string_width(text)
                align = "C" if column_span > 1 else _COLUMNS[names[column]].align
                x = {"L": left, "R": right - width, "C": (left + right - width) / 2}[align]
                self.pdf.text(x, self.y + shift + (height or line) / 2 + 0.3 * size + index * line, text)

    def _line(self, style: str, role: str, xs: Sequence[float], y: float) -> None:
        if style in ("grid", "rows") or (role == "header" and style in ("columns", "booktabs")):
            self.pdf.set_line_width(0.5 if role == "row" else 1.0)
            self.pdf.line(xs[0], y, xs[-1], y)

    def _partial_line(
        self, xs: Sequence[float], y: float, row: int, spans: dict[tuple[int, int], tuple[int, int]]
    ) -> None:
        self.pdf.set_line_width(0.5)
        for column in range(len(xs) - 1):
            if not any(r < row < r + rs and c <= column < c + cs for (r, c), (rs, cs) in spans.items()):
                self.pdf.line(xs[column], y, xs[column + 1], y)

    def _rule(
        self,
        style: str,
        xs: Sequence[float],
        top: float,
        bottom: float,
        table: TrueTable,
        texts: Sequence[tuple[list[str], bool]],
        spans: dict[tuple[int, int], tuple[int, int]],
        first: int,
        last: int,
    ) -> None:
        """Draws the frame and the vertical lines of what is on this page."""
        self.pdf.set_line_width(0.7)
        if style in ("grid", "columns"):
            group = next(((c, c + cs) for (r, c), (_, cs) in spans.items() if r == 0 and cs > 1), None)
            head = (bottom - top) / max(last - first, 1) if first == 0 and group else 0.0
            for index, x in enumerate(xs):
                inside = group is not None and first == 0 and group[0] < index < group[1]
                self.pdf.line(x, top + (head if inside else 0.0), x, bottom)
            self.pdf.line(xs[0], top, xs[-1], top)
            self.pdf.line(xs[0], bottom, xs[-1], bottom)
            if group and first == 0:
                self.pdf.line(xs[group[0]], top + head, xs[group[1]], top + head)
        elif style in ("rows", "booktabs"):
            self.pdf.line(xs[0], top, xs[-1], top)
            self.pdf.line(xs[0], bottom, xs[-1], bottom)
        del table, texts

    def _close(self, table: TrueTable, xs: Sequence[float], top: float) -> None:
        table.boxes[self.page] = (xs[0] / WIDTH, top / HEIGHT, xs[-1] / WIDTH, self.y / HEIGHT)
