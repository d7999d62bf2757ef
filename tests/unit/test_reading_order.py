"""Reading order of boxes: rows, columns, and every piece exactly once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.document import Box
from scanproof.reading_order import in_reading_order


def box(left: float, top: float, width: float, height: float = 20) -> Box:
    return Box(left=left, top=top, right=left + width, bottom=top + height)


def test_label_and_amount_share_a_row_even_when_a_little_askew() -> None:
    assert in_reading_order([box(500, 104, 60), box(40, 100, 90), box(500, 134, 60), box(40, 130, 70)]) == [
        [1, 0],
        [3, 2],
    ]


def test_a_table_is_read_row_by_row() -> None:
    cells = [box(x, 100 + 30 * row, width) for row in range(8) for x, width in ((40, 300), (400, 30), (500, 60))]
    assert in_reading_order(cells) == [[3 * row, 3 * row + 1, 3 * row + 2] for row in range(8)]


def test_columns_of_prose_are_read_one_after_the_other_between_headlines() -> None:
    headline, footer = [box(40, 20, 700, 40)], [box(40, 500, 600)]
    left = [box(40, 100 + 30 * row, 320) for row in range(6)]
    right = [box(400, 107 + 30 * row, 320) for row in range(6)]
    order = in_reading_order([*headline, *left, *right, *footer])
    assert order == [[index] for index in range(14)]


def test_three_columns() -> None:
    columns = [[box(40 + 250 * column, 100 + 30 * row, 230) for row in range(5)] for column in range(3)]
    assert in_reading_order([piece for column in columns for piece in column]) == [[index] for index in range(15)]


def test_pieces_that_lie_over_each_other_are_not_put_beside_each_other() -> None:
    assert in_reading_order([box(40, 100, 200), box(60, 108, 200)]) == [[0], [1]]


sizes = st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(0, 400), st.integers(0, 60))


@settings(deadline=None)
@given(st.lists(sizes, max_size=40))
def test_every_piece_comes_once(drawn: list[tuple[int, int, int, int]]) -> None:
    pieces = [box(*piece) for piece in drawn]
    assert sorted(index for row in in_reading_order(pieces) for index in row) == list(range(len(pieces)))
