"""Uploads what a reviewer saved, and waits until PublishFunction has made a new attempt of it."""

from __future__ import annotations

import hashlib
import time
from urllib.parse import quote

from scanproof.cli.admin.stack_client import POLL_SECONDS, StackClient
from scanproof.document import Document, ObjectId, parse_document
from scanproof.errors import PermanentError
from scanproof.options import Output
from scanproof.output.files import FILE_NAMES
from scanproof.reviewing import parse_corrections
from scanproof.workers import s3_keys
from scanproof.workers.corrections import CorrectionsOutcome
from scanproof.workers.objects import REVIEWER_METADATA


def publish_reviewed(client: StackClient, content: bytes, by: str | None, timeout_seconds: float) -> Document:
    """Uploads the content of ``corrections.json`` and returns the document that is published of it.

    Args:
        by: who reviewed it.
        timeout_seconds: how long to wait.

    Raises:
        PermanentError: ``corrections_invalid``, ``corrections_stale``, ``document_unknown``; ``corrections_waiting``,
            if nothing became of them in this time.
    """
    corrections = parse_corrections(content)
    if corrections.scan is None:
        raise PermanentError(
            "document_unknown",
            "The corrections are of a file that was read without a stack.",
            "Name its document.json: --document FILE.",
        )
    outcome = _wait(client, upload_corrections(client, content, corrections.document_id, by), timeout_seconds)
    if outcome.reason:
        raise PermanentError(outcome.reason.code, outcome.reason.message, outcome.reason.next_step)
    record = client.records.get(corrections.scan)
    document = client.result(record, FILE_NAMES[Output.JSON]) if record else None
    if document is None:
        raise PermanentError("document_unknown", "The document was deleted meanwhile.", "Process the scan again.")
    return parse_document(document)


def upload_corrections(client: StackClient, content: bytes, name: str, by: str | None = None) -> ObjectId:
    """Puts corrections where the stack applies them.

    Args:
        name: part of the key.
        by: who reviewed the document.
    """
    key = f"{s3_keys.CORRECTIONS_PREFIX}{name}/{hashlib.sha256(content).hexdigest()[:16]}.json"
    bucket = client.outputs.results_bucket
    metadata = {REVIEWER_METADATA: quote(by, safe=" :/@.")} if by else {}
    answer = client.s3.put_object(
        Bucket=bucket, Key=key, Body=content, ContentType="application/json", Metadata=metadata
    )
    return ObjectId(bucket=bucket, key=key, version_id=answer["VersionId"])


def _wait(client: StackClient, uploaded: ObjectId, timeout_seconds: float) -> CorrectionsOutcome:
    deadline = time.monotonic() + timeout_seconds
    while not client.objects.has_outcome(uploaded):
        if time.monotonic() > deadline:
            raise PermanentError(
                "corrections_waiting",
                f"The corrections are uploaded ({uploaded.key}), but not applied yet.",
                f"Look for their outcome in the results bucket later: {s3_keys.outcome_key(uploaded)}.",
            )
        time.sleep(POLL_SECONDS)
    return client.objects.outcome(uploaded, CorrectionsOutcome)
