"""The tagger's windows label each character once and see beyond what they label; word statuses are optional."""

from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.fast.tagger import Tagger, WordStatus, windows, word_statuses


@given(length=st.integers(0, 2000), size=st.integers(45, 300))
def test_windows_label_each_character_once(length: int, size: int) -> None:
    answered = [place for window in windows(length, size) for place in range(window.answer_start, window.answer_end)]
    assert answered == list(range(length))


@given(length=st.integers(0, 2000), size=st.integers(45, 300))
def test_windows_keep_margin_and_size(length: int, size: int) -> None:
    for window in windows(length, size):
        assert window.end - window.start <= size
        assert window.start == 0 or window.answer_start - window.start >= 20
        assert window.end == length or window.end - window.answer_end >= 20


def test_tagger_takes_statuses_or_none(tagger: Tagger) -> None:
    text = "The goods " * 30 + "gods"
    for suspect_span in (lambda word, rare: None, lambda word, rare: (0, 1)):
        statuses = word_statuses(text, lambda word: 1e-7 if word == "gods" else 1e-3, suspect_span)
        assert tagger.tag(text, statuses).logs.shape == tagger.tag(text).logs.shape
    assert WordStatus.UNSPECIFIED == 0
