"""Edits of characters that the recogniser was certain of are refused."""

from __future__ import annotations

from array import array
from math import log

import pytest

from scanproof.correction.fast.corrector import FastCorrector
from scanproof.correction.guards.image import LineLattice
from scanproof.edits import TextEdit
from scanproof.lattice.model import LEVELS_PER_NEPER, RESTORED, SegmentLattice

ALPHABET = ("", *sorted(set("Inv0oice the lots")))


def lattice(
    text: str, doubts: dict[int, tuple[str, float]] | None = None, gaps: dict[int, float] | None = None
) -> LineLattice:
    """A line whose characters are each decoded at two steps, with a blank step after each.

    Args:
        doubts: by index of a character, its second choice and that one's probability.
        gaps: by index of a character, the probability of a space at the blank after it.
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
            characters.extend(ALPHABET.index(one) for one, _ in step)
            levels.extend(round(-LEVELS_PER_NEPER * log(probability)) for _, probability in step)
    return LineLattice(ALPHABET, (SegmentLattice(0, tuple(positions), bytes(counts), characters, levels),))


def test_certain_character_stays() -> None:
    edit = TextEdit(3, 4, "o")
    assert lattice("Inv0ice").refuses("Inv0ice", edit)
    assert not lattice("Inv0ice", {3: ("o", 0.2)}).refuses("Inv0ice", edit)


def test_insertion_needs_trace_between_neighbours() -> None:
    edit = TextEdit(2, 2, " ")
    assert not lattice("Inv0ice", gaps={1: 0.1}).refuses("Inv0ice", edit)
    assert lattice("Inv0ice").refuses("Inv0ice", edit)


def test_one_doubtful_character_suffices() -> None:
    edit = TextEdit(2, 4, "so")
    assert lattice("Inv0ice").margin("Inv0ice", edit) == pytest.approx(0.999, abs=0.002)
    assert not lattice("Inv0ice", {3: ("o", 0.1)}).refuses("Inv0ice", edit)


def test_restored_space_tells_nothing() -> None:
    found = lattice("the lot")
    [segment] = found.segments
    positions = (*segment.positions[:3], RESTORED, *segment.positions[4:])
    restored = LineLattice(
        ALPHABET,
        (SegmentLattice(0, positions, segment.counts, segment.characters, segment.levels),),
    )
    assert restored.margin("the lot", TextEdit(3, 4, "")) is None


def test_edit_across_segments_is_allowed() -> None:
    assert LineLattice(ALPHABET, ()).margin("Inv0ice", TextEdit(3, 4, "o")) is None


def test_corrector_reports_the_refusal(fast: FastCorrector) -> None:
    raw = "Inv0ice"
    [certain] = fast.correct_with_lattices([raw], [lattice(raw)], "en")
    [doubtful] = fast.correct_with_lattices([raw], [lattice(raw, {3: ("o", 0.3)})], "en")
    [without] = fast.correct_with_lattices([raw], [None], "en")
    assert (certain.text, [refusal.guard for refusal in certain.refusals]) == (raw, ["image_certain"])
    assert doubtful.text == without.text == "Invoice"
