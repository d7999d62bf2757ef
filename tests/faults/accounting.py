"""Accounts for uploads after all is quiet: how each ended, its result and its events."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from scanproof.cli.admin.stack_client import StackClient
from scanproof.document import Document, DocumentRef, ObjectId
from scanproof.workers import s3_keys
from scanproof.workers.events import event_id
from scanproof.workers.records import Record, Status

LARGEST_RECEIVE = 10  # of SQS


@dataclass(frozen=True)
class Upload:
    """An upload and how it must end.

    Attributes:
        text: expected lines; None where they are not known.
        status: expected end; None where either is right.
    """

    object_id: ObjectId
    text: tuple[str, ...] | None = None
    status: Status | None = None


@dataclass
class Account:
    """Numbers of uploads and events.

    Attributes:
        lost: no record, no result, another text or another end than expected.
        doubled: more than one result.
        events_extra: events with more than one id for one attempt; repetitions with one id are none.
        problems: a sentence for each upload that did not end as promised.
    """

    uploads: int = 0
    published: int = 0
    failed: int = 0
    stuck: int = 0
    lost: int = 0
    doubled: int = 0
    events_missing: int = 0
    events_extra: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: Account) -> None:
        """Adds another account."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))

    def to_json(self, **more: object) -> str:
        """Returns the numbers as one line of JSON."""
        numbers = {name: value for name, value in asdict(self).items() if name != "problems"}
        return json.dumps({**numbers, **more})

    def problem(self, counter: str, sentence: str) -> None:
        """Counts a problem."""
        setattr(self, counter, getattr(self, counter) + 1)
        self.problems.append(f"{counter}: {sentence}")


class EventLog:
    """Receives every event of the stack, as a consumer would: by a rule that sends them to a queue."""

    def __init__(self, client: StackClient, events: Any) -> None:
        self._sqs = client.sqs
        self._url = self._sqs.create_queue(QueueName="fault-events")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name="fault-events", EventPattern=json.dumps({"source": ["scanproof"]}))
        events.put_targets(Rule="fault-events", Targets=[{"Id": "queue", "Arn": arn}])
        self._ids: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))

    def ids(self, scan: ObjectId) -> dict[int, set[str]]:
        """Returns the ids of a document's events by attempt; call `read` before."""
        return self._ids[scan.document_id]

    def read(self) -> None:
        """Reads what has arrived."""
        messages: Any = [None] * LARGEST_RECEIVE
        while len(messages) == LARGEST_RECEIVE:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=LARGEST_RECEIVE)
            messages = answer.get("Messages", [])
            if not messages:
                return
            for message in messages:
                detail = json.loads(message["Body"])["detail"]
                if "document_id" in detail:  # what is refused of a reviewer is about no attempt
                    self._ids[detail["document_id"]][detail["attempt"]].add(detail["event_id"])
            handles: Any = [{"Id": str(n), "ReceiptHandle": found["ReceiptHandle"]} for n, found in enumerate(messages)]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=handles)


def account_for(client: StackClient, events: EventLog, uploads: Iterable[Upload]) -> Account:
    """Accounts for every upload."""
    events.read()
    account = Account()
    for upload in uploads:
        account.uploads += 1
        record = client.records.get(upload.object_id)
        name = f"{upload.object_id.key} {upload.object_id.version_id}"
        if record is None:
            account.problem("lost", f"{name} has no record")
        elif not record.finished:
            account.problem(
                "stuck", f"{name} is {record.status}, {len(record.pages_done)} of {record.pages_total} pages"
            )
        else:
            _account_for_end(account, client, upload, record)
            _account_for_events(account, name, record, events.ids(upload.object_id))
    return account


def _account_for_end(account: Account, client: StackClient, upload: Upload, record: Record) -> None:
    name = f"{record.key} {record.version_id}"
    reason = record.reason.code if record.reason else ""
    if upload.status and record.status is not upload.status:
        account.problem("lost", f"{name} is {record.status} {reason}, not {upload.status}")
    if record.status is Status.FAILED:
        account.failed += 1
        if not reason:
            account.problem("lost", f"{name} failed without a reason")
        return
    account.published += 1
    if record.outcome is Status.PUBLISHED and record.results_prefix != s3_keys.results_prefix(record.document):
        account.problem("lost", f"{name} shows the results of another attempt: {record.results_prefix}")
    content = client.result(record, "document.json")
    if content is None:
        account.problem("lost", f"{name} has no document.json")
    elif upload.text is not None:
        lines = tuple(line.text for page in Document.model_validate_json(content).pages for line in page.lines)
        if lines != upload.text:
            account.problem("lost", f"{name} reads {lines}, not {upload.text}")
    attempts = _attempts_with_results(client, record)
    if len(attempts) > record.attempt:
        account.problem("doubled", f"{name} has the results of {attempts}")


def _account_for_events(account: Account, name: str, record: Record, ids: dict[int, set[str]]) -> None:
    if event_id(record) not in ids.get(record.attempt, ()):
        account.problem("events_missing", f"{name} is {record.status}, and no event says so")
    for attempt, of_attempt in ids.items():
        if len(of_attempt) > 1:
            account.problem("events_extra", f"attempt {attempt} of {name} has {len(of_attempt)} different events")


def versions_of_result(client: StackClient, scan: ObjectId, attempt: int = 1) -> int:
    """Counts how often a document's result was written."""
    key = s3_keys.results_prefix(DocumentRef(object_id=scan, attempt=attempt)) + "document.json"
    listed = client.s3.list_object_versions(Bucket=client.outputs.results_bucket, Prefix=key)
    return len(listed.get("Versions", []))


def _attempts_with_results(client: StackClient, record: Record) -> Sequence[str]:
    first = DocumentRef(object_id=record.object_id, attempt=1)
    prefix = s3_keys.results_prefix(first).removesuffix("1/")
    listed = client.s3.list_objects_v2(Bucket=client.outputs.results_bucket, Prefix=prefix).get("Contents", [])
    return sorted({item["Key"].removeprefix(prefix).partition("/")[0] for item in listed})
