"""Floods a local stack with uploads; reports whether every document is accounted for and what the flood would cost.

    python -m benchmarks.flood [--documents 5000] [--calibrate 300]

The OCR engine is a stand-in that takes a fixed time (``benchmarks/stand_in_ocr``); everything else is real. The cost is
predicted from the number of pages and compared with the recorded milliseconds x memory and invocations, in three ways:

- ``sampled``: a random fifth of the flood's seconds gives the workload of a page, from which the rest is predicted.
  Other load on the machine affects both alike.
- ``ahead``: a smaller flood beforehand gives the workload of a page. If the other load on the machine changes between
  the two, the ratio mostly shows that change.
- ``ahead_by_processor_time``: the same with processor time instead of elapsed time. Other load lengthens it little, but
  it does not include waiting for AWS, which Lambda bills as well.

Prints JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from devstack.stack import InvocationRecord, LocalStack
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.cost.estimate import for_invocations, for_steps
from scanproof.cli.cost.prices import load_prices
from scanproof.cli.cost.workload import measured_steps
from scanproof.cli.local_stack import access_to
from scanproof.workers.records import Status

STAND_IN = {"scanproof-ocr": Path(__file__).parent / "stand_in_ocr"}
LIMITS = {"OcrMaxConcurrency": "3", "CorrectMaxConcurrency": "2"}
MORE_THAN_ANY_LIMIT = 8
DUPLICATED = 50  # one upload in this many is announced twice


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--calibrate", type=int, default=300)
    arguments = parser.parse_args()
    log_dir = Path(tempfile.mkdtemp(prefix="scanproof-flood-"))
    with LocalStack(log_dir, None, parameters=LIMITS, max_concurrency=MORE_THAN_ANY_LIMIT, code=STAND_IN) as stack:
        client = access_to(stack).stack_client()
        flood(stack, client, "warm-up", 40)
        calibrated = flood(stack, client, "calibration", arguments.calibrate)
        before = len(stack.invocations)
        started = time.monotonic()
        flooded = flood(stack, client, "flood", arguments.documents)
        seconds = time.monotonic() - started
        report = {
            "documents": arguments.documents,
            "seconds": round(seconds, 1),
            **accounted(stack, client, "flood", arguments.documents),
            "invocations": len(stack.invocations) - before,
            "most_at_once": {name: most_at_once(flooded, name) for name in stack.deployment.functions},
            "limits": {source.function_name: source.maximum_concurrency for source in stack.deployment.event_sources},
            **costs(calibrated, arguments.calibrate, flooded, arguments.documents),
        }
    print(json.dumps(report, indent=1))


def flood(stack: LocalStack, client: StackClient, prefix: str, documents: int) -> list[InvocationRecord]:
    """Uploads scans as fast as the emulator takes them, waits until the queues are empty, returns the invocations."""
    before = len(stack.invocations)
    image = io.BytesIO()
    Image.new("L", (200, 100), "white").save(image, "PNG")

    def upload(number: int) -> None:
        key = f"incoming/{prefix}/{number:05d}.png"
        client.s3.put_object(Bucket=client.outputs.scans_bucket, Key=key, Body=image.getvalue())
        if number % DUPLICATED == 0:
            announce_again(client, key)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upload, range(documents)))
    stack.wait_idle(3600)
    return stack.invocations[before:]


def announce_again(client: StackClient, key: str) -> None:
    """Sends a duplicate of the upload's event, as S3 may do."""
    bucket = client.outputs.scans_bucket
    version = client.s3.head_object(Bucket=bucket, Key=key)["VersionId"]
    s3 = {"bucket": {"name": bucket}, "object": {"key": key, "versionId": version}}
    client.send("upload", {"Records": [{"eventName": "ObjectCreated:Put", "s3": s3}]})


def accounted(stack: LocalStack, client: StackClient, prefix: str, documents: int) -> dict[str, Any]:
    """Counts how the documents ended and how many messages are in the dead-letter queues."""
    published = [
        record.key
        for record in client.search("by_status_and_day", "status", Status.PUBLISHED)
        if record.key.startswith(f"incoming/{prefix}/")
    ]
    dead = sum(_count(client, url) for url in client.outputs.dead_letter_urls.values())
    return {
        "published": len(published),
        "published_twice": len(published) - len(set(published)),
        "missing": documents - len(set(published)),
        "dead_letters": dead,
    }


def most_at_once(invocations: Iterable[InvocationRecord], function: str) -> int:
    """Finds the largest number of concurrent invocations of a function."""
    changes: list[tuple[float, int]] = []
    for record in invocations:
        if record.function == function:
            end = datetime.fromisoformat(record.at).timestamp()
            changes += [(end - record.milliseconds / 1000, 1), (end, -1)]
    running = most = 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    return most


def costs(
    calibrated: Sequence[InvocationRecord], calibrated_pages: int, flooded: Sequence[InvocationRecord], pages: int
) -> dict[str, Any]:
    """Computes what the recorded invocations would cost, and the ratios of predicted to recorded cost."""
    sampled, rest = split_by_second(flooded)
    share = pages * recognised_pages(sampled) / recognised_pages(flooded)
    ratios = {
        "sampled": prediction(sampled, share, pages - share) / cost(rest),
        "ahead": prediction(calibrated, calibrated_pages, pages) / cost(flooded),
    }
    if all(record.processor_milliseconds is not None for record in [*calibrated, *flooded]):
        before, recorded = by_processor_time(calibrated), by_processor_time(flooded)
        ratios["ahead_by_processor_time"] = prediction(before, calibrated_pages, pages) / cost(recorded)
    return {
        "dollars_recorded": round(cost(flooded), 6),
        "predicted_by_recorded": {name: round(ratio, 3) for name, ratio in ratios.items()},
    }


def cost(invocations: Iterable[InvocationRecord]) -> float:
    """Computes dollars from milliseconds, memory and number of invocations."""
    return for_invocations(load_prices(), map(asdict, invocations))


def prediction(known: Iterable[InvocationRecord], known_pages: float, pages: float) -> float:
    """Predicts dollars for a number of pages from the invocations of known pages."""
    steps = measured_steps(map(asdict, known), known_pages, known_pages)
    return for_steps(load_prices(), steps.values(), pages, pages)


def split_by_second(invocations: Sequence[InvocationRecord]) -> tuple[list[InvocationRecord], list[InvocationRecord]]:
    """Splits off the invocations that ended in a random fifth of all seconds: batches have a rhythm of their own."""
    seconds = [int(datetime.fromisoformat(record.at).timestamp()) for record in invocations]
    all_seconds = range(min(seconds), max(seconds) + 1)
    drawn = set(random.Random(0).sample(all_seconds, len(all_seconds) // 5))  # noqa: S311 - a sample, not a secret
    parts: tuple[list[InvocationRecord], list[InvocationRecord]] = ([], [])
    for record, second in zip(invocations, seconds, strict=True):
        parts[second not in drawn].append(record)
    return parts


def recognised_pages(invocations: Iterable[InvocationRecord]) -> int:
    """Counts pages: each is recognised in an invocation of its own."""
    return sum(record.function == "scanproof-ocr" for record in invocations)


def by_processor_time(invocations: Iterable[InvocationRecord]) -> list[InvocationRecord]:
    """Replaces the duration of the invocations by their processor time."""
    return [replace(record, milliseconds=record.processor_milliseconds or 0.0) for record in invocations]


def _count(client: StackClient, url: str) -> int:
    answer = client.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


if __name__ == "__main__":
    main()
