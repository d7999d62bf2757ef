"""Estimates dollars for pages and for an idle stack, and the volume from which a GPU is cheaper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanproof.cli.cost.prices import Prices
from scanproof.cli.cost.workload import HOURS_PER_MONTH, PER_DOCUMENT, PER_PAGE, GpuOperation, Step, Tier

CONSUMED_QUEUES = 4
POLLS_PER_MONTH = CONSUMED_QUEUES * 5 * 3 * 60 * HOURS_PER_MONTH  # five pollers each, one receive per 20 s
# SQS asks for a data key every 5 minutes, twice for a producer and once for a consumer of a queue (SQS Developer Guide,
# "Key management", estimating costs).
KEY_REQUESTS = CONSUMED_QUEUES * HOURS_PER_MONTH * 12 * (2 * 1 + 1)
MAINTENANCE_GB_SECONDS = 4 * HOURS_PER_MONTH * 1.5 * 0.5  # a run each 15 minutes, 0.5 GB; 1.5 s are assumed
ALARM_METRICS = {"cpu": 22, "gpu": 25}  # metrics of the template's alarms
# 14 of the workers, 5 of maintenance, 3 of cold starts, 2 of routing. SearchIndexErrors has no values without errors.
CUSTOM_METRICS = 24
# Assumed: packages are measured (measurements.md, Size of the images), base images and their compression are not.
IMAGE_GB = {"cpu": 1.5, "gpu": 4.5}  # images of both functions
ENDPOINTS = 6 * 2  # SQS, Logs, X-Ray, both of ECR, and EC2, in two availability zones
NETWORKS = ("endpoints", "nat", "own")


@dataclass(frozen=True)
class Estimate:
    """Dollars by item."""

    items: Mapping[str, float]

    @property
    def total(self) -> float:
        """Sum of all items."""
        return sum(self.items.values())


def for_pages(
    prices: Prices, tier: Tier, pages: float = 1000, pages_per_document: float = 1, gpu: GpuOperation | None = None
) -> Estimate:
    """Estimates what pages cost on top of the idle stack.

    With a GPU, as if the instances that the idle stack has anyway were busy: `a_month` counts what they do for nothing.
    """
    documents = pages / pages_per_document
    compute = {
        name: prices.lambda_gb_second * step.gb_seconds(pages, documents)
        + prices.lambda_request * step.invocations(pages, documents)
        for name, step in tier.steps.items()
    }
    if tier.gpu_gib:
        seconds = tier.steps["correct"].seconds_per_page * pages
        compute["correct"] += (gpu or GpuOperation()).busy_hours(seconds) * gpu_hour(prices, tier)
    invocations = sum(step.invocations(pages, documents) for step in tier.steps.values())
    calls = _calls(prices, pages, documents)
    return Estimate({**compute, "traces": invocations * prices.trace, "queues, storage, records, logs": calls})


def idle(prices: Prices, tier: Tier, network: str = "endpoints", gpu: GpuOperation | None = None) -> Estimate:
    """Estimates what a month costs without uploads and without stored objects.

    Metrics and requests to the key are counted as if pages came every hour; in hours without pages they cost nothing.

    Args:
        prices: dollars.
        tier: corrector and compute.
        network: with a GPU, what the stack creates: ``endpoints``, ``nat``, or nothing where the network is ``own``.
        gpu: how the instances are run.
    """
    items = {
        "key": prices.key_month + KEY_REQUESTS * prices.key_request,
        "polling": POLLS_PER_MONTH * prices.sqs_request,
        "maintenance": MAINTENANCE_GB_SECONDS * prices.lambda_gb_second,
        "alarms": ALARM_METRICS[tier.compute] * prices.alarm_metric_month,
        "metrics": CUSTOM_METRICS * prices.custom_metric_month,
        "dashboard": prices.dashboard_month,
        "images": IMAGE_GB[tier.compute] * prices.image_gb_month,
    }
    if tier.gpu_gib:
        items["instances"] = (gpu or GpuOperation()).idle_hours() * gpu_hour(prices, tier)
        if network == "endpoints":
            items["endpoints"] = ENDPOINTS * HOURS_PER_MONTH * prices.endpoint_hour
        if network == "nat":
            items["NAT gateway"] = HOURS_PER_MONTH * (prices.nat_hour + prices.public_address_hour)
    return Estimate(items)


def a_month(
    prices: Prices, tier: Tier, pages: float, network: str = "endpoints", gpu: GpuOperation | None = None
) -> float:
    """Estimates a month with so many pages, each a document.

    Work that the minimum of instances can do costs no further instance time.
    """
    gpu = gpu or GpuOperation()
    total = idle(prices, tier, network, gpu).total + for_pages(prices, tier, pages, gpu=gpu).total
    if not tier.gpu_gib:
        return total
    busy = gpu.busy_hours(tier.steps["correct"].seconds_per_page * pages)
    return total - min(busy, gpu.minimum * gpu.hours_a_month) * gpu_hour(prices, tier)


def gpu_hour(prices: Prices, tier: Tier) -> float:
    """Price of an hour of the GPU instance, with Lambda's fee."""
    return prices.gpu_instance_hour[tier.gpu_gib] * (1 + prices.managed_instance_fee)


def break_even_pages(
    prices: Prices, cpu: Tier, gpu: Tier, network: str = "endpoints", operation: GpuOperation | None = None
) -> float | None:
    """Finds the pages per month from which the GPU is cheaper; ``None`` if it never is.

    Up to what the minimum of instances can do, a page on the GPU costs no instance time; beyond, it does. So the
    difference of the two bills is a line with one bend.
    """
    operation = operation or GpuOperation()

    def dearer(pages: float) -> float:
        return a_month(prices, gpu, pages, network, operation) - a_month(prices, cpu, pages)

    bend = operation.minimum * operation.hours_a_month * 3600 * operation.utilisation
    bend /= gpu.steps["correct"].seconds_per_page
    if bend and dearer(bend) <= 0:
        return bend * dearer(0) / (dearer(0) - dearer(bend))
    slope = dearer(bend + 1) - dearer(bend)
    return None if slope >= 0 else bend - dearer(bend) / slope


def for_steps(prices: Prices, steps: Iterable[Step], pages: float, documents: float) -> float:
    """Estimates what the functions' time and requests cost, without other services."""
    return sum(
        prices.lambda_gb_second * step.gb_seconds(pages, documents)
        + prices.lambda_request * step.invocations(pages, documents)
        for step in steps
    )


def for_invocations(prices: Prices, invocations: Iterable[Mapping[str, Any]]) -> float:
    """Sums what recorded invocations cost.

    Args:
        prices: dollars.
        invocations: lines of the local stack's ``invocations.jsonl``; milliseconds are rounded up, as Lambda bills.
    """
    return sum(
        (
            prices.lambda_request
            + prices.lambda_gb_second
            * math.ceil(invocation["milliseconds"])
            / 1000
            * int(invocation["configured_memory_mb"])
            / 1024
            for invocation in invocations
        ),
        0.0,
    )


def _calls(prices: Prices, pages: float, documents: float) -> float:
    return sum(
        count
        * (
            calls.sqs * prices.sqs_request
            + calls.s3_put * prices.s3_put
            + calls.s3_get * prices.s3_get
            + calls.dynamodb_write * prices.dynamodb_write
            + calls.dynamodb_read * prices.dynamodb_read
            + calls.events * prices.event
            + calls.log_kilobytes / 1e6 * prices.log_gb
        )
        for count, calls in ((documents, PER_DOCUMENT), (pages, PER_PAGE))
    )
