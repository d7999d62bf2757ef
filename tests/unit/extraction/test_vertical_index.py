from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanproof.document import Box
from scanproof.extraction.vertical_index import VerticalIndex

HEIGHTS = st.floats(0, 40_000) | st.floats(0, 50)
STRETCHES = st.tuples(st.floats(-100, 40_000), HEIGHTS).map(lambda found: (found[0], sum(found)))


@given(st.lists(STRETCHES, max_size=30), st.lists(STRETCHES, max_size=5))
def test_nothing_that_overlaps_is_missed(items: list[tuple[float, float]], queries: list[tuple[float, float]]) -> None:
    index: VerticalIndex[int] = VerticalIndex(Box(left=0, top=top, right=1, bottom=bottom) for top, bottom in items)
    for number, (top, bottom) in enumerate(items):
        index.add(top, bottom, number)
    for top, bottom in queries:
        found = list(index.overlapping(top, bottom))
        assert found == sorted(found)
        assert {n for n, (first, last) in enumerate(items) if first <= bottom and top <= last} <= set(found)


def test_far_items_are_left_out() -> None:
    index: VerticalIndex[int] = VerticalIndex([Box(left=0, top=0, right=1, bottom=20)])
    for number in range(100):
        index.add(30 * number, 30 * number + 20, number)
    assert list(index.overlapping(300, 320)) == [10, 11]
