"""Reading order of boxes: rows, columns, and every box exactly once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.document import Box
from scanproof.reading_order import in_reading_order


def box(left: float, top: float, width: float, height: float = 20) -> Box:
    return Box(left=left, top=top, right=left + width, bottom=top + height)


def test_slightly_skewed_label_shares_row() -> None:
    assert in_reading_order([box(500, 104, 60), box(40, 100, 90), box(500, 134, 60), box(40, 130, 70)]) == [
        [1, 0],
        [3, 2],
    ]


def test_table_is_read_by_row() -> None:
    cells = [box(x, 100 + 30 * row, width) for row in range(8) for x, width in ((40, 300), (400, 30), (500, 60))]
    assert in_reading_order(cells) == [[3 * row, 3 * row + 1, 3 * row + 2] for row in range(8)]


def test_columns_between_headlines_stay_separate() -> None:
    headline, footer = [box(40, 20, 700, 40)], [box(40, 500, 600)]
    left = [box(40, 100 + 30 * row, 320) for row in range(6)]
    right = [box(400, 107 + 30 * row, 320) for row in range(6)]
    order = in_reading_order([*headline, *left, *right, *footer])
    assert order == [[index] for index in range(14)]


def test_three_columns_are_read_in_order() -> None:
    columns = [[box(40 + 250 * column, 100 + 30 * row, 230) for row in range(5)] for column in range(3)]
    assert in_reading_order([each for column in columns for each in column]) == [[index] for index in range(15)]


def test_overlapping_boxes_form_separate_rows() -> None:
    assert in_reading_order([box(40, 100, 200), box(60, 108, 200)]) == [[0], [1]]


sizes = st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(0, 400), st.integers(0, 60))


@settings(deadline=None)
@given(st.lists(sizes, max_size=40))
def test_every_box_occurs_once(drawn: list[tuple[int, int, int, int]]) -> None:
    boxes = [box(*size) for size in drawn]
    assert sorted(index for row in in_reading_order(boxes) for index in row) == list(range(len(boxes)))
