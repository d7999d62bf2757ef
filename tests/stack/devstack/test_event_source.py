"""Delivery of messages as by Lambda's SQS event source mappings, under the real runtime client."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from tests.stack.devstack.conftest import Probe, is_running

pytestmark = pytest.mark.stack


def test_batch_window_collects_messages(probe: Probe) -> None:
    tasks = [{"do": "succeed", "name": f"window-{number}"} for number in range(12)]
    probe.send(*tasks[:6], queue="WindowQueueUrl")
    time.sleep(0.5)
    probe.send(*tasks[6:], queue="WindowQueueUrl")
    probe.stack.wait_idle(60)

    assert probe.note("window-0")["batch"] == probe.note("window-11")["batch"] == 12


def test_reported_failures_end_in_dead_letters(probe: Probe) -> None:
    probe.run({"do": "succeed", "name": "beside-poison"}, {"do": "fail", "name": "poison"})

    assert probe.times_noted("beside-poison") == 1
    assert probe.times_noted("poison") == 3
    assert [task["name"] for task in probe.take_dead_letters()] == ["poison"]


def test_error_returns_whole_batch(probe: Probe) -> None:
    outcomes = probe.run({"do": "succeed", "name": "beside-error"}, {"do": "raise once", "name": "error"})

    assert outcomes[0] == "error"
    assert set(outcomes[1:]) == {"success"}
    assert probe.note("error")["received"] == "2"
    assert probe.times_noted("beside-error") == 2


def test_unknown_identifier_returns_whole_batch(probe: Probe) -> None:
    assert probe.run({"do": "nonsense"}) == ["success", "success"]


@pytest.mark.parametrize("how", ["exit once", "segfault once"])
def test_crash_fails_invocation(probe: Probe, how: str) -> None:
    assert probe.run({"do": how, "name": how}) == ["crash", "success"]
    assert probe.note(how)["received"] == "2"


def test_timeout_kills_process_group(probe: Probe) -> None:
    assert probe.run({"do": "hang once", "name": "late"}) == ["timeout", "success"]

    hung = probe.note("hung")
    assert not is_running(hung["pid"])
    assert not is_running(hung["child"])


def test_killed_invocation_is_repeated(probe: Probe) -> None:
    probe.stack.kill_next_invocation("probe")

    assert probe.run({"do": "succeed", "name": "killed"}) == ["crash", "success"]
    crashed, repeated = (datetime.fromisoformat(record.at) for record in probe.stack.invocations[-2:])
    # Not before its time-out would have passed: until then, idempotency takes it for running.
    assert (repeated - crashed).total_seconds() >= 1


def test_function_dies_between_two_writes(probe: Probe) -> None:
    probe.stack.kill_next_invocation("probe", after_writes=2)

    outcomes = probe.run(*({"do": "succeed", "name": f"write-{number}"} for number in range(3)))

    assert outcomes[0] == "crash"
    assert set(outcomes[1:]) == {"success"}
    assert sorted(probe.times_noted(f"write-{number}") for number in range(3)) == [1, 2, 2]


def test_throttled_call_is_repeated(probe: Probe) -> None:
    before = probe.stack.calls("probe").total()
    probe.stack.throttle_next_invocation("probe", after_calls=0, times=1)

    assert probe.run({"do": "succeed", "name": "throttled"}) == ["success"]
    assert probe.times_noted("throttled") == 1
    assert probe.stack.calls("probe").total() - before == 2


def test_paused_function_receives_nothing(probe: Probe) -> None:
    probe.stack.pause("probe")
    probe.send({"do": "succeed", "name": "paused"})
    with pytest.raises(TimeoutError, match=r"TaskQueue.*': 1"):
        probe.stack.wait_idle(2)
    assert probe.times_noted("paused") == 0

    probe.stack.resume("probe")
    probe.stack.wait_idle(20)
    assert probe.note("paused")["received"] == "1"
