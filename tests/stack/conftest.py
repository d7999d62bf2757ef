"""The real template with the real functions, deployed once for all tests of this folder."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from devstack.stack import LocalStack
from scanproof.cli.admin.replay import s3_notification
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.local_stack import access_to
from scanproof.document import Document, ObjectId
from scanproof.workers.records import Record
from scanproof.workers.s3_keys import document_id

TIMEOUT_SECONDS = 180.0
# Shorter than deployed: a killed invocation's message comes back when its time-out is over.
TIMEOUTS = {"scanproof-ocr": 20, "scanproof-correct": 10, "scanproof-publish": 10}


class Pipeline:
    """The running stack and the questions that tests ask of it."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.operator: StackClient = access_to(stack).stack_client()
        self._events: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._observer_url = self._observe_events()

    def client(self, service: str, session: boto3.Session | None = None) -> Any:
        return (session or self.stack.session()).client(service, endpoint_url=self.stack.endpoint_url)  # type: ignore[call-overload]

    def upload(self, path: Path, key: str | None = None, **options: str) -> ObjectId:
        return self.operator.upload(path, key or f"incoming/{path.name}", options)

    def finished(self, *documents: ObjectId) -> list[Record]:
        """The records of documents, in order, once each of them is finished."""
        records = dict(self.operator.wait(documents, TIMEOUT_SECONDS))
        return [records[of] for of in documents]

    def document(self, record: Record) -> Document:
        return Document.model_validate_json(self.operator.results(record)["document.json"])

    def send(self, kind: str, message: dict[str, Any]) -> None:
        self.operator.sqs.send_message(QueueUrl=self.operator.outputs.queue_urls[kind], MessageBody=json.dumps(message))

    def send_upload_event(self, of: ObjectId, sequencer: str | None = None) -> None:
        event = s3_notification(of)
        if sequencer:
            event["Records"][0]["s3"]["object"]["sequencer"] = sequencer
        self.send("upload", event)

    def events_of(self, of: ObjectId) -> list[dict[str, Any]]:
        """Every event that EventBridge delivered about a document so far."""
        while True:
            answer = self.operator.sqs.receive_message(QueueUrl=self._observer_url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                event = json.loads(message["Body"])
                self._events[event["detail"]["document_id"]].append(event)
                self.operator.sqs.delete_message(QueueUrl=self._observer_url, ReceiptHandle=message["ReceiptHandle"])
            if not answer.get("Messages"):
                return self._events[document_id(of)]

    def dead_letters(self, name: str) -> list[str]:
        """The bodies of what is in a dead-letter queue; it stays there."""
        url = self.stack.outputs[f"{name}DeadLettersUrl"]
        answer = self.operator.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]

    def _observe_events(self) -> str:
        """A rule on the default bus, as a customer's own would be: everything of ours into a queue."""
        url = str(self.operator.sqs.create_queue(QueueName="observer")["QueueUrl"])
        attributes = self.operator.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        events = self.client("events")
        events.put_rule(Name="observe", EventPattern=json.dumps({"source": ["scanproof"]}))
        events.put_targets(Rule="observe", Targets=[{"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}])
        return url


@pytest.fixture(scope="package")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with LocalStack(tmp_path_factory.mktemp("logs"), retry_seconds=2, count_writes=True, timeouts=TIMEOUTS) as stack:
        stack.warm()
        yield Pipeline(stack)
