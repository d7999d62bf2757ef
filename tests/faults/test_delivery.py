"""Duplicates, late and reordered messages, races and replays."""

from __future__ import annotations

import pytest

from tests.faults.delivery import SCENARIOS, run_scenario
from tests.faults.in_process import InProcessStack


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_loses_nothing(stack: InProcessStack, name: str) -> None:
    assert run_scenario(stack, name).problems == []
