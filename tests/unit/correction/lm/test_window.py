from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.lm.window import WINDOWS, AcceptanceRates, PassCost, best_window, expected_tokens


def test_perfect_draft_gets_long_window() -> None:
    rates = AcceptanceRates()
    for _ in range(2000):
        rates.observe(refined=False, accepted=True)
        rates.observe(refined=True, accepted=True)
    assert best_window(PassCost(20, 1), rates, rows=1) >= 128


def test_useless_draft_gets_shortest_window() -> None:
    rates = AcceptanceRates(fresh=0.05, refined=0.05)
    assert best_window(PassCost(1, 1), rates, rows=8) == 1


def test_expensive_tokens_shorten_window() -> None:
    cheap = best_window(PassCost(100, 1), AcceptanceRates(), rows=1)
    assert best_window(PassCost(10, 1), AcceptanceRates(), rows=1) <= cheap
    assert best_window(PassCost(100, 1), AcceptanceRates(), rows=16) <= cheap


@given(window=st.sampled_from(WINDOWS), fresh=st.floats(0.01, 0.999), refined=st.floats(0.01, 0.999))
def test_expected_tokens_are_bounded(window: int, fresh: float, refined: float) -> None:
    assert 1 <= expected_tokens(window, fresh, refined) <= window + 1
