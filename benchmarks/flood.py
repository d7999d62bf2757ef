"""Floods a local stack with uploads and says whether every document is accounted for, and what it would have cost.

    python -m benchmarks.flood [--documents 5000] [--calibrate 300]

Recognition is a stand-in of a fixed time (``benchmarks/stand_in_ocr``); all else is real. A first, smaller flood tells
the seconds a page; from these and the number of pages alone the cost of the flood is predicted, and compared with the
milliseconds and calls that the runner then recorded. On a machine whose other work changes meanwhile, that says more
about that work: so, besides, every second minute of the flood tells the seconds, and the other minutes are predicted.
Prints JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from local.stack import InvocationRecord, LocalStack
from scanproof.aws.operator import Operator
from scanproof.aws.records import Status
from scanproof.cli.up import access_to
from scanproof.costing.estimate import for_invocations, for_steps
from scanproof.costing.prices import load_prices
from scanproof.costing.workload import measured_steps

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


def flood(stack: LocalStack, operator: Operator, prefix: str, documents: int) -> list[InvocationRecord]:
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


def announce_again(operator: Operator, key: str) -> None:
    """A duplicate of the upload's event, as S3 may send."""
    bucket = operator.outputs.scans_bucket
    version = operator.s3.head_object(Bucket=bucket, Key=key)["VersionId"]
    s3 = {"bucket": {"name": bucket}, "object": {"key": key, "versionId": version}}
    operator.send("upload", {"Records": [{"eventName": "ObjectCreated:Put", "s3": s3}]})


def accounted(stack: LocalStack, operator: Operator, prefix: str, documents: int) -> dict[str, Any]:
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
) -> dict[str, float]:
    """Dollars predicted from the number of pages, and dollars that the recorded invocations would have cost."""
    prices = load_prices()
    steps = measured_steps(map(asdict, calibrated), calibrated_pages, calibrated_pages)
    predicted = for_steps(prices, steps.values(), pages, pages)
    recorded = for_invocations(prices, map(asdict, flooded))
    return {
        "dollars_predicted": round(predicted, 6),
        "dollars_recorded": round(recorded, 6),
        "predicted_by_recorded": round(predicted / recorded, 3),
        "predicted_by_recorded_every_second_minute": round(interleaved(flooded, pages), 3),
    }


def interleaved(flooded: Sequence[InvocationRecord], pages: int) -> float:
    """Predicted by recorded cost of the odd minutes, from what a page took in the even ones."""
    minutes: dict[int, list[InvocationRecord]] = {0: [], 1: []}
    for record in flooded:
        minutes[int(datetime.fromisoformat(record.at).timestamp() // 60) % 2].append(record)
    recognised = {parity: sum("ocr" in record.function for record in minutes[parity]) for parity in minutes}
    if not all(recognised.values()):
        return float("nan")  # a flood of less than two minutes
    share = {parity: pages * count / sum(recognised.values()) for parity, count in recognised.items()}
    prices = load_prices()
    steps = measured_steps(map(asdict, minutes[0]), share[0], share[0])
    return for_steps(prices, steps.values(), share[1], share[1]) / for_invocations(prices, map(asdict, minutes[1]))


def _count(operator: Operator, url: str) -> int:
    answer = operator.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


if __name__ == "__main__":
    main()
