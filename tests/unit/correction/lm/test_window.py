from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.lm.window import WINDOWS, PassCost, Reranker, best_window, expected_tokens


def test_a_perfect_draft_is_verified_as_a_whole() -> None:
    acceptance = Reranker()
    for _ in range(2000):
        acceptance.observe(seen=False, right=True)
        acceptance.observe(seen=True, right=True)
    assert best_window(PassCost(20, 1), acceptance, rows=1) >= 128


def test_a_useless_draft_is_hardly_verified_where_tokens_are_dear() -> None:
    acceptance = Reranker(fresh=0.05, seen=0.05)
    assert best_window(PassCost(1, 1), acceptance, rows=8) == 1


def test_dearer_tokens_and_more_rows_mean_shorter_windows() -> None:
    cheap = best_window(PassCost(100, 1), Reranker(), rows=1)
    assert best_window(PassCost(10, 1), Reranker(), rows=1) <= cheap
    assert best_window(PassCost(100, 1), Reranker(), rows=16) <= cheap


@given(window=st.sampled_from(WINDOWS), fresh=st.floats(0.01, 0.999), seen=st.floats(0.01, 0.999))
def test_a_pass_yields_at_least_one_token_and_at_most_one_more_than_it_verifies(
    window: int, fresh: float, seen: float
) -> None:
    assert 1 <= expected_tokens(window, fresh, seen) <= window + 1
