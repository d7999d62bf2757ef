"""Deploys the real template with the real functions, once for all tests of this folder."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from devstack.stack import TEMPLATE, LocalStack
from scanproof.cli.admin.replay import s3_notification
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.local_stack import access_to
from scanproof.document import Document, ObjectId
from scanproof.workers.records import Record

HERE = Path(__file__).parent
TIMEOUT_SECONDS = 180.0
EXISTING_BUCKET = "our-existing-bucket"
# The entry points that are off by default; other stacks of these tests have the defaults.
PARAMETERS = {
    "ExistingBucketName": EXISTING_BUCKET,
    "ExistingBucketPrefix": "incoming/",
    "UploadIssuer": "https://issuer.example.com",
}
# Shorter than deployed: a killed invocation's message comes back when its time-out is over.
TIMEOUTS = {"scanproof-ocr": 20, "scanproof-correct": 10, "scanproof-publish": 10, "scanproof-maintenance": 10}


class Pipeline:
    """The running stack, with helpers for tests."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.stack_client: StackClient = access_to(stack).stack_client()
        self._events: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._observer_url = self._observe_events()

    def client(self, service: str, session: boto3.Session | None = None) -> Any:
        return (session or self.stack.session()).client(service, endpoint_url=self.stack.endpoint_url)  # type: ignore[call-overload]

    def upload(self, path: Path, key: str | None = None, **options: str) -> ObjectId:
        return self.stack_client.upload(path, key or f"incoming/{path.name}", options)

    def put_list(self, key: str, content: str) -> None:
        """Puts a word list or replacements where uploads may name them."""
        self.stack_client.s3.put_object(Bucket=self.stack_client.outputs.results_bucket, Key=key, Body=content.encode())

    def finished(self, *documents: ObjectId) -> list[Record]:
        """Waits for the documents and returns their records, in order."""
        records = dict(self.stack_client.wait(documents, TIMEOUT_SECONDS))
        return [records[scan] for scan in documents]

    def document(self, record: Record) -> Document:
        return Document.model_validate_json(self.stack_client.results(record)["document.json"])

    def send(self, kind: str, message: dict[str, Any]) -> None:
        self.stack_client.sqs.send_message(
            QueueUrl=self.stack_client.outputs.queue_urls[kind], MessageBody=json.dumps(message)
        )

    def send_upload_event(self, scan: ObjectId, sequencer: str | None = None) -> None:
        event = s3_notification(scan)
        if sequencer:
            event["Records"][0]["s3"]["object"]["sequencer"] = sequencer
        self.send("upload", event)

    def send_dead_letter(self, queue: str, message: dict[str, Any]) -> None:
        url = self.stack_client.outputs.dead_letter_urls[queue]
        self.stack_client.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))

    def maintain(self, wait: bool = True) -> None:
        """Sends what the schedule sends each quarter of an hour, and waits for the run."""
        maintain(self.stack_client, self.stack, wait)

    def events_of(self, scan: ObjectId) -> list[dict[str, Any]]:
        """Returns every event that EventBridge delivered about a document so far."""
        while True:
            answer = self.stack_client.sqs.receive_message(QueueUrl=self._observer_url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                event = json.loads(message["Body"])
                self._events[event["detail"].get("document_id", "")].append(event)
                self.stack_client.sqs.delete_message(
                    QueueUrl=self._observer_url, ReceiptHandle=message["ReceiptHandle"]
                )
            if not answer.get("Messages"):
                return self._events[scan.document_id]

    def refusals(self, corrections: ObjectId) -> list[dict[str, Any]]:
        """Returns the events that an upload of corrections was refused."""
        self.events_of(corrections)
        return [event for event in self._events[""] if event["detail"]["corrections"] == corrections.model_dump()]

    def dead_letters(self, name: str) -> list[str]:
        """Returns the bodies in a dead-letter queue; the messages stay."""
        url = self.stack.outputs[f"{name}DeadLettersUrl"]
        answer = self.stack_client.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]

    def _observe_events(self) -> str:
        """Adds a rule to the default bus, as a consumer would: all events of the stack go to a queue."""
        url = str(self.stack_client.sqs.create_queue(QueueName="observer")["QueueUrl"])
        attributes = self.stack_client.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        events = self.client("events")
        events.put_rule(Name="observe", EventPattern=json.dumps({"source": ["scanproof"]}))
        events.put_targets(Rule="observe", Targets=[{"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}])
        return url


def maintain(client: StackClient, stack: LocalStack, wait: bool = True) -> None:
    """Sends what the schedule sends each quarter of an hour, and waits for the run."""
    function = "scanproof-maintenance"
    [url] = [source.queue_url for source in stack.deployment.event_sources if source.function_name == function]
    client.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"id": uuid.uuid4().hex}))
    if wait:
        stack.wait_idle(function_name=function)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test of this folder: `-m "not stack"` leaves them out."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.stack)


@pytest.fixture(scope="package")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    logs = tmp_path_factory.mktemp("logs")
    with LocalStack(logs, None, TEMPLATE, PARAMETERS, retry_seconds=2, count_writes=True, timeouts=TIMEOUTS) as stack:
        stack.warm()
        yield Pipeline(stack)
