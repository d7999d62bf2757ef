from __future__ import annotations

import pytest

from scanproof.document import Box, Line, Page, PageSource, Table, Word
from scanproof.tables.find import DocumentTables, find_tables
from tests.unit.tables.pages import INVOICE, across, down, page


def grid(table: Table) -> list[list[str]]:
    rows = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    return rows


def places(table: Table) -> list[tuple[int, int]]:
    """Every place that a cell covers; each should be there once."""
    return sorted(
        (row, column)
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    )


def test_unruled_table_becomes_rows() -> None:
    [table] = find_tables(page(INVOICE))
    assert grid(table) == [
        ["Pos", "Description", "Qty", "Price", "Amount"],
        ["1", "Steel bolt", "4", "2.50", "10.00"],
        ["2", "Paint brush, soft, for walls", "2", "7.25", "14.50"],
        ["3", "Office chair", "", "80.00", "80.00"],
    ]
    assert (table.header_rows, table.is_ruled) == (1, False)
    assert places(table) == [(row, column) for row in range(4) for column in range(5)]


def test_spans_name_the_texts() -> None:
    found = page(INVOICE)
    [table] = find_tables(found)
    for cell in table.cells:
        texts = [found.lines[span.line].text[span.start : span.end] for span in cell.spans]
        assert " ".join(texts) == cell.text


def test_cells_lie_on_their_words() -> None:
    found = page(INVOICE)
    [table] = find_tables(found)
    for cell in table.cells:
        for span in cell.spans:
            word = next(word for word in found.lines[span.line].words if word.start == span.start)
            middle = (word.box.top + word.box.bottom) / 2
            assert cell.box.top <= middle <= cell.box.bottom


RULED = """
Name          Remark
Berger        open
Durand
              paid"""


def test_ruled_table_keeps_empty_cells() -> None:
    lines = [across(row, 0, 30) for row in (1, 2, 3, 4, 5)] + [down(x, 1, 5) for x in (0, 13, 30)]
    [table] = find_tables(page(RULED, rulings=lines))
    assert grid(table) == [["Name", "Remark"], ["Berger", "open"], ["Durand", ""], ["", "paid"]]
    assert table.is_ruled


def test_missing_walls_make_spans() -> None:
    text = """
     Both of them
Name          Remark
Berger        open
              paid"""
    lines = [across(row, 0, 30) for row in (1, 2, 3, 5)] + [across(4, 13, 30)]
    lines += [down(0, 1, 5), down(30, 1, 5), down(13, 2, 5)]
    [table] = find_tables(page(text, rulings=lines))
    spans = {cell.text: (cell.row_span, cell.column_span) for cell in table.cells}
    assert spans["Both of them"] == (1, 2)
    assert spans["Berger"] == (2, 1)
    assert places(table) == [(row, column) for row in range(4) for column in range(2)]


def test_ruled_columns_split_into_rows() -> None:
    text = """
Item          Qty      Price
Bolt            4       2.50
Brush           2       7.25
Chair           1      80.00"""
    lines = [across(1, 0, 30), across(2, 0, 30), across(5, 0, 30)] + [down(x, 1, 5) for x in (0, 12, 20, 30)]
    [table] = find_tables(page(text, rulings=lines))
    assert [row[0] for row in grid(table)] == ["Item", "Bolt", "Brush", "Chair"]


def test_texts_above_names_group_columns() -> None:
    text = """
                     Delivery
Article
               Date          Qty      Amount
Bolt        01.02.2024         4       10.00
Brush       02.02.2024         2       14.50
Chair       05.02.2024         1       80.00"""
    [table] = find_tables(page(text, rulings=[across(1, 0, 46), across(4, 0, 46), across(7, 0, 46)]))
    spans = {cell.text: (cell.row, cell.column, cell.row_span, cell.column_span) for cell in table.cells}
    assert spans["Delivery"] == (0, 1, 1, 3)
    assert spans["Article"] == (0, 0, 2, 1)
    assert spans["Qty"] == (1, 2, 1, 1)
    assert table.header_rows == 2


