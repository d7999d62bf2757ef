"""The flood benchmark's prediction of cost from the number of pages, also on a machine that slows down."""

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
    """Recorded invocations; in the second half they take ``slowed`` times as long, but as much processor time."""
    generator = random.Random(7)
    for page in range(pages):
        factor = slowed if page >= pages / 2 else 1.0
        for function, batch in BATCH.items():
            if page % batch == 0:
                milliseconds = generator.uniform(150, 450) * batch**0.5
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
    computed = costs(calibrated, 300, list(flooded(PAGES, BEGIN + timedelta(hours=1), slowed)), PAGES)
    found: dict[str, float] = computed["predicted_by_recorded"]
    return found


def test_quiet_machine_predicts_in_every_way() -> None:
    assert ratios(slowed=1.0) == pytest.approx({"sampled": 1.0, "ahead": 1.0, "ahead_by_processor_time": 1.0}, abs=0.05)


def test_slowdown_spares_sample_and_processor_time() -> None:
    found = ratios(slowed=4.0)
    assert found.pop("ahead") < 0.5
    assert found == pytest.approx({"sampled": 1.0, "ahead_by_processor_time": 1.0}, abs=0.1)


def test_missing_processor_time_drops_ratio() -> None:
    records = [replace(record, processor_milliseconds=None) for record in flooded(PAGES, BEGIN, 1.0)]
    assert set(costs(records, PAGES, records, PAGES)["predicted_by_recorded"]) == {"sampled", "ahead"}
