from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devstack.stack import LocalStack

HERE = Path(__file__).parent
TEMPLATE = HERE / "template.yaml"
HOST_SECRET = "SCANPROOF_TEST_HOST_SECRET"


class Probe:
    """The small stack of template.yaml with helpers for tests."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self._s3 = stack.session().client("s3", endpoint_url=stack.endpoint_url)
        self._sqs = stack.session().client("sqs", endpoint_url=stack.endpoint_url)

    def send(self, *tasks: dict[str, Any], queue: str = "TaskQueueUrl") -> None:
        entries: Any = [{"Id": str(index), "MessageBody": json.dumps(task)} for index, task in enumerate(tasks)]
        self._sqs.send_message_batch(QueueUrl=self.stack.outputs[queue], Entries=entries)

    def run(self, *tasks: dict[str, Any]) -> list[str]:
        """Sends tasks as one batch, waits until none is left and returns the status of each invocation."""
        before = len(self.stack.invocations)
        self.stack.pause("probe")
        self.send(*tasks)
        self.stack.resume("probe")
        self.stack.wait_idle(60)
        return [record.status for record in self.stack.invocations[before:]]

    def note(self, name: str) -> Any:
        """What the function stored under a name."""
        bucket = self.stack.outputs["ResultsBucketName"]
        return json.loads(self._s3.get_object(Bucket=bucket, Key=name)["Body"].read())

    def times_noted(self, name: str) -> int:
        bucket = self.stack.outputs["ResultsBucketName"]
        return len(self._s3.list_object_versions(Bucket=bucket, Prefix=name).get("Versions", []))

    def take_dead_letters(self) -> list[Any]:
        queue = self.stack.outputs["DeadLettersUrl"]
        messages = self._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


def is_running(pid: int) -> bool:
    """Whether a process runs; false also for a zombie."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.fixture(scope="package")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    os.environ[HOST_SECRET] = "not for functions"
    log_dir = tmp_path_factory.mktemp("logs")
    parameters = {"Greeting": "good day"}
    with LocalStack(log_dir, None, TEMPLATE, parameters, retry_seconds=0, count_writes=True) as stack:
        yield Probe(stack)
    del os.environ[HOST_SECRET]
