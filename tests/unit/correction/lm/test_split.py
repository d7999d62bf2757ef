from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.correction.lm.split import align_columns, sentence_pairs, split
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
def test_segments_cover_text_within_limits(text: str, limit: int, context: int) -> None:
    segments = split(text, words, limit, context)
    assert "".join(text[segment.start : segment.end] for segment in segments) == text
    for segment in segments:
        assert segment.start < segment.end
        assert words(text[segment.start : segment.end]) <= limit or not segment.fits
        assert words(text[segment.context : segment.start]) <= context


@settings(deadline=None)
@given(text=TEXTS, limit=st.integers(1, 60))
def test_words_and_values_stay_whole(text: str, limit: int) -> None:
    ends = {segment.end for segment in split(text, len, limit, 10)} - {len(text)}
    for end in ends:
        assert text[end - 1].isspace()
        assert not any(value.start < end < value.end for value in find_values(text))


def test_sentence_ends_are_preferred() -> None:
    text = "The first one. The second one is longer than the first. And a third."
    assert [text[s.start : s.end] for s in split(text, words, 9, 0)] == [
        "The first one. ",
        "The second one is longer than the first. ",
        "And a third.",
    ]


def test_context_precedes_segment() -> None:
    text = "One two three. Four five six. Seven eight nine."
    assert [text[s.context : s.start] for s in split(text, words, 3, 2)] == ["", "two three. ", "five six. "]


def test_table_rows_stay_whole() -> None:
    segments = split(ROWS, words, 5, 0)
    assert [ROWS[s.start : s.end] for s in segments] == ROWS.splitlines(keepends=True)
    [only] = split(ROWS.splitlines()[1], words, 2, 0)
    assert not only.fits


@settings(deadline=None)
@given(text=TEXTS, changed=TEXTS)
def test_sentence_pairs_cover_both_texts(text: str, changed: str) -> None:
    pairs = sentence_pairs(text, changed)
    assert "".join(text[a:b] for a, b, _, _ in pairs) == text
    assert "".join(changed[c:d] for _, _, c, d in pairs) == changed


def test_sentences_are_paired_at_common_ends() -> None:
    raw, corrected = "Tbe first. A secnd one. End.", "The first. A second one. End."
    pairs = [(raw[a:b], corrected[c:d]) for a, b, c, d in sentence_pairs(raw, corrected)]
    assert pairs == [("Tbe first. ", "The first. "), ("A secnd one. ", "A second one. "), ("End.", "End.")]


def test_columns_are_aligned() -> None:
    assert align_columns("Papr   4.00   x", "Paper  4.00   x") == "Paper  4.00   x"
    assert align_columns("Papr   4.00   x", "Paper   4.00   x") == "Paper  4.00   x"
    assert align_columns("Pa  4", "Paper  4") == "Paper  4"
    assert align_columns("a  b", "a b") is None
