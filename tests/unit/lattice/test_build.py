"""A recogniser's output becomes a lattice that is aligned with the lines of the page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode

from scanproof.lattice.model import RESTORED
from scanproof.ocr.lattice import build_lattice
from scanproof.ocr.posterior import MAX_CHARACTERS, MIN_PROBABILITY, PosteriorDecoder, posterior_of, sparse_posterior
from scanproof.ocr.segments import Segment, group_into_rows, line_of
from tests.unit.lattice.lattices import ALPHABET, decoded, page_of, posterior, segment

WEIGHTS = arrays(np.float64, st.tuples(st.integers(1, 12), st.just(len(ALPHABET))), elements=st.floats(1e-6, 1.0))


def decoder() -> PosteriorDecoder:
    return PosteriorDecoder(CTCLabelDecode(character=list(ALPHABET[1:-1])))


@given(WEIGHTS)
def test_best_path_is_the_decoders_text(weights: np.ndarray) -> None:
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    [(text, _)], [info] = decoder()(probabilities[None], return_word_box=True)
    found = posterior_of(info)
    assert found is not None
    assert len(found.best_path_steps()) == len(text)
    if text.strip():
        quad = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], float)
        row = [Segment.from_ctc(quad, text, info.word_cols, info.line_txt_len, info.confs, found)]
        lattice = build_lattice([row])
        assert lattice is not None
        [[only]] = lattice.lines
        assert lattice.best_path(only) == text
        kept = [letter for letter, step in zip(line_of(row).raw, only.positions, strict=True) if step != RESTORED]
        assert "".join(kept) == text.strip()


@given(WEIGHTS)
def test_likely_characters_are_kept(weights: np.ndarray) -> None:
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    found = posterior(weights)
    entries = iter(zip(found.characters, found.levels, strict=True))
    for row, count in zip(probabilities, found.counts, strict=True):
        kept = [next(entries) for _ in range(count)]
        assert {index for index, _ in kept} == {index for index, p in enumerate(row) if p > MIN_PROBABILITY}
        assert next(index for index, _ in kept) == row.argmax()
        assert all(level == pytest.approx(-1000 * np.log(row[index]), abs=0.51) for index, level in kept)


def test_long_tail_is_cut() -> None:
    flat = np.full((2, 20_000), 1 / 20_000)  # every character below the minimum
    even = np.full((2, 20), 1 / 20)
    assert sparse_posterior(flat, ["x"] * 20_000).counts.tolist() == [1, 1]
    assert sparse_posterior(even, ["x"] * 20).counts.tolist() == [MAX_CHARACTERS] * 2
    assert sparse_posterior(even, ["x"] * 20).characters[:MAX_CHARACTERS].tolist() == list(range(MAX_CHARACTERS))


def test_batches_keep_segments_apart() -> None:
    batch = np.stack([decoded("ab"), decoded("cb")])
    texts, infos = decoder()(batch, return_word_box=True, wh_ratio_list=[1.0, 1.0])
    best = [posterior_of(info) for info in infos]
    assert [text for text, _ in texts] == ["ab", "cb"]
    assert [[ALPHABET[found.characters[0]], found.best_path_steps()] for found in best if found] == [
        ["a", [0, 3]],
        ["c", [0, 3]],
    ]


def test_positions_follow_lines_and_segments() -> None:
    page, lattice = page_of(segment("ab c", left=200), segment("cab", left=0), segment("b", top=100))
    assert page.raw_text == "cab ab c\nb"
    first, second = lattice.lines[0]
    assert (first.start, first.end, second.start, second.end) == (0, 3, 4, 8)
    assert second.positions == (0, 3, 6, 9)
    assert second.probabilities() == [pytest.approx(0.9, abs=0.001)] * 4
    assert [len(segments) for segments in lattice.lines] == [2, 1]


def test_restored_spaces_have_no_step() -> None:
    text = " ab,bc a"
    alphabet = ["blank", "a", "b", "c", ",", " "]
    steps = [0, 2, 4, 6, 20, 22, 24, 26]  # wide gap after the comma: a space was dropped
    probabilities = np.full((30, len(alphabet)), 0.01)
    probabilities[:, 0] = 0.95
    for letter, step in zip(text, steps, strict=True):
        probabilities[step] = 0.01
        probabilities[step, alphabet.index(letter)] = 0.95
    quad = np.array([[0, 0], [300, 0], [300, 20], [0, 20]], float)
    columns = [step for letter, step in zip(text, steps, strict=True) if letter != " "]
    found = Segment.from_ctc(quad, text, [columns], 30, [0.95] * 8, sparse_posterior(probabilities, alphabet))
    page, lattice = page_of(found)
    [[only]] = lattice.lines
    assert page.raw_text == "ab, bc a"
    assert only.positions == (2, 4, 6, RESTORED, 20, 22, 24, 26)
    assert only.probabilities()[3] is None
    assert lattice.best_path(only) == text


def test_words_have_confidence_of_each_character() -> None:
    page, _ = page_of(segment("ab c", certainty=0.8))
    assert [word.character_confidences for word in page.lines[0].words] == [(0.8, 0.8), (0.8,)]


def test_certain_words_omit_character_confidences() -> None:
    page, _ = page_of(segment("ab c", certainty=0.995))
    assert [word.character_confidences for word in page.lines[0].words] == [(), ()]
    assert "character_confidences" not in page.model_dump_json()


def test_engine_without_posterior_has_no_lattice() -> None:
    quad = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], float)
    plain = Segment.from_ctc(quad, "ab", [[0, 1]], 2, [0.9, 0.9])
    assert build_lattice(group_into_rows([plain])) is None
    assert build_lattice([]) is None
    assert line_of([plain]).words[0].character_confidences == ()
