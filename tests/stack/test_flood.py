"""More uploads at once than the concurrency limits allow. `make flood` does it with 5,000."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.flood import LIMITS, MORE_THAN_ANY_LIMIT, STAND_IN, accounted, flood, most_at_once
from devstack.stack import LocalStack
from scanproof.cli.local_stack import access_to


@pytest.mark.timeout(300)
def test_flood_loses_nothing(tmp_path: Path) -> None:
    with LocalStack(tmp_path, None, parameters=LIMITS, max_concurrency=MORE_THAN_ANY_LIMIT, code=STAND_IN) as stack:
        client = access_to(stack).stack_client()
        invocations = flood(stack, client, "flood", 30)
        assert accounted(stack, client, "flood", 30) == {
            "published": 30,
            "published_twice": 0,
            "missing": 0,
            "dead_letters": 0,
        }
        for source in stack.deployment.event_sources:
            if source.function_name.endswith("-maintenance"):
                continue  # its schedule has not come round
            assert 1 <= most_at_once(invocations, source.function_name) <= source.maximum_concurrency
