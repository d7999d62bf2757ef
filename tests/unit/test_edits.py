"""Edits can be applied, composed and computed, and offsets be mapped between raw and edited text."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scanproof.edits import (
    TextEdit,
    apply,
    around,
    compose,
    diff,
    to_edited,
    to_raw,
    to_raw_span,
    widened,
)

texts = st.text(alphabet="abc", max_size=12)


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> list[TextEdit]:
    """Ordered edits that do not overlap, with at most one insertion in a place."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    spans = dict.fromkeys(zip(cuts[::2], cuts[1::2], strict=False))
    written, probability = st.text(alphabet="xyz", max_size=3), st.floats(0, 1)
    made = [TextEdit(start, end, draw(written), draw(probability)) for start, end in spans]
    return [edit for edit in made if not edit.is_noop(text)]


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[TextEdit]]:
    text = draw(texts)
    return text, draw(edits_of(text))


def is_ordered(edits: list[TextEdit]) -> bool:
    return all(one.end <= other.start for one, other in pairwise(edits))


@given(texts, texts)
def test_applied_diff_gives_target(text: str, target: str) -> None:
    edits = diff(text, target, 0.5)
    assert apply(text, edits) == target
    assert is_ordered(edits)
    assert all(one.end < other.start for one, other in pairwise(edits))  # adjacent changes are one edit
    assert all(not edit.is_noop(text) and edit.probability == 0.5 for edit in edits)


@given(st.data(), texts)
def test_composed_edits_equal_both_passes(data: st.DataObject, raw: str) -> None:
    earlier = data.draw(edits_of(raw))
    between = apply(raw, earlier)
    later = data.draw(edits_of(between))
    composed = compose(raw, earlier, later)
    assert apply(raw, composed) == apply(between, later)
    assert is_ordered(composed)
    assert all(not edit.is_noop(raw) for edit in composed)


@given(edited())
def test_composing_with_nothing_keeps_edits(case: tuple[str, list[TextEdit]]) -> None:
    raw, edits = case
    text = apply(raw, edits)
    assert apply(raw, compose(raw, [], edits)) == apply(raw, compose(raw, edits, [])) == text


def test_edits_that_do_not_touch_stay() -> None:
    edits = [TextEdit(0, 1, "b", 0.9), TextEdit(2, 2, "x", 0.8)]
    assert compose("abc", [], edits) == compose("abc", edits, []) == edits


def test_touching_edits_merge_with_lower_probability() -> None:
    earlier, later = [TextEdit(1, 2, "xy", 0.9)], [TextEdit(3, 4, "z", 0.7)]
    assert compose("abc", earlier, later) == [TextEdit(1, 3, "xyz", 0.7)]


def test_edits_that_cancel_out_vanish() -> None:
    assert compose("abc", [TextEdit(1, 2, "x", 0.9)], [TextEdit(1, 2, "b", 0.9)]) == []


@given(edited())
def test_offsets_round_trip(case: tuple[str, list[TextEdit]]) -> None:
    raw, edits = case
    text = apply(raw, edits)
    outside = [at for at in range(len(raw) + 1) if not any(edit.start <= at < edit.end for edit in edits)]
    for offset in outside:
        assert to_raw(edits, to_edited(edits, offset)) == offset
        assert text[to_edited(edits, offset) :] == apply(raw, [e for e in edits if e.start > offset], offset)


@given(texts, texts)
def test_offsets_inside_edits_settle(raw: str, text: str) -> None:
    edits = diff(raw, text)
    for offset in range(len(raw) + 1):
        mapped = to_edited(edits, offset)
        assert 0 <= mapped <= len(text)
        assert to_edited(edits, to_raw(edits, mapped)) == mapped
    for offset in range(len(text) + 1):
        mapped = to_raw(edits, offset)
        assert 0 <= mapped <= len(raw)
        assert to_raw(edits, to_edited(edits, mapped)) == mapped


@given(edited(), st.data())
def test_offsets_keep_their_order(case: tuple[str, list[TextEdit]], data: st.DataObject) -> None:
    raw, edits = case
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
    assert to_edited(edits, first) <= to_edited(edits, last)
    text = apply(raw, edits)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    assert to_raw(edits, first) <= to_raw(edits, last)


@given(edited(), st.data())
def test_raw_span_holds_the_same_text(case: tuple[str, list[TextEdit]], data: st.DataObject) -> None:
    raw, edits = case
    text = apply(raw, edits)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    assume(first < last)
    span = to_raw_span(edits, first, last)
    if max(text[first:last], default="") >= "x":
        assert span is None  # an edit wrote a part of it
    elif span is not None:
        start, end = span
        assert raw[start:end] == text[first:last]
        assert len(apply(raw[:start], [edit for edit in edits if edit.end <= start])) == first


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 1, (0, 1)), (1, 3, None), (2, 4, (1, 3)), (3, 5, None), (4, 6, (4, 6)), (6, 7, (7, 8))],
)
def test_raw_span_avoids_edits(start: int, end: int, expected: tuple[int, int] | None) -> None:
    raw = "abcdefgh"
    edits = [TextEdit(1, 1, "x"), TextEdit(3, 4, ""), TextEdit(6, 7, "")]
    assert apply(raw, edits) == "axbcefh"
    assert to_raw_span(edits, start, end) == expected


@given(edited(), st.data())
def test_widened_span_cuts_no_replacement(case: tuple[str, list[TextEdit]], data: st.DataObject) -> None:
    raw, edits = case
    text = apply(raw, edits)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    start, end = widened(edits, first, last)
    assert start <= first <= last <= end
    assert widened(edits, start, end) == (start, end)
    inside = [edit for edit in edits if to_raw(edits, start) <= edit.start and edit.end <= to_raw(edits, end)]
    assert text[start:end] in apply(raw, inside, to_raw(edits, start), to_raw(edits, end))


@pytest.mark.parametrize(
    "edits", [[TextEdit(0, 3, "x"), TextEdit(2, 4, "y")], [TextEdit(2, 3, "x"), TextEdit(0, 1, "")]]
)
def test_overlapping_edits_are_rejected(edits: list[TextEdit]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply("abcd", edits)


def test_edits_apply_to_part_of_text() -> None:
    assert apply("abcdef", [TextEdit(2, 3, "xy")], 1, 5) == "bxyde"
    assert TextEdit(2, 3, "xy").shifted(2) == TextEdit(4, 5, "xy")


@pytest.mark.parametrize(
    ("edit", "touches"),
    [((0, 1), False), ((1, 2), True), ((3, 4), False), ((1, 1), True), ((3, 3), True), ((0, 0), False), ((0, 9), True)],
)
def test_edit_touches_span(edit: tuple[int, int], touches: bool) -> None:
    assert TextEdit(*edit, "x").touches(1, 3) is touches


@given(edited(), st.integers(0, 15), st.integers(0, 15))
def test_span_has_edits_and_raw(made: tuple[str, list[TextEdit]], one: int, other: int) -> None:
    raw, edits = made
    text = apply(raw, edits)
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    assume(start < end)
    start, end = widened(edits, start, end)
    span = around(edits, start, end)
    assert [*span.before, *span.inside, *span.after] == edits
    assert apply(raw, span.before, 0, span.start) == text[:start]
    assert apply(raw, span.inside, span.start, span.end) == text[start:end]
    assert apply(raw, span.after, span.end) == text[end:]
