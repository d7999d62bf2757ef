"""Workload of a page and a document: seconds and calls, each measured, given by the user, or said to be assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

STEPS = ("ocr", "correct", "publish")
HOURS_PER_MONTH = 730


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


# Counted in the local stack (tests/stack/test_cost_calls.py). Assumed: what DynamoDB writes to indexes, 10 of 22 units,
# and the kilobytes of logs.
PER_DOCUMENT = Calls(sqs=6, s3_put=6, s3_get=3, dynamodb_write=16, dynamodb_read=1, events=1, log_kilobytes=3)
PER_PAGE = Calls(sqs=3, s3_put=3, s3_get=4, dynamodb_write=6, dynamodb_read=1, log_kilobytes=3)


@dataclass(frozen=True)
class GpuOperation:
    """How instances with a GPU are run, beside the seconds that a page takes on one: assumed, not measured.

    Attributes:
        utilisation: share of the billed time that pages use. Lambda keeps headroom for traffic to double within
            five minutes ("Scaling Lambda Managed Instances"): under 50 %, and 40 % here.
        warm_up_minutes: billed time before an instance that was started takes its first page.
        starts_a_month: of instances. One that runs all the time is replaced after at most 14 days.
        hours_a_month: during which `minimum` instances run, busy or not; fewer where a schedule deactivates them.
        minimum: instances at least, the template's GpuMinEnvironments.
    """

    utilisation: float = 0.40
    warm_up_minutes: float = 5.0
    starts_a_month: float = 2.0
    hours_a_month: float = HOURS_PER_MONTH
    minimum: int = 1

    def idle_hours(self) -> float:
        """Instance hours of a month without pages."""
        return self.minimum * self.hours_a_month + self.starts_a_month * self.warm_up_minutes / 60

    def busy_hours(self, seconds: float) -> float:
        """Instance hours that so many seconds of work on a GPU take."""
        return seconds / 3600 / self.utilisation

    def assumptions(self) -> str:
        """States the inputs, for the reader of an estimate."""
        return (
            f"{self.utilisation:.0%} utilisation, at least {self.minimum} instance for {self.hours_a_month:g} "
            f"hours, {self.starts_a_month:g} starts of {self.warm_up_minutes:g} minutes"
        )


@dataclass(frozen=True)
class Tier:
    """A corrector on a kind of compute.

    Attributes:
        assumed: whether the corrector's seconds are an estimate rather than measured.
        source: where its seconds come from.
        gpu_gib: GPU memory of the slice, 0 without a GPU; with one, the corrector's seconds are instance seconds.
    """

    name: str
    compute: str
    steps: Mapping[str, Step]
    assumed: bool = False
    gpu_gib: int = 0
    source: str = "given"

    def with_seconds(self, step: str, seconds_per_page: float) -> Tier:
        """Returns the tier with other seconds per page for a step."""
        changed = replace(self.steps[step], seconds_per_page=seconds_per_page)
        return replace(self, steps={**self.steps, step: changed})


# Memory as in the template; seconds of one thread on two cores, Intel, from docs/measurements.md. A vCPU of Lambda has
# 1,769 MB; that it is as fast as that machine's is the one assumption about measured seconds.
_OCR = Step(2048, seconds_per_page=2.78, invocations_per_document=1)  # invoices; Recognition, and 1.1 % for Orientation
_PUBLISH = Step(
    1024, seconds_per_page=0.05, seconds_per_document=0.45, invocations_per_document=1
)  # the local stack's log
SOURCES = (
    "OCR 2.78 s a page: an invoice (2.75 s, measurements.md, Recognition) and its orientation (1.1 %, Orientation)",
    "publishing 0.45 s a document and 0.05 s a page: invocations of the local stack on a busy machine, an upper bound",
    "calls of S3, SQS, DynamoDB and EventBridge: counted in the local stack (tests/stack/test_cost_calls.py); assumed: "
    "what DynamoDB writes to indexes (8 of 20 units a page), and 6 kB of logs",
    "an idle month: alarms, queues and endpoints are counted in the template; images of 1.5 GB (4.5 GB with a GPU) and "
    "pages in every hour, for metrics and the key, are assumed",
)


def _tier(name: str, compute: str, memory_mb: int, seconds: float, source: str = "", gpu_gib: int = 0) -> Tier:
    correct = Step(memory_mb, seconds, invocations_per_page=1)
    steps = {"ocr": _OCR, "correct": correct, "publish": _PUBLISH}
    return Tier(name, compute, steps, not source, gpu_gib, source or "an estimate, not measured")


TIERS = (
    _tier("fast", "cpu", 1769, 0.354, "an invoice by text and image (measurements.md, Scans, by text and image)"),
    _tier("fast", "gpu", 0, 0.354, gpu_gib=3),  # as on the CPU: it stays on the host's processor
    _tier("smollm2", "cpu", 3538, 1.0, "a page of news: 1.9 CPU-seconds, on two vCPUs (lm-corrector.md, Judging)"),
    _tier("smollm2", "gpu", 0, 1.0, gpu_gib=3),  # candidates are searched on the host's processor
    _tier("accurate-apache", "cpu", 7076, 60.0),
    _tier("accurate-apache", "gpu", 0, 2.0, gpu_gib=6),
    _tier("accurate", "gpu", 0, 3.0, gpu_gib=12),
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
