"""Edits of two correctors in turn are edits of the raw line that give the second one's text, whoever made them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.base import CorrectedLine
from scanproof.correction.combine import combined
from scanproof.document import Edit, Refusal, apply_edits


def edit_by(who: str, raw: str, start: int, end: int, corrected: str, probability: float = 0.9) -> Edit:
    return Edit(
        start=start, end=end, raw=raw[start:end], corrected=corrected, probability=probability,
        corrector=who, model=who, model_version=f"{who}-1",
    )  # fmt: skip


def result_of(who: str, raw: str, *changes: tuple[int, int, str]) -> CorrectedLine:
    edits = tuple(edit_by(who, raw, *change) for change in changes)
    return CorrectedLine(apply_edits(raw, edits), edits)


@st.composite
def results(draw: st.DrawFn, raw: str, who: str) -> CorrectedLine:
    """Any ordered edits of ``raw`` that do not overlap and change something."""
    places = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=6, unique=True)))
    changes = [
        (start, end, new)
        for start, end in zip(places[::2], places[1::2], strict=False)
        if (new := draw(st.text("abx", max_size=3))) != raw[start:end]
    ]
    return result_of(who, raw, *changes)


@given(st.data(), st.text("abc ", max_size=12))
def test_any_two_give_the_second_ones_text(data: st.DataObject, raw: str) -> None:
    first = data.draw(results(raw, "fast"))
    second = data.draw(results(first.text, "accurate"))
    both = combined(raw, first, second)
    assert both.text == second.text == apply_edits(raw, both.edits)
    makers = {edit.corrector for edit in both.edits}
    assert makers <= {"fast", "accurate", "fast+accurate"}
    if not second.edits:
        assert both.edits == first.edits
    if not first.edits:
        assert makers <= {"accurate"}


@given(st.data(), st.text("abc ", min_size=1, max_size=12))
def test_a_refusal_of_the_second_is_told_of_the_raw_line(data: st.DataObject, raw: str) -> None:
    first = data.draw(results(raw, "fast"))
    start = data.draw(st.integers(0, len(first.text)))
    end = data.draw(st.integers(start, len(first.text)))
    refusal = Refusal(start=start, end=end, raw=first.text[start:end], proposed="new", guard="numbers")
    [told] = combined(raw, first, CorrectedLine(first.text, (), (refusal,))).refusals
    assert 0 <= told.start <= told.end <= len(raw)
    assert told.raw == raw[told.start : told.end]
    assert "new" in told.proposed


def test_each_edit_stays_with_who_made_it() -> None:
    raw = "Inv0ice oftne modem"
    first = result_of("fast", raw, (3, 4, "o"))
    second = result_of("accurate", first.text, (8, 13, "of the"), (14, 19, "modern"))
    both = combined(raw, first, second)
    assert [(edit.corrector, edit.raw, edit.corrected) for edit in both.edits] == [
        ("fast", "0", "o"),
        ("accurate", "oftne", "of the"),
        ("accurate", "modem", "modern"),
    ]


def test_where_both_had_a_part_both_are_named() -> None:
    raw = "Tbe 1ine"
    first = result_of("fast", raw, (4, 5, "l"))
    second = result_of("accurate", first.text, (4, 8, "lines"))
    [edit] = combined(raw, first, second).edits
    assert (edit.corrector, edit.model, edit.model_version) == ("fast+accurate", "fast+accurate", "fast-1 + accurate-1")
    assert (edit.raw, edit.corrected) == ("1ine", "lines")


def test_a_refusal_that_cuts_an_edit_takes_all_of_it() -> None:
    raw = "a 1O0 b"
    first = result_of("fast", raw, (2, 5, "100"))
    refusal = Refusal(start=4, end=7, raw="0 b", proposed="8 b", guard="numbers")
    [told] = combined(raw, first, CorrectedLine(first.text, (), (refusal,))).refusals
    assert (told.raw, told.proposed) == ("1O0 b", "108 b")
