"""Workload of a page and a document: AWS calls counted in the local stack, seconds measured or given by the user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

STEPS = ("ocr", "correct", "publish")


@dataclass(frozen=True)
class Step:
    """Workload of one function."""

    memory_mb: int
    seconds_per_page: float
    seconds_per_document: float = 0.0
    invocations_per_page: float = 0.0
    invocations_per_document: float = 0.0

    def gb_seconds(self, pages: float, documents: float) -> float:
        """Memory times time in GB-seconds, as Lambda bills it."""
        return self.memory_mb / 1024 * (self.seconds_per_page * pages + self.seconds_per_document * documents)

    def invocations(self, pages: float, documents: float) -> float:
        """Number of invocations."""
        return self.invocations_per_page * pages + self.invocations_per_document * documents


@dataclass(frozen=True)
class Calls:
    """Billed calls of all functions, including the queues' deliveries and the upload itself."""

    sqs: float
    s3_put: float
    s3_get: float
    dynamodb_write: float  # including writes to the indexes
    dynamodb_read: float
    events: float = 0.0
    log_kilobytes: float = 0.0


PER_DOCUMENT = Calls(sqs=6, s3_put=6, s3_get=3, dynamodb_write=16, dynamodb_read=1, events=1, log_kilobytes=3)
PER_PAGE = Calls(sqs=3, s3_put=3, s3_get=4, dynamodb_write=6, dynamodb_read=1, log_kilobytes=3)


@dataclass(frozen=True)
class Tier:
    """A corrector on a kind of compute.

    Attributes:
        assumed: whether the corrector's seconds are an estimate rather than measured.
        gpu_gib: GPU memory of the slice, 0 without a GPU; with one, the corrector's seconds are instance seconds.
    """

    name: str
    compute: str
    steps: Mapping[str, Step]
    assumed: bool = False
    gpu_gib: int = 0

    def with_seconds(self, step: str, seconds_per_page: float) -> Tier:
        """Returns the tier with other seconds per page for a step."""
        changed = replace(self.steps[step], seconds_per_page=seconds_per_page)
        return replace(self, steps={**self.steps, step: changed})


_OCR = Step(2048, seconds_per_page=2.7, invocations_per_document=1)
_PUBLISH = Step(512, seconds_per_page=0.05, seconds_per_document=0.45, invocations_per_document=1)


def _tier(name: str, compute: str, memory_mb: int, seconds: float, assumed: bool = False, gpu_gib: int = 0) -> Tier:
    correct = Step(memory_mb, seconds, invocations_per_page=1)
    return Tier(name, compute, {"ocr": _OCR, "correct": correct, "publish": _PUBLISH}, assumed, gpu_gib)


# Memory as in the template. OCR seconds: an invoice page in benchmarks/recognise.py; the other seconds are from
# invocations of the local stack (both in docs/measurements.md). Seconds marked as assumed were not measured.
TIERS = (
    _tier("fast", "cpu", 1769, 0.17),
    _tier("fast", "gpu", 0, 0.05, assumed=True, gpu_gib=3),
    _tier("accurate-apache", "cpu", 7076, 60.0, assumed=True),
    _tier("accurate-apache", "gpu", 0, 2.0, assumed=True, gpu_gib=6),
    _tier("accurate", "gpu", 0, 3.0, assumed=True, gpu_gib=12),
)


def measured_steps(invocations: Iterable[Mapping[str, Any]], pages: float, documents: float) -> dict[str, Step]:
    """Derives the workload of each step from the recorded invocations of a run.

    Time and invocations are attributed to pages, those of the publish step to documents.

    Args:
        invocations: lines of the local stack's ``invocations.jsonl``.
        pages: number of pages of the run.
        documents: number of documents of the run.
    """
    totals = {step: [0.0, 0, 0] for step in STEPS}
    for invocation in invocations:
        total = totals.get(invocation["function"].rpartition("-")[2])
        if total is None:  # of maintenance, which runs by the clock
            continue
        total[0] += invocation["milliseconds"] / 1000
        total[1] += 1
        total[2] = invocation["configured_memory_mb"]
    steps = {}
    for name, (seconds, count, memory) in totals.items():
        if name == "publish":
            step = Step(int(memory), 0.0, seconds / documents, 0.0, count / documents)
        else:
            step = Step(int(memory), seconds / pages, 0.0, count / pages)
        steps[name] = step
    return steps
