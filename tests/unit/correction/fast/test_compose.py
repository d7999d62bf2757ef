"""Edits of two passes become edits of the raw line that do the same."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.fast.compose import compose
from scanproof.correction.guards import TextEdit, apply_text_edits


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> list[TextEdit]:
    """Ordered edits that do not overlap, with at most one insertion in a place."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    written = st.text(alphabet="xyz", max_size=3)
    probability = st.floats(0, 1)
    made = [TextEdit(start, end, draw(written), draw(probability)) for start, end in spans]
    return [edit for edit in made if not edit.is_noop(text)]


@given(data=st.data(), raw=st.text(alphabet="abc", max_size=12))
def test_composed_edits_do_what_both_passes_did(data: st.DataObject, raw: str) -> None:
    earlier = data.draw(edits_of(raw))
    between = apply_text_edits(raw, earlier)
    later = data.draw(edits_of(between))
    composed = compose(raw, earlier, later)
    assert apply_text_edits(raw, composed) == apply_text_edits(between, later)
    assert all(one.end <= other.start for one, other in pairwise(composed))
    assert all(raw[edit.start : edit.end] != edit.corrected for edit in composed)


def test_the_first_pass_alone_stays_as_it_is() -> None:
    edits = [TextEdit(0, 1, "b", 0.9), TextEdit(2, 2, "x", 0.8)]
    assert compose("abc", [], edits) == edits


def test_touching_edits_become_one_with_the_lower_probability() -> None:
    earlier, later = [TextEdit(1, 2, "xy", 0.9)], [TextEdit(3, 4, "z", 0.7)]
    assert compose("abc", earlier, later) == [TextEdit(1, 3, "xyz", 0.7)]


def test_what_the_second_pass_takes_back_is_no_edit() -> None:
    assert compose("abc", [TextEdit(1, 2, "x", 0.9)], [TextEdit(1, 2, "b", 0.9)]) == []
