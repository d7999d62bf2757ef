from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.correction.lm.columns import realigned
from scanproof.correction.lm.split import sentence_pairs, split
from scanproof.values.find import find_values

WORDS = st.sampled_from(["The", "total", "of", "page.", "one", "1 200,00 €", "is", "12.03.2024", "paid!", "x" * 30])
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "  ", "\n", ". "])), max_size=40).map(
    lambda parts: "".join(word + blank for word, blank in parts)
)
ROWS = "Item          Price    Sum\nPaper, white   4.00   16.00\nPens, blue     1.50    3.00\n"


def words(text: str) -> int:
    return len(text.split())


@settings(deadline=None)
@given(text=TEXTS, limit=st.integers(1, 20), context=st.integers(0, 10))
def test_segments_join_to_the_text_and_keep_their_bounds(text: str, limit: int, context: int) -> None:
    segments = split(text, words, limit, context)
    assert "".join(text[segment.start : segment.end] for segment in segments) == text
    for segment in segments:
        assert segment.start < segment.end
        assert words(text[segment.start : segment.end]) <= limit or not segment.fits
        assert words(text[segment.context : segment.start]) <= context


@settings(deadline=None)
@given(text=TEXTS, limit=st.integers(1, 60))
def test_no_word_and_no_value_is_cut(text: str, limit: int) -> None:
    ends = {segment.end for segment in split(text, len, limit, 10)} - {len(text)}
    for end in ends:
        assert text[end - 1].isspace()
        assert not any(value.start < end < value.end for value in find_values(text))


def test_a_cut_is_made_behind_a_sentence_rather_than_behind_a_word() -> None:
    text = "The first one. The second one is longer than the first. And a third."
    assert [text[s.start : s.end] for s in split(text, words, 9, 0)] == [
        "The first one. ",
        "The second one is longer than the first. ",
        "And a third.",
    ]


def test_the_context_of_a_segment_is_what_stands_before_it() -> None:
    text = "One two three. Four five six. Seven eight nine."
    assert [text[s.context : s.start] for s in split(text, words, 3, 2)] == ["", "two three. ", "five six. "]


def test_a_table_row_is_never_cut() -> None:
    segments = split(ROWS, words, 5, 0)
    assert [ROWS[s.start : s.end] for s in segments] == ROWS.splitlines(keepends=True)
    [only] = split(ROWS.splitlines()[1], words, 2, 0)
    assert not only.fits


@settings(deadline=None)
@given(text=TEXTS, changed=TEXTS)
def test_sentence_pairs_join_to_both_readings(text: str, changed: str) -> None:
    pairs = sentence_pairs(text, changed)
    assert "".join(text[a:b] for a, b, _, _ in pairs) == text
    assert "".join(changed[c:d] for _, _, c, d in pairs) == changed


def test_sentences_are_paired_where_both_readings_end_them() -> None:
    raw, corrected = "Tbe first. A secnd one. End.", "The first. A second one. End."
    pairs = [(raw[a:b], corrected[c:d]) for a, b, c, d in sentence_pairs(raw, corrected)]
    assert pairs == [("Tbe first. ", "The first. "), ("A secnd one. ", "A second one. "), ("End.", "End.")]


def test_cells_go_back_to_where_they_began() -> None:
    assert realigned("Papr   4.00   x", "Paper  4.00   x") == "Paper  4.00   x"
    assert realigned("Papr   4.00   x", "Paper   4.00   x") == "Paper  4.00   x"
    assert realigned("Pa  4", "Paper  4") == "Paper  4"
    assert realigned("a  b", "a b") is None
