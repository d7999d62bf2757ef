"""Uploads a folder's scans at once to a local stack and reports outcomes, attempts, recall of words and fields.

    python -m benchmarks.pipeline IMAGES --truth PAIRS.jsonl [--count 20] [--upper]

``PAIRS.jsonl`` has rows ``{"id", "image", "truth"}``; ``image`` is looked up in IMAGES by its file name. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from devstack.stack import LocalStack
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.evaluation import Tally, normalised
from scanproof.cli.local_stack import access_to
from scanproof.document import Document
from scanproof.workers.records import Record, Status

TIMEOUT_SECONDS = 1800.0


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--upper", action="store_true", help="compare in upper case")
    arguments = parser.parse_args()
    rows = scans_with_truth(arguments.images, arguments.truth)[: arguments.count]
    with LocalStack(Path(tempfile.mkdtemp(prefix="scanproof-bench-"))) as stack:
        client = access_to(stack).stack_client()
        print(json.dumps(run(client, stack, rows, arguments.upper), indent=1))


def scans_with_truth(images: Path, truth: Path) -> list[tuple[Path, str]]:
    """Pairs images with their true text."""
    rows = [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines() if line.strip()]
    found = [(images / Path(row["image"]).name, str(row["truth"])) for row in rows if row.get("image")]
    return [(path, text) for path, text in found if path.is_file()]


def run(client: StackClient, stack: LocalStack, rows: list[tuple[Path, str]], upper: bool) -> dict[str, Any]:
    """Uploads all scans, waits for them and compares their text with the truth."""
    started = time.monotonic()
    uploaded = [client.upload(path, f"incoming/{path.name}", {}) for path, _ in rows]
    records = dict(client.wait(uploaded, TIMEOUT_SECONDS))
    seconds = time.monotonic() - started
    stack.wait_idle()
    before, after = Tally(), Tally()
    for scan, (_, truth) in zip(uploaded, rows, strict=True):
        record = records.get(scan)
        if record and record.status is Status.PUBLISHED:
            document = Document.model_validate_json(client.results(record)["document.json"])
            before.add(normalised(document.raw_text, upper=upper), normalised(truth, upper=upper))
            after.add(normalised(document.text, upper=upper), normalised(truth, upper=upper))
    return {
        "scans": len(rows),
        "seconds": round(seconds, 1),
        **_outcomes(list(records.values())),
        "documents_in_results_bucket": _documents(stack),
        "bag_of_words_recall": {
            "raw": round(before.bag_of_words_recall, 4),
            "text": round(after.bag_of_words_recall, 4),
        },
        "bag_of_words_f1": {"raw": round(before.bag_of_words_f1, 4), "text": round(after.bag_of_words_f1, 4)},
        "invocations": dict(Counter(f"{record.function} {record.status}" for record in stack.invocations)),
    }


def _outcomes(records: list[Record]) -> dict[str, Any]:
    fields = Counter(name for record in records for name in record.fields)
    return {
        "ended": dict(Counter(record.status.value for record in records)),
        "attempts": dict(Counter(record.attempt for record in records)),
        "documents_with_field": dict(fields),
        "corrections": sum(record.edits for record in records),
    }


def _documents(stack: LocalStack) -> int:
    """Counts the documents in the results bucket: one per scan, if none was published twice."""
    s3 = stack.session().client("s3", endpoint_url=stack.endpoint_url)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=stack.outputs["ResultsBucketName"], Prefix="documents/")
    return sum(item["Key"].endswith("/document.json") for page in pages for item in page.get("Contents", []))


if __name__ == "__main__":
    main()
