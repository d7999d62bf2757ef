"""Windows answer for each character once, and see beyond what they answer for."""

from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.fast.windows import windows


@given(length=st.integers(0, 2000), size=st.integers(45, 300))
def test_answers_cover_the_line_once(length: int, size: int) -> None:
    answered = [place for window in windows(length, size) for place in range(window.answer_start, window.answer_end)]
    assert answered == list(range(length))


@given(length=st.integers(0, 2000), size=st.integers(45, 300))
def test_cut_edges_have_a_margin_and_no_window_is_too_long(length: int, size: int) -> None:
    for window in windows(length, size):
        assert window.end - window.start <= size
        assert window.start == 0 or window.answer_start - window.start >= 20
        assert window.end == length or window.end - window.answer_end >= 20
