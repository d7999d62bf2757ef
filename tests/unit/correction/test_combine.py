"""Results of two correctors in turn combine into edits of the raw line that give the second one's text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.base import CorrectedLine
from scanproof.correction.combine import combined
from scanproof.document import Edit, Refusal, apply_edits


def edit_by(corrector: str, raw: str, start: int, end: int, corrected: str, probability: float = 0.9) -> Edit:
    return Edit(
        start=start, end=end, raw=raw[start:end], corrected=corrected, probability=probability,
        corrector=corrector, model=corrector, model_version=f"{corrector}-1",
    )  # fmt: skip


def result_of(corrector: str, raw: str, *changes: tuple[int, int, str]) -> CorrectedLine:
    edits = tuple(edit_by(corrector, raw, *change) for change in changes)
    return CorrectedLine(apply_edits(raw, edits), edits)


@st.composite
def results(draw: st.DrawFn, raw: str, corrector: str) -> CorrectedLine:
    """Any ordered edits of ``raw`` that do not overlap and change something."""
    places = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=6, unique=True)))
    changes = [
        (start, end, new)
        for start, end in zip(places[::2], places[1::2], strict=False)
        if (new := draw(st.text("abx", max_size=3))) != raw[start:end]
    ]
    return result_of(corrector, raw, *changes)


@given(st.data(), st.text("abc ", max_size=12))
def test_combined_edits_give_second_text(data: st.DataObject, raw: str) -> None:
    first = data.draw(results(raw, "fast"))
    second = data.draw(results(first.text, "accurate"))
    both = combined(raw, first, second)
    assert both.text == second.text == apply_edits(raw, both.edits)
    names = {edit.corrector for edit in both.edits}
    assert names <= {"fast", "accurate", "fast+accurate"}
    if not second.edits:
        assert both.edits == first.edits
    if not first.edits:
        assert names <= {"accurate"}


@given(st.data(), st.text("abc ", min_size=1, max_size=12))
def test_second_refusals_map_to_raw_line(data: st.DataObject, raw: str) -> None:
    first = data.draw(results(raw, "fast"))
    start = data.draw(st.integers(0, len(first.text)))
    end = data.draw(st.integers(start, len(first.text)))
    refusal = Refusal(start=start, end=end, raw=first.text[start:end], proposed="new", guard="numbers")
    [refused] = combined(raw, first, CorrectedLine(first.text, (), (refusal,))).refusals
    assert 0 <= refused.start <= refused.end <= len(raw)
    assert refused.raw == raw[refused.start : refused.end]
    assert "new" in refused.proposed


def test_edits_keep_their_corrector() -> None:
    raw = "Inv0ice oftne modem"
    first = result_of("fast", raw, (3, 4, "o"))
    second = result_of("accurate", first.text, (8, 13, "of the"), (14, 19, "modern"))
    both = combined(raw, first, second)
    assert [(edit.corrector, edit.raw, edit.corrected) for edit in both.edits] == [
        ("fast", "0", "o"),
        ("accurate", "oftne", "of the"),
        ("accurate", "modem", "modern"),
    ]


def test_shared_edits_name_both_correctors() -> None:
    raw = "Tbe 1ine"
    first = result_of("fast", raw, (4, 5, "l"))
    second = result_of("accurate", first.text, (4, 8, "lines"))
    [edit] = combined(raw, first, second).edits
    assert (edit.corrector, edit.model, edit.model_version) == ("fast+accurate", "fast+accurate", "fast-1 + accurate-1")
    assert (edit.raw, edit.corrected) == ("1ine", "lines")


def test_refusal_that_cuts_edit_is_widened() -> None:
    raw = "a 1O0 b"
    first = result_of("fast", raw, (2, 5, "100"))
    refusal = Refusal(start=4, end=7, raw="0 b", proposed="8 b", guard="numbers")
    [refused] = combined(raw, first, CorrectedLine(first.text, (), (refusal,))).refusals
    assert (refused.raw, refused.proposed) == ("1O0 b", "108 b")


def test_gain_of_later_edit_is_kept() -> None:
    first = result_of("fast", "tbe arid land", (1, 2, "h"))
    scored = edit_by("accurate", first.text, 6, 8, "n").model_copy(update={"lm_gain": 3.5})
    both = combined("tbe arid land", first, CorrectedLine(apply_edits(first.text, [scored]), (scored,)))
    assert [(edit.corrector, edit.lm_gain) for edit in both.edits] == [("fast", None), ("accurate", 3.5)]
