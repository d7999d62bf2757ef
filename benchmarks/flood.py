"""Floods a local stack with uploads and says whether every document is accounted for, and what it would have cost.

    python -m benchmarks.flood [--documents 5000] [--calibrate 300]

Recognition is a stand-in of a fixed time (``benchmarks/stand_in_ocr``); all else is real. Cost is predicted from the
number of pages alone and compared with the milliseconds x memory and the calls that the runner recorded, in three ways:

- ``sampled``: a fifth of the flood's seconds, drawn by chance, tell what a page takes, and the others are predicted.
  Whatever else the machine does falls on both alike.
- ``ahead``: a smaller flood before this one tells it. On a machine whose other work changes meanwhile, the ratio says
  more about that work.
- ``ahead_by_processor_time``: the same, with the time that functions were computing instead of the clock's. Other work
  lengthens that little; but waiting for AWS, which Lambda bills as well, is not in it.

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
DUPLICATED = 50  # one upload in so many is announced twice


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--calibrate", type=int, default=300)
    arguments = parser.parse_args()
    log_dir = Path(tempfile.mkdtemp(prefix="scanproof-flood-"))
    with LocalStack(log_dir, None, parameters=LIMITS, max_concurrency=MORE_THAN_ANY_LIMIT, code=STAND_IN) as stack:
        operator = access_to(stack).operator()
        flood(stack, operator, "warm-up", 40)
        calibrated = flood(stack, operator, "calibration", arguments.calibrate)
        before = len(stack.invocations)
        started = time.monotonic()
        flooded = flood(stack, operator, "flood", arguments.documents)
        seconds = time.monotonic() - started
        report = {
            "documents": arguments.documents,
            "seconds": round(seconds, 1),
            **accounted(stack, operator, "flood", arguments.documents),
            "invocations": len(stack.invocations) - before,
            "most_at_once": {name: most_at_once(flooded, name) for name in stack.deployment.functions},
            "limits": {source.function_name: source.maximum_concurrency for source in stack.deployment.event_sources},
            **costs(calibrated, arguments.calibrate, flooded, arguments.documents),
        }
    print(json.dumps(report, indent=1))


def flood(stack: LocalStack, operator: StackClient, prefix: str, documents: int) -> list[InvocationRecord]:
    """Uploads so many scans as fast as the emulator takes them, waits until the queues are empty; the invocations."""
    before = len(stack.invocations)
    image = io.BytesIO()
    Image.new("L", (200, 100), "white").save(image, "PNG")

    def upload(number: int) -> None:
        key = f"incoming/{prefix}/{number:05d}.png"
        operator.s3.put_object(Bucket=operator.outputs.scans_bucket, Key=key, Body=image.getvalue())
        if number % DUPLICATED == 0:
            announce_again(operator, key)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upload, range(documents)))
    stack.wait_idle(3600)
    return stack.invocations[before:]


def announce_again(operator: StackClient, key: str) -> None:
    """A duplicate of the upload's event, as S3 may send."""
    bucket = operator.outputs.scans_bucket
    version = operator.s3.head_object(Bucket=bucket, Key=key)["VersionId"]
    s3 = {"bucket": {"name": bucket}, "object": {"key": key, "versionId": version}}
    operator.send("upload", {"Records": [{"eventName": "ObjectCreated:Put", "s3": s3}]})


def accounted(stack: LocalStack, operator: StackClient, prefix: str, documents: int) -> dict[str, Any]:
    """How the documents ended, and what is left in the queues."""
    published = [
        record.key
        for record in operator.search("by_status_and_day", "status", Status.PUBLISHED)
        if record.key.startswith(f"incoming/{prefix}/")
    ]
    dead = sum(_count(operator, url) for url in operator.outputs.dead_letter_urls.values())
    return {
        "published": len(published),
        "published_twice": len(published) - len(set(published)),
        "missing": documents - len(set(published)),
        "dead_letters": dead,
    }


def most_at_once(invocations: Iterable[InvocationRecord], function: str) -> int:
    """The largest number of a function's invocations that overlapped."""
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
    """Dollars that the recorded invocations would have cost, and what was predicted divided by what was recorded."""
    sampled, rest = a_fifth(flooded)
    share = pages * recognitions(sampled) / recognitions(flooded)
    ratios = {
        "sampled": prediction(sampled, share, pages - share) / cost(rest),
        "ahead": prediction(calibrated, calibrated_pages, pages) / cost(flooded),
    }
    if all(record.processor_milliseconds is not None for record in [*calibrated, *flooded]):
        before, then = by_processor_time(calibrated), by_processor_time(flooded)
        ratios["ahead_by_processor_time"] = prediction(before, calibrated_pages, pages) / cost(then)
    return {
        "dollars_recorded": round(cost(flooded), 6),
        "predicted_by_recorded": {name: round(ratio, 3) for name, ratio in ratios.items()},
    }


def cost(invocations: Iterable[InvocationRecord]) -> float:
    """Dollars by milliseconds, memory and calls."""
    return for_invocations(load_prices(), map(asdict, invocations))


def prediction(known: Iterable[InvocationRecord], known_pages: float, pages: float) -> float:
    """Dollars for so many pages, when that is what the known ones took."""
    steps = measured_steps(map(asdict, known), known_pages, known_pages)
    return for_steps(load_prices(), steps.values(), pages, pages)


def a_fifth(invocations: Sequence[InvocationRecord]) -> tuple[list[InvocationRecord], list[InvocationRecord]]:
    """Those that ended in a fifth of all seconds, and the others. By chance: batches come in a rhythm of their own."""
    seconds = [int(datetime.fromisoformat(record.at).timestamp()) for record in invocations]
    every = range(min(seconds), max(seconds) + 1)
    drawn = set(random.Random(0).sample(every, len(every) // 5))  # noqa: S311 - a sample, no secret
    parts: tuple[list[InvocationRecord], list[InvocationRecord]] = ([], [])
    for record, second in zip(invocations, seconds, strict=True):
        parts[second not in drawn].append(record)
    return parts


def recognitions(invocations: Iterable[InvocationRecord]) -> int:
    """Pages that went by: each is recognised in an invocation of its own."""
    return sum(record.function == "scanproof-ocr" for record in invocations)


def by_processor_time(invocations: Iterable[InvocationRecord]) -> list[InvocationRecord]:
    """The same, as if they had taken only as long as they were computing."""
    return [replace(record, milliseconds=record.processor_milliseconds or 0.0) for record in invocations]


def _count(operator: StackClient, url: str) -> int:
    answer = operator.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


if __name__ == "__main__":
    main()
