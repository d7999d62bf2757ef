"""What the lattice tells about a line, and how the corrector uses it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from math import log
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.fast import config
from scanproof.correction.fast.corrector import FastCorrector
from scanproof.correction.fast.image import LineImage
from scanproof.document import apply_edits
from scanproof.edits import TextEdit
from scanproof.language import LanguagePosterior
from scanproof.lattice.model import LEVELS_PER_NEPER, RESTORED, SegmentLattice

ALPHABET = ("", *sorted(set("Inv0oice the lots：fi")))


def segment(
    text: str,
    doubts: Mapping[int, tuple[str, float]] | None = None,
    gaps: Mapping[int, float] | None = None,
    start: int = 0,
    alphabet: Sequence[str] = ALPHABET,
) -> SegmentLattice:
    """A segment whose characters are each decoded at two steps, with a blank step after each.

    Args:
        text: as decoded.
        doubts: by index of a character, its second choice and that one's probability.
        gaps: by index of a character, the probability of a space at the blank after it.
        start: index of its first character in the line.
        alphabet: of the page.
    """
    counts, characters, levels, positions = bytearray(), array("H"), array("H"), []
    for index, character in enumerate(text):
        positions.append(len(counts))
        other = (doubts or {}).get(index)
        second = [other] if other else []
        space = (gaps or {}).get(index)
        after = [("", 1 - space), (" ", space)] if space else [("", 0.999)]
        first = [(character, 1 - other[1] if other else 0.999), *second]
        for step in (first, first, after):
            counts.append(len(step))
            characters.extend(alphabet.index(one) for one, _ in step)
            levels.extend(round(-LEVELS_PER_NEPER * log(probability)) for _, probability in step)
    return SegmentLattice(start, tuple(positions), bytes(counts), characters, levels)


def image(
    text: str, doubts: Mapping[int, tuple[str, float]] | None = None, gaps: Mapping[int, float] | None = None
) -> LineImage:
    """A line of one segment."""
    return LineImage(text, ALPHABET, (segment(text, doubts, gaps),))


def edits_of(line: LineImage) -> list[TextEdit]:
    """The line's other readings."""
    return [reading.edit for reading in line.readings()]


def test_second_choice_is_another_reading() -> None:
    assert edits_of(image("Inv0ice", {3: ("o", 0.2)})) == [TextEdit(0, 7, "Invoice")]
    assert edits_of(image("Inv0ice")) == []


def test_trace_of_space_parts_words() -> None:
    assert TextEdit(0, 6, "the lot") in edits_of(image("thelot", gaps={2: 0.1}))


def test_uncertain_space_joins_words() -> None:
    assert TextEdit(0, 7, "thelot") in edits_of(image("the lot", {3: ("", 0.4)}))


def test_ratio_compares_both_readings() -> None:
    [ratio] = image("Inv0ice", {3: ("o", 0.2)}).log_ratios([TextEdit(3, 4, "o")])
    assert ratio == pytest.approx(2 * log(0.2 / 0.8), abs=0.6)  # two steps show the character


def test_unseen_character_is_ruled_out() -> None:
    [ratio] = image("Inv0ice").log_ratios([TextEdit(3, 4, "o")])
    assert ratio is not None
    assert ratio < config.NOT_IN_IMAGE


def test_restored_space_tells_nothing() -> None:
    found = segment("the lot")
    positions = (*found.positions[:3], RESTORED, *found.positions[4:])
    restored = LineImage("the lot", ALPHABET, (SegmentLattice(0, positions, *_rest(found)),))
    assert restored.log_ratios([TextEdit(3, 4, "")]) == [None]
    assert restored.log_ratios([TextEdit(0, 3, "tho")]) != [None]


def test_other_segments_tell_nothing() -> None:
    two = LineImage("the lot", ALPHABET, (segment("the"), segment("lot", start=4)))
    assert two.log_ratios([TextEdit(2, 5, "o")]) == [None]
    assert two.log_ratios([TextEdit(4, 5, "i")]) != [None]


def test_replaced_character_keeps_its_steps() -> None:
    before = image("the： lot", {5: ("t", 0.3)})
    after = before.after([TextEdit(3, 4, ":")])
    assert after.text == "the: lot"
    assert after.log_ratios([TextEdit(5, 6, "t")]) == before.log_ratios([TextEdit(5, 6, "t")])


def test_added_character_has_no_steps() -> None:
    after = image("fine lot").after([TextEdit(0, 1, "ff")])
    assert after.text == "ffine lot"
    assert after.log_ratios([TextEdit(2, 3, "o"), TextEdit(6, 7, "i")])[0] is None


def test_image_decides_about_an_edit(fast: FastCorrector) -> None:
    raw = "The tctal of this invoice is due"
    alphabet = ("", *sorted(set(raw)))
    certain, doubtful = (
        LineImage(raw, alphabet, (segment(raw, doubts, alphabet=alphabet),)) for doubts in (None, {5: ("o", 0.3)})
    )
    [refused] = fast.correct_with_images([raw], [certain], LanguagePosterior.certain("en"))
    [made] = fast.correct_with_images([raw], [doubtful], LanguagePosterior.certain("en"))
    [by_text] = fast.correct_with_images([raw], [None], LanguagePosterior.certain("en"))
    assert (refused.text, [refusal.guard for refusal in refused.refusals]) == (raw, ["image_certain"])
    assert made.text == by_text.text == "The total of this invoice is due"


def test_corrected_line_is_analyzed_again(fast: FastCorrector) -> None:
    raw = "The tctal of this invoice is due"
    alphabet = ("", *sorted(set(raw)))
    image = LineImage(raw, alphabet, (segment(raw, {5: ("o", 0.3)}, alphabet=alphabet),))
    with patch.object(fast.analyzer, "analyze", wraps=fast.analyzer.analyze) as analyze:
        fast.correct_with_images([raw], [image], LanguagePosterior.certain("en"))
    assert [call.args[0] for call in analyze.call_args_list] == [raw, "The total of this invoice is due"]


def test_seen_spaces_part_dates(fast: FastCorrector) -> None:
    raw = "Dates 01/27/20-02/02/20"
    alphabet = ("", *sorted({*raw, " "}))
    seen, unseen = (
        LineImage(raw, alphabet, (segment(raw, gaps=gaps, alphabet=alphabet),)) for gaps in ({13: 0.4, 14: 0.4}, None)
    )
    [parted, whole] = fast.correct_with_images([raw, raw], [seen, unseen], LanguagePosterior.certain("en"))
    assert (parted.text, whole.text) == ("Dates 01/27/20 - 02/02/20", raw)


@given(st.text("Invo the lots：fi", min_size=1, max_size=24), st.data())
def test_foreign_lattice_never_fails(fast: FastCorrector, text: str, data: st.DataObject) -> None:
    other = data.draw(st.text(ALPHABET[1:], min_size=1, max_size=len(text)))
    gaps = data.draw(st.dictionaries(st.integers(0, len(other)), st.floats(0.1, 0.9), max_size=3))
    foreign = LineImage(text, ALPHABET, (segment(other, gaps=gaps),))
    [result] = fast.correct_with_images([text], [foreign], LanguagePosterior.certain("en"))
    assert apply_edits(text, result.edits) == result.text


def _rest(found: SegmentLattice) -> tuple[bytes, array[int], array[int]]:
    return found.counts, found.characters, found.levels
