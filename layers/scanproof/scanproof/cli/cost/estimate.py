"""Estimates dollars for pages and for an idle stack, and the volume from which a GPU is cheaper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanproof.cli.cost.prices import Prices
from scanproof.cli.cost.workload import PER_DOCUMENT, PER_PAGE, Step, Tier

HOURS_PER_MONTH = 730
POLLS_PER_MONTH = 4 * 5 * 3 * 60 * HOURS_PER_MONTH  # four queues, five pollers each, one receive per 20 s
MAINTENANCE_GB_SECONDS = 4 * HOURS_PER_MONTH * 1.5 * 0.5  # a run each 15 minutes, 0.5 GB; 1.5 s are assumed
ALARM_METRICS = 3 + 3 + 6 + 2 + 1 + 3  # metrics of the template's alarms
CUSTOM_METRICS = 18  # metrics of the functions, cold starts included
IMAGE_GB = {"cpu": 1.5, "gpu": 4.5}  # images of both functions
ENDPOINTS = 3 * 2  # SQS, Logs and X-Ray, in two availability zones


@dataclass(frozen=True)
class Estimate:
    """Dollars by item."""

    items: Mapping[str, float]

    @property
    def total(self) -> float:
        """Sum of all items."""
        return sum(self.items.values())


def for_pages(prices: Prices, tier: Tier, pages: float = 1000, pages_per_document: float = 1) -> Estimate:
    """Estimates what pages cost on top of the idle stack."""
    documents = pages / pages_per_document
    compute = {
        name: prices.lambda_gb_second * step.gb_seconds(pages, documents)
        + prices.lambda_request * step.invocations(pages, documents)
        for name, step in tier.steps.items()
    }
    if tier.gpu_gib:
        compute["correct"] += tier.steps["correct"].seconds_per_page * pages / 3600 * gpu_hour(prices, tier)
    return Estimate({**compute, "queues, storage, records, logs": _calls(prices, pages, documents)})


def idle(prices: Prices, tier: Tier, own_network: bool = True) -> Estimate:
    """Estimates what a month costs without uploads and without stored objects.

    Metrics are counted as if they were written every hour; in hours without pages they cost nothing.

    Args:
        prices: dollars.
        tier: corrector and compute.
        own_network: with a GPU, whether the stack creates a VPC with its endpoints.
    """
    items = {
        "key": prices.key_month,
        "polling": POLLS_PER_MONTH * prices.sqs_request,
        "maintenance": MAINTENANCE_GB_SECONDS * prices.lambda_gb_second,
        "alarms": ALARM_METRICS * prices.alarm_metric_month,
        "metrics": CUSTOM_METRICS * prices.custom_metric_month,
        "images": IMAGE_GB[tier.compute] * prices.image_gb_month,
    }
    if tier.gpu_gib and own_network:
        items["endpoints"] = ENDPOINTS * HOURS_PER_MONTH * prices.endpoint_hour
    return Estimate(items)


def gpu_hour(prices: Prices, tier: Tier) -> float:
    """Price of an hour of the GPU instance, with Lambda's fee."""
    return prices.gpu_instance_hour[tier.gpu_gib] * (1 + prices.managed_instance_fee)


def break_even_pages(prices: Prices, cpu: Tier, gpu: Tier) -> float | None:
    """Finds the pages per month from which the GPU is cheaper; ``None`` if it never is."""
    saved = for_pages(prices, cpu, 1).total - for_pages(prices, gpu, 1).total
    if saved <= 0:
        return None
    return (idle(prices, gpu).total - idle(prices, cpu).total) / saved


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
