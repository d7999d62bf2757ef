from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanproof.workers.ocr import page_ranges


@given(st.integers(1, 500), st.integers(1, 20))
def test_page_ranges_cover_each_page_once(total: int, size: int) -> None:
    ranges = page_ranges(total, size)
    assert [number for r in ranges for number in r] == list(range(1, total + 1))
    assert all(len(r) <= size for r in ranges)
