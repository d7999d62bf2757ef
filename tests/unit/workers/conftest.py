"""Buckets, a table and queues in the emulator, without functions: seconds to start, once for all tests here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from devstack.emulator import Emulator
from devstack.reaper import Reaper
from devstack.stack import TEMPLATE
from devstack.template import translate
from scanproof.cli.admin.stack_client import StackClient, StackOutputs
from scanproof.document import DocumentRef, ObjectId
from scanproof.settings import Settings, StackSettings
from scanproof.workers.context import WorkerContext
from scanproof.workers.queues import Queue
from scanproof.workers.records import Record, iso_time

QUEUES = ("ocr", "correct", "publish", "rapidocr", "letters")


@dataclass(frozen=True)
class Store:
    """The resources that workers use."""

    session: boto3.Session
    endpoint_url: str
    queue_urls: dict[str, str]

    @classmethod
    def connected(cls, endpoint_url: str, queue_urls: dict[str, str]) -> Store:
        """Connects another process to the resources."""
        return cls(Emulator.operator_session(), endpoint_url, queue_urls)

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.endpoint_url)  # type: ignore[call-overload]

    def context(
        self, fallback: bool = False, words: str | None = None, replacements: str | None = None, **settings: Any
    ) -> WorkerContext:
        urls = self.queue_urls
        stack = StackSettings(
            results_bucket="results",
            documents_table="documents",
            idempotency_table="idempotency",
            ocr_queue_url=urls["ocr"],
            correct_queue_url=urls["correct"],
            publish_queue_url=urls["publish"],
            rapidocr_queue_url=urls["rapidocr"] if fallback else None,
            dead_letter_urls=(urls["letters"],),
            words_key=words,
            replacements_key=replacements,
        )
        return WorkerContext.create(stack, Settings(**settings), self.session, self.endpoint_url)

    def stack_client(self) -> StackClient:
        """What the commands use."""
        kinds = {"upload": "ocr", "pages": "ocr", "correct": "correct", "publish": "publish"}
        urls = {kind: self.queue_urls[queue] for kind, queue in kinds.items()}
        outputs = StackOutputs("scans", "results", "documents", urls, {"ocr": self.queue_urls["letters"]})
        return StackClient(outputs, self.session, self.endpoint_url)

    def send(self, queue: str, body: str) -> None:
        self.client("sqs").send_message(QueueUrl=self.queue_urls[queue], MessageBody=body)

    def change(self, document: DocumentRef, **values: Any) -> None:
        """Sets attributes of a record, whatever its state; None removes one."""
        table = self.session.resource("dynamodb", endpoint_url=self.endpoint_url).Table("documents")
        updates = {
            name: {"Value": value} if value is not None else {"Action": "DELETE"} for name, value in values.items()
        }
        table.update_item(Key={"pk": f"document#{document.object_id.document_id}"}, AttributeUpdates=updates)  # type: ignore[arg-type]

    def age(self, document: DocumentRef, **ago: float) -> None:
        """Makes a record look as if it had not changed since a time ago, such as ``hours=2``."""
        self.change(document, updated_at=iso_time(datetime.now(UTC) - timedelta(**ago)))

    def record(self, document: DocumentRef) -> Record:
        record = self.context().records.get(document.object_id)
        assert record is not None
        return record

    def upload(self, path: Path, key: str, **options: str) -> ObjectId:
        metadata = {f"scanproof-{name}": value for name, value in options.items()}
        answer = self.client("s3").put_object(Bucket="scans", Key=key, Body=path.read_bytes(), Metadata=metadata)
        return ObjectId(bucket="scans", key=key, version_id=answer["VersionId"])

    def put_list(self, key: str, content: bytes) -> None:
        self.client("s3").put_object(Bucket="results", Key=key, Body=content)

    def receive(self, queue: str) -> list[dict[str, Any]]:
        """Takes all messages off a queue."""
        sqs, bodies = self.client("sqs"), []
        while messages := sqs.receive_message(
            QueueUrl=self.queue_urls[queue], MaxNumberOfMessages=10, VisibilityTimeout=600
        ).get("Messages"):
            for message in messages:
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue_urls[queue], ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def holds(self, queue: str) -> bool:
        """Whether a queue has messages, hidden ones too."""
        return not Queue(self.client("sqs"), self.queue_urls[queue]).is_empty

    def empty(self) -> None:
        for queue in QUEUES:
            self.client("sqs").purge_queue(QueueUrl=self.queue_urls[queue])


class EventLog:
    """Stands in for EventBridge."""

    def __init__(self) -> None:
        self.details: list[dict[str, Any]] = []
        self.refusing = False

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        if not self.refusing:
            self.details += [json.loads(entry["Detail"]) for entry in Entries]
        return {"FailedEntryCount": len(Entries) * self.refusing}

    def of(self, document: DocumentRef) -> list[tuple[int, str]]:
        """Attempt and status of each event about a document."""
        found = [detail for detail in self.details if detail["document_id"] == document.object_id.document_id]
        return [(detail["attempt"], detail["status"]) for detail in found]


@pytest.fixture
def event_log(monkeypatch: pytest.MonkeyPatch) -> EventLog:
    """Gets the events of all contexts that the test creates from now on."""
    log = EventLog()
    create = WorkerContext.create

    def with_log(*args: Any, **kwargs: Any) -> WorkerContext:
        context = create(*args, **kwargs)
        context.announcer._events = log  # type: ignore[assignment]
        return context

    monkeypatch.setattr(WorkerContext, "create", with_log)
    return log


@pytest.fixture(scope="package")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running_store(tmp_path_factory.mktemp("emulator")) as store:
        yield store


@contextmanager
def running_store(log_dir: Path) -> Iterator[Store]:
    """Starts an emulator and creates the resources."""
    reaper = Reaper()
    emulator = Emulator(log_dir, reaper)
    try:
        emulator.wait_until_ready()
        session, url = emulator.operator_session(), emulator.endpoint_url
        s3, sqs = session.client("s3", endpoint_url=url), session.client("sqs", endpoint_url=url)
        for bucket in ("scans", "results"):
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        dynamodb = session.client("dynamodb", endpoint_url=url)
        for name, logical_id in (("documents", "DocumentsTable"), ("idempotency", "IdempotencyTable")):
            dynamodb.create_table(TableName=name, **table_properties(logical_id))
        urls = {queue: sqs.create_queue(QueueName=queue)["QueueUrl"] for queue in QUEUES}
        yield Store(session, url, urls)
    finally:
        emulator.stop()
        reaper.close()


def table_properties(logical_id: str) -> dict[str, Any]:
    """Keys and indexes as the template has them."""
    properties = translate(TEMPLATE, {}).cloudformation["Resources"][logical_id]["Properties"]
    names = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    return {name: properties[name] for name in names if name in properties}


@pytest.fixture
def store(emulated: Store) -> Store:
    """The shared store with empty queues; tests use keys of their own."""
    emulated.empty()
    return emulated


@pytest.fixture
def document(request: pytest.FixtureRequest) -> DocumentRef:
    """A document that only this test knows."""
    key = f"incoming/{request.node.name}.png"
    return DocumentRef(object_id=ObjectId(bucket="scans", key=key, version_id="v1"), attempt=1)
