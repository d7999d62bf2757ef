"""The benchmark's reckoning: a flood's cost from its number of pages, on a machine that slows down meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.flood import costs
from devstack.stack import InvocationRecord

MEMORY_MB = {"scanproof-ocr": 3538, "scanproof-correct": 1769, "scanproof-publish": 512}
BATCH = {"scanproof-ocr": 1, "scanproof-correct": 10, "scanproof-publish": 5}
BEGIN = datetime(2026, 11, 21, tzinfo=UTC)
PAGES = 1500


def flooded(pages: int, begin: datetime, slowed: float) -> Iterator[InvocationRecord]:
    """Invocations as recorded; the clock, but not the processor's, runs ``slowed`` times as long in the second half."""
    chance = random.Random(7)
    for page in range(pages):
        factor = slowed if page >= pages / 2 else 1.0
        for function, batch in BATCH.items():
            if page % batch == 0:
                milliseconds = chance.uniform(150, 450) * batch**0.5
                yield InvocationRecord(
                    at=(begin + timedelta(seconds=page / 3)).isoformat(timespec="milliseconds"),
                    function=function,
                    status="success",
                    milliseconds=milliseconds * factor,
                    init_milliseconds=None,
                    processor_milliseconds=milliseconds * 0.4,
                    memory_mb=100,
                    writes=None,
                    configured_memory_mb=MEMORY_MB[function],
                    error_type=None,
                )


def ratios(slowed: float) -> dict[str, float]:
    calibrated = list(flooded(300, BEGIN, 1.0))
    reckoned = costs(calibrated, 300, list(flooded(PAGES, BEGIN + timedelta(hours=1), slowed)), PAGES)
    found: dict[str, float] = reckoned["predicted_by_recorded"]
    return found


def test_on_a_quiet_machine_every_way_predicts_the_cost() -> None:
    assert ratios(slowed=1.0) == pytest.approx({"sampled": 1.0, "ahead": 1.0, "ahead_by_processor_time": 1.0}, abs=0.05)


def test_on_a_machine_that_slows_down_the_sample_and_the_processors_time_still_do() -> None:
    found = ratios(slowed=4.0)
    assert found.pop("ahead") < 0.5
    assert found == pytest.approx({"sampled": 1.0, "ahead_by_processor_time": 1.0}, abs=0.1)


def test_without_the_processors_time_the_clock_is_left() -> None:
    records = [replace(record, processor_milliseconds=None) for record in flooded(PAGES, BEGIN, 1.0)]
    assert set(costs(records, PAGES, records, PAGES)["predicted_by_recorded"]) == {"sampled", "ahead"}
