"""Processes the documents of dead letters again, from the beginning, as a new attempt.

SQS's own redrive would send the same message again: its document may be published meanwhile or named by several
letters, and a new attempt should not build on what an earlier one left half done.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.replay import send_upload
from scanproof.cli.admin.stack_client import StackClient
from scanproof.document import ObjectId
from scanproof.workers.messages import ATTEMPT_ATTRIBUTE
from scanproof.workers.upload_events import uploads_in

Outcome = Literal["sent again", "same document", "finished since", "unreadable", "discarded"]
HIDDEN_SECONDS = 120  # visibility timeout of a letter; one that is not deleted comes back after that
_LARGEST_RECEIVE = 10


@dataclass(frozen=True)
class Redriven:
    """Result for one dead letter; ``object_id`` is None where the letter names no document."""

    queue: str
    outcome: Outcome
    object_id: ObjectId | None = None
    attempt: int | None = None


class Redrive:
    """Empties the dead-letter queues.

    Args:
        dry_run: reports what would be done, sends and deletes nothing; letters come back after ``HIDDEN_SECONDS``.
        discard: deletes letters that name no document; by default they stay.
    """

    def __init__(self, client: StackClient, rate: RateLimiter, dry_run: bool = False, discard: bool = False) -> None:
        self._client = client
        self._rate = rate
        self._dry_run = dry_run
        self._discard = discard
        self._sent: set[ObjectId] = set()

    def run(self) -> Iterator[Redriven]:
        """Processes every letter of every queue once; yields each result."""
        for queue, url in self._client.outputs.dead_letter_urls.items():
            for letter in self._letters(url):
                redriven = self._redrive(queue, letter)
                if not self._dry_run and redriven.outcome != "unreadable":
                    self._client.sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
                yield redriven

    def _letters(self, url: str) -> Iterator[dict[str, Any]]:
        while True:
            answer = self._client.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=_LARGEST_RECEIVE,
                VisibilityTimeout=HIDDEN_SECONDS,
                MessageAttributeNames=[ATTEMPT_ATTRIBUTE],
            )
            letters: Any = answer.get("Messages", [])
            if not letters:
                return
            yield from letters

    def _redrive(self, queue: str, letter: dict[str, Any]) -> Redriven:
        scan = document_of(letter["Body"])
        if scan is None:
            return Redriven(queue, "discarded" if self._discard else "unreadable")
        if scan in self._sent:
            return Redriven(queue, "same document", scan)
        record = self._client.records.get(scan)
        if record and record.finished:
            return Redriven(queue, "finished since", scan, record.attempt)
        attempt = max(record.attempt if record else 0, _attempt_of(letter)) + 1
        self._sent.add(scan)
        if not self._dry_run:
            self._rate.wait()
            send_upload(self._client, scan, attempt)
        return Redriven(queue, "sent again", scan, attempt)


def document_of(body: str) -> ObjectId | None:
    """Returns the document that a message of any queue is about; None for a foreign message."""
    try:
        message = json.loads(body)
        if "object_id" in message:
            return ObjectId.model_validate(message["object_id"])
        return uploads_in(message)[0].object_id
    except (ValueError, ValidationError, TypeError, AttributeError, IndexError):
        return None  # foreign: it is reported as unreadable and stays in the queue


def _attempt_of(letter: dict[str, Any]) -> int:
    attribute = letter.get("MessageAttributes", {}).get(ATTEMPT_ATTRIBUTE, {})
    if "StringValue" in attribute:
        return int(attribute["StringValue"])
    return int(json.loads(letter["Body"]).get("attempt", 1))
