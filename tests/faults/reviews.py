"""A reviewer's upload under faults: it is applied once, or refused with a reason, and the published result stays."""

from __future__ import annotations

import itertools
import json
import time

from scanproof.cli.admin.reviewed import upload_corrections
from scanproof.document import ObjectId
from scanproof.workers.corrections import CorrectionsOutcome
from scanproof.workers.records import Status
from tests.faults.accounting import Account, Upload
from tests.faults.documents import IMAGE
from tests.faults.in_process import InProcessStack
from tests.faults.outside_calls import Fault, FaultPoint

PUBLISH = "scanproof-publish"
RETYPED = "RETYPED"
_ROUNDS = 3  # of schedules, after which every upload must have an outcome
_numbers = itertools.count()


def run_review(stack: InProcessStack, point: FaultPoint | None = None) -> Account:
    """Publishes a document, uploads corrections, applies the fault, and accounts for document and upload."""
    assert IMAGE.text is not None
    stack.calls.arm(None)
    scan = stack.upload(IMAGE.make(), f"incoming/reviewed/{next(_numbers)}.png")
    stack.settle()
    stack.calls.arm(point)
    upload = review(stack, scan, IMAGE.text[0])
    stack.settle()
    rounds = 0
    while not stack.client.objects.has_outcome(upload) and rounds < _ROUNDS:
        stack.let_hours_pass()
        rounds += 1
    account = Account()
    if not stack.client.objects.has_outcome(upload):
        account.problem("stuck", f"{point}: nothing became of corrections")
        return account
    outcome = stack.client.objects.outcome(upload, CorrectionsOutcome)
    if outcome.reason and not (point and point.every_time):
        account.problem("lost", f"{point}: corrections were refused as {outcome.reason.code}")
    text = IMAGE.text if outcome.reason else (RETYPED, *IMAGE.text[1:])
    # Where the very last write never succeeds, the document is reviewed and its upload counts as given up.
    is_certain = not (outcome.reason and point and point.every_time)
    account.add(stack.account([Upload(scan, text if is_certain else None, Status.PUBLISHED)]))
    account.problems = [f"{point}: {problem}" for problem in account.problems]
    return account


def review(stack: InProcessStack, scan: ObjectId, line: str) -> ObjectId:
    """Uploads corrections that retype the first line, and waits until the bucket has notified the queue."""
    correction = {"page": 1, "line": 0, "start": 0, "end": len(line), "text": line, "action": "retyped"}
    content = {
        "format_version": 1,
        "document_id": scan.document_id,
        "attempt": 1,
        "scan": scan.model_dump(),
        "made_at": "2026-11-28T12:00:00Z",
        "corrections": [{**correction, "replacement": RETYPED}],
    }
    upload = upload_corrections(stack.client, json.dumps(content).encode(), scan.document_id)
    queue = stack.client.outputs.queue_urls["publish"]
    while not stack.has_messages(queue):
        time.sleep(0.01)
    return upload


def review_points(stack: InProcessStack, faults: tuple[Fault, ...], *, every_time: bool = False) -> list[FaultPoint]:
    """Lists each fault at each call that PublishFunction makes for a review."""
    run_review(stack)
    calls = len(stack.calls.made[PUBLISH])
    return [
        FaultPoint(PUBLISH, call, fault, every_time) for call, fault in itertools.product(range(1, calls + 1), faults)
    ]
