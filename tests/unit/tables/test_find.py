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


BOXED = """
Line  Channel  Description       Day     Rate       Remarks
1     WJZ      Local News
      Level 3 - Immediately
      WJZ                        Tu      400.00
      WJZ                        Th      400.00
2     WJZ      This Morning
      WJZ                        We      450.00     moved
"""


def test_boxed_header_tells_columns() -> None:
    walls = [down(column, 1, 2) for column in (0, 5.5, 14.5, 32.5, 40.5, 51.5, 60)]
    [table] = find_tables(page(BOXED, rulings=[across(1, 0, 60), across(2, 0, 60), *walls]))
    assert (table.rows, table.columns, table.header_rows) == (7, 6, 1)
    assert grid(table)[:3] == [
        ["Line", "Channel", "Description", "Day", "Rate", "Remarks"],
        ["1", "WJZ", "Local News", "", "", ""],
        ["", "Level 3 - Immediately", "", "", "", ""],
    ]


def test_neighbouring_boxed_headers_stay_apart() -> None:
    text = """
Start       Spots   Gross     Month       Spots   Net
02/17/20       84   4,455.00  February       84   3,786.75"""
    lines = [line for y in (1, 2) for line in (across(y, 0, 28.8), across(y, 29.5, 56))]
    walls = [down(column, 1, 2) for column in (0, 11, 19, 28.8, 29.5, 41, 49, 56)]
    tables = find_tables(page(text, rulings=[*lines, *walls]))
    assert [grid(table)[1] for table in tables] == [
        ["02/17/20", "84", "4,455.00"],
        ["February", "84", "3,786.75"],
    ]


def test_frame_of_page_is_left_out() -> None:
    text = """
Advertiser   Priorities        Entered   02/18/20
Agency       Platform Media    By        Tracy Lake
Product      Political         Terms     Net
Brand        Issue             Demo      Normal


Line   Dates       Spots   Rate
1      05/19/20    1       400.00
2      05/19/20    2       850.00
3      05/20/20    2       850.00"""
    rows = [across(y, 0, 52) for y in (0.2, 7, 8, 9, 10, 11)]
    walls = [down(0, 0.2, 11), down(52, 0.2, 11), *(down(column, 7, 11) for column in (6, 18, 26))]
    table = find_tables(page(text, rulings=[*rows, *walls]))[-1]
    assert grid(table)[0] == ["Line", "Dates", "Spots", "Rate"]
    assert (table.rows, table.columns) == (4, 4)


def test_word_over_wall_is_cut() -> None:
    text = """
Le Run times          Spots
:304:30A- Wake Up     1
:305A- 5:30A          2"""
    rows = [across(y, 0, 30) for y in (1, 2, 3, 4)]
    walls = [down(column, 1, 4) for column in (0, 2.6, 20, 30)]
    [table] = find_tables(page(text, rulings=[*rows, *walls]))
    assert grid(table)[1:] == [[":30", "4:30A- Wake Up", "1"], [":30", "5A- 5:30A", "2"]]


def test_amounts_with_labels_are_a_list() -> None:
    text = """
Summary of charges for July
Data transfer                     $0.01
Charges                          $12.50
  free tier included
Compute cloud                     $1.87
Storage                         $104.10
Thank you for your business."""
    [table] = find_tables(page(text))
    assert grid(table) == [
        ["Data transfer", "$0.01"],
        ["Charges", "$12.50"],
        ["free tier included", ""],
        ["Compute cloud", "$1.87"],
        ["Storage", "$104.10"],
    ]


def test_form_of_amounts_is_no_list() -> None:
    labels = ("Net:", "Tax:", "Gross:", "Paid:")
    assert find_tables(page("\n".join(f"{label:<20}{number}.50" for number, label in enumerate(labels)))) == ()


def test_longer_lines_stay_in_their_row() -> None:
    text = """
Code        Article            Qty      Price     Amount
41230       Paint              100       1.00     100.00
            Ordered by Mr Mayer, cost centre 5465, by phone
            delivered in four cartons
K6521       with samples
41231       Brush               50       1.45      72.50
            by letter of last week, from our shop in Leeds
41232       Chair               10      80.00     800.00
            to be fetched"""
    [table] = find_tables(page(text))
    assert [row[:3] for row in grid(table)[1:]] == [
        [
            "41230 K6521",
            "Paint Ordered by Mr Mayer, cost centre 5465, by phone delivered in four cartons with samples",
            "100",
        ],
        ["41231", "Brush by letter of last week, from our shop in Leeds", "50"],
        ["41232", "Chair to be fetched", "10"],
    ]


def test_positions_close_to_texts_split() -> None:
    text = """
P Article            Qty    Amount
1 Steel bolt          40     10.00
2 Paint brush          2     14.50
3 Chair               10     80.00
4 Office desk          1    120.00
5 Lamp                 7     35.00"""
    [table] = find_tables(page(text))
    assert grid(table)[2] == ["2", "Paint brush", "2", "14.50"]


def test_number_close_to_text_splits() -> None:
    text = """
Pos.  Article            Qty    Amount
   1  Steel bolt          40     10.00
   2  Paint brush          2     14.50
   3  Chair               10     80.00
   4  Office desk          1    120.00"""
    typed = page(text)
    line = typed.lines[3]
    wide = line.words[0].model_copy(update={"box": line.words[0].box.model_copy(update={"right": 44.0})})
    line = line.model_copy(update={"words": (wide, *line.words[1:])})
    [table] = find_tables(typed.model_copy(update={"lines": (*typed.lines[:3], line, typed.lines[4])}))
    assert grid(table)[3] == ["3", "Chair", "10", "80.00"]


def test_centred_names_leave_line_to_groups() -> None:
    text = """
                        Delivery
Article      Qty                             Amount
                      Unit price    VAT
Bolt          40           10.00    7 %      400.00
Brush          2           14.50    7 %       29.00
Chair         10           80.00   19 %      800.00"""
    [table] = find_tables(page(text))
    spans = {cell.text: (cell.row, cell.column, cell.row_span, cell.column_span) for cell in table.cells}
    assert spans["Delivery"] == (0, 2, 1, 2)
    assert spans["Amount"] == (0, 4, 2, 1)
    assert (spans["Unit price"], spans["VAT"]) == ((1, 2, 1, 1), (1, 3, 1, 1))


def test_margin_note_is_no_column() -> None:
    typed = page(INVOICE)
    box = Box(left=0, top=60, right=8, bottom=200)
    note = Line(raw="Copyright", text="Copyright", box=box, words=(Word(start=0, end=9, box=box),))
    [table] = find_tables(typed.model_copy(update={"lines": (*typed.lines, note)}))
    assert grid(table)[1] == ["1", "Steel bolt", "4", "2.50", "10.00"]
