"""A flood in small: more uploads at once than the stack lets through. `make flood` does it with 5,000."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.flood import LIMITS, MORE_THAN_ANY_LIMIT, STAND_IN, accounted, flood, most_at_once
from devstack.stack import LocalStack
from scanproof.cli.local_stack import access_to


@pytest.mark.timeout(300)
def test_a_flood_is_worked_off_within_the_limits_and_nothing_is_lost(tmp_path: Path) -> None:
    with LocalStack(tmp_path, None, parameters=LIMITS, max_concurrency=MORE_THAN_ANY_LIMIT, code=STAND_IN) as stack:
        operator = access_to(stack).stack_client()
        invocations = flood(stack, operator, "flood", 30)
        assert accounted(stack, operator, "flood", 30) == {
            "published": 30,
            "published_twice": 0,
            "missing": 0,
            "dead_letters": 0,
        }
        for source in stack.deployment.event_sources:
            assert 1 <= most_at_once(invocations, source.function_name) <= source.maximum_concurrency