NO_TABLES = {
    "letter": """
Acme Trading Ltd                         Date: 28.02.2024
12 Harbour Street                        Our ref: KC-26514
Leeds LS1 4DY                            Phone: 0113 496

Dear Mr Durand,
thank you for the letter of last week, which we have read.
We shall answer it as soon as our office is open again.""",
    "form": """
Name:       Anna Berger       Phone:     0113 496 0121
Street:     12 Harbour St     Born:      01.02.1990
City:       Leeds             Contract:  KC-26514
Remarks:    none              Signed:    28.02.2024""",
    "footer": """
Acme Trading Ltd        Phone 0113 496 0121       Bank of Leeds
12 Harbour Street       Fax 0113 496 0122         GB33BUKB20201555
Leeds LS1 4DY           mail@acme.example         BIC BUKBGB22""",
    "columns": "\n".join(
        "the first column of running text     and another one that is set beside it" for _ in range(12)
    ),
    "nothing": " ",
    "word": "Hello",
}


@pytest.mark.parametrize("text", NO_TABLES.values(), ids=NO_TABLES)
def test_other_text_is_no_table(text: str) -> None:
    assert find_tables(page(text)) == ()


def test_page_may_be_table_only() -> None:
    lines = [across(row, 0, 20) for row in (0.2, 1, 2)] + [down(x, 0.2, 2) for x in (0, 10, 20)]
    [table] = find_tables(page("One       Two\nThree     Four", rulings=lines))
    assert grid(table) == [["One", "Two"], ["Three", "Four"]]


def test_frame_is_no_table() -> None:
    lines = [across(0.2, 0, 40), across(3, 0, 40), down(0, 0.2, 3), down(40, 0.2, 3)]
    assert find_tables(page("Please read this\nand sign below", rulings=lines)) == ()


def test_skewed_page_keeps_rows() -> None:
    straight, slope = page(INVOICE), 0.015
    lines = [
        line.model_copy(
            update={
                "words": tuple(
                    word.model_copy(
                        update={
                            "box": Box(
                                left=word.box.left,
                                right=word.box.right,
                                top=word.box.top + slope * word.box.left,
                                bottom=word.box.bottom + slope * word.box.left,
                            )
                        }
                    )
                    for word in line.words
                )
            }
        )
        for line in straight.lines
    ]
    [table] = find_tables(straight.model_copy(update={"lines": tuple(lines)}))
    assert grid(table) == grid(find_tables(straight)[0])


def test_three_directions_do_not_fail() -> None:
    upright = page(INVOICE)
    side = Word(start=0, end=4, box=Box(left=2, top=0, right=20, bottom=250))
    sideways = Line(raw="side", text="side", box=side.box, words=(side,))
    [table] = find_tables(upright.model_copy(update={"lines": (*upright.lines, sideways, sideways, sideways)}))
    assert table.columns == 5


def test_twenty_thousand_cells_are_found() -> None:
    header = "  ".join(f"{'Name':>6}" for _ in range(100))
    rows = ["  ".join(f"{row * column % 997:>6}" for column in range(100)) for row in range(199)]
    [table] = find_tables(page("\n".join([header, *rows])))
    assert (table.rows, table.columns) == (200, 100)


def test_table_goes_on_over_pages() -> None:
    first, second, other = page(INVOICE.rsplit("\n", 2)[0], 1), page(INVOICE.rsplit("\n", 2)[0], 2), page("Hello", 3)
    tables = DocumentTables()
    [one], [two], none = (tables.add(each).tables for each in (first, second, other))
    assert (one.number, one.continues, one.rows_before) == (1, False, 0)
    assert (two.number, two.continues, two.rows_before, two.repeated_rows) == (1, True, 4, 1)
    assert none == ()


def test_table_with_other_columns_is_another() -> None:
    tables = DocumentTables()
    tables.add(page(INVOICE.rsplit("\n", 2)[0], 1))
    text = """Item             Amount     Tax
Bolt              10.00     1.90
Brush             14.50     2.76
Paint              8.00     1.00"""
    other = tables.add(page(text, 2)).tables
    assert [table.number for table in other] == [2]
    assert not other[0].continues


def test_large_document_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanproof.tables.config.MAX_CHARACTERS", 400)
    tables = DocumentTables()
    assert tables.add(page(INVOICE, 1)).tables
    assert tables.add(page(INVOICE, 2)).tables == ()
    assert tables.warnings == ("From page 2 on no tables were looked for: there is too much text.",)


def test_words_without_boxes_do_not_fail() -> None:
    line = Line(raw="4 2.50 10.00", text="4 2.50 10.00", box=Box(left=0, top=0, right=100, bottom=20))
    bare = Page(number=1, width=100, height=100, dpi=300, source=PageSource.OCR, lines=(line, line, line))
    assert find_tables(bare) == ()
