"""The reranker judges each candidate by itself."""

import numpy as np
import pytest

from scanproof.correction.fast.corrector import FastCorrector
from scanproof.correction.fast.reranker import FEATURES


def test_probability_ignores_other_rows(fast: FastCorrector) -> None:
    matrix = np.random.default_rng(1).normal(-1.0, 2.0, (50, len(FEATURES))).astype(np.float32)
    alone = [fast.reranker.probabilities(row[None])[0] for row in matrix]
    assert fast.reranker.probabilities(matrix) == pytest.approx(alone, abs=1e-6)
    assert len(fast.reranker.probabilities(matrix[:0])) == 0
