"""N-grams of word pieces: counted, smoothed, stored and read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.ngram_lm import NgramModel, NgramScorer, count_ngrams, smoothed, tokens_of, word_pieces
from scanproof.edits import TextEdit

TEXTS = ["Der Hund lief in den Garten hinaus.", "Die Katze lief in den Garten.", "Er kam mit der Gattin an."] * 4
VOCABULARY, ALL = 12, 10**6


def model(max_ngrams: int) -> NgramModel:
    """Of a text in which each token is zero to two higher than the one before."""
    rng = np.random.default_rng(0)
    tokens = (np.cumsum(rng.integers(0, 3, 4000)) % (VOCABULARY - 1)).astype(np.int64)
    return smoothed(count_ngrams(tokens, 4), VOCABULARY, max_ngrams)


def scorer(max_ngrams: int) -> NgramScorer:
    tokenizer = word_pieces(TEXTS)
    tables = count_ngrams(tokens_of(TEXTS, tokenizer), 4)
    return NgramScorer(smoothed(tables, tokenizer.get_vocab_size(), max_ngrams), tokenizer)


@pytest.mark.parametrize("max_ngrams", [ALL, 150, 20])
@pytest.mark.parametrize("history", [(1, 2, 3), (-1, -1, -1), (-1, -1, 4), (11, 11, 11), (3, 11, 2)])
def test_probabilities_sum_to_one(max_ngrams: int, history: Sequence[int]) -> None:
    trained = model(max_ngrams)
    known = history[4 - len(trained.orders) :]
    found = trained.log_probs(np.array([known] * VOCABULARY), np.arange(VOCABULARY))
    assert np.exp(found).sum() == pytest.approx(1.0, abs=1e-5)


def test_following_tokens_are_likely() -> None:
    found = np.exp(model(ALL).log_probs(np.array([[2, 3, 4]] * VOCABULARY), np.arange(VOCABULARY)))
    assert found[4:7].sum() > 0.8


def test_rare_ngrams_are_left_out() -> None:
    whole, small = model(ALL), model(50)
    assert sum(len(order.keys) for order in small.orders[1:]) <= 50 < len(whole.orders[2].keys)
    assert len(small.orders[0].keys) == len(whole.orders[0].keys)


def test_known_words_gain() -> None:
    text = "Der Hund lief in den Gatten hinaus."
    edits = [TextEdit(21, 27, "Garten"), TextEdit(21, 27, "Gattin")]
    better, worse = (sum(gain) for gain in scorer(ALL).gains(text, edits) if gain)
    assert better > max(0, worse)


def test_stored_ngrams_read_alike() -> None:
    counted = scorer(200)
    stored = NgramScorer.unpacked(counted.packed())
    text, edits = TEXTS[0], [TextEdit(4, 8, "Hand"), TextEdit(21, 27, "Gatten"), TextEdit(12, 13, "")]
    for one, other in zip(counted.gains(text, edits), stored.gains(text, edits), strict=True):
        assert one is not None
        assert other is not None
        assert sum(one) == pytest.approx(sum(other), abs=0.5)  # probabilities are stored to an eighth of a doubling


def test_old_print_is_read_as_today() -> None:
    tokenizer = word_pieces(TEXTS)
    assert tokenizer.encode("Haͤuſer").tokens == tokenizer.encode("Häuser").tokens
