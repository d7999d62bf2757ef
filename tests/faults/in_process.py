"""The deployed template with its functions in this process: a case takes milliseconds, and its order is fixed.

Queues, table, buckets and events are the emulator's. The handlers are those of ``functions/*/app.py``; only the OCR
engine and the corrector are stand-ins.
"""

from __future__ import annotations

import io
import json
import os
import runpy
import sys
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase

from devstack.deploy import DeployedFunction, Deployment, EventSource, deploy
from devstack.emulator import REGION, Emulator
from devstack.poller import failed_ids, to_record
from devstack.reaper import Reaper
from devstack.stack import STACK_NAME, TEMPLATE
from devstack.template import translate
from scanproof.cli.admin.replay import s3_notification
from scanproof.cli.admin.stack_client import StackClient, StackOutputs
from scanproof.document import ObjectId
from scanproof.workers import maintenance
from tests.faults.accounting import Account, EventLog, Upload, account_for
from tests.faults.documents import Work
from tests.faults.outside_calls import Killed, OutsideCalls

# A document passes through all functions in one round of deliveries.
ORDER = ("scanproof-ocr", "scanproof-correct", "scanproof-publish", "scanproof-maintenance")
PARAMETERS = {"PagesPerInvocation": "2"}
HOURS = timedelta(hours=2)
LETTER_HIDDEN_SECONDS = 1  # instead of ten minutes; SQS's clock cannot be shifted
ROUNDS = 3  # of schedules, after which every document must have ended
_MAX_ROUNDS = 400  # far more than any case needs: more mean that a message circulates for ever


class InProcessStack:
    """Delivers messages to the functions in a fixed order until the queues are empty.

    Attributes:
        calls: counts the functions' outside calls and applies faults to them.
        work: counts what the stand-ins did.
    """

    def __init__(
        self, deployment: Deployment, session: boto3.Session, endpoint_url: str, calls: OutsideCalls, work: Work
    ) -> None:
        self.deployment = deployment
        self.calls = calls
        self.work = work
        self._session, self._endpoint_url = session, endpoint_url
        self.client = StackClient(StackOutputs.from_outputs(deployment.outputs), session, endpoint_url)
        self.events = EventLog(self.client, self.service("events"))
        self.clock = _Clock()
        name = next(iter(deployment.functions.values())).variables["IDEMPOTENCY_TABLE"]
        self._idempotency = session.resource("dynamodb", endpoint_url=endpoint_url).Table(name)
        self._environment = _environment(session, endpoint_url)
        self._handlers = {name: self._load(function) for name, function in deployment.functions.items()}
        self._sources = sorted(deployment.event_sources, key=lambda source: ORDER.index(source.function_name))
        self.settle()

    def service(self, name: str) -> Any:
        """Returns a client with the account owner's rights."""
        return self._session.client(name, endpoint_url=self._endpoint_url)  # type: ignore[call-overload]

    def upload(self, content: bytes, key: str) -> ObjectId:
        """Uploads a file and waits until the bucket has notified the queue."""
        bucket, queue = self.client.outputs.scans_bucket, self.client.outputs.queue_urls["upload"]
        before = self._count(queue, "ApproximateNumberOfMessages")
        answer = self.client.s3.put_object(Bucket=bucket, Key=key, Body=content)
        while self._count(queue, "ApproximateNumberOfMessages") == before:
            time.sleep(0.01)
        return ObjectId(bucket=bucket, key=key, version_id=answer["VersionId"])

    def announce(self, scan: ObjectId, sequencer: str | None = None, attempt: int = 1) -> None:
        """Sends an upload's event again."""
        event = s3_notification(scan)
        if sequencer:
            event["Records"][0]["s3"]["object"]["sequencer"] = sequencer
        self.client.send("upload", event, attempt)

    def settle(self, after_each: Callable[[str], None] = lambda _: None) -> None:
        """Delivers messages until none is left.

        Args:
            after_each: called with the function's name after each invocation.
        """
        for _ in range(_MAX_ROUNDS):
            delivered = False
            for source in self._sources:
                if self._deliver_batch(source):
                    delivered = True
                    after_each(source.function_name)
            if not delivered:
                return
        raise AssertionError("messages circulate for ever")

    def lose(self, kind: str, *, dead: bool) -> None:
        """Removes the messages that wait in a queue; ``dead`` ones go to its dead letters."""
        outputs = self.client.outputs
        dead_letters = outputs.dead_letter_urls[{"upload": "ocr"}.get(kind, kind)]
        while found := self.client.sqs.receive_message(QueueUrl=outputs.queue_urls[kind]).get("Messages"):
            for message in found:
                if dead:
                    self.client.sqs.send_message(QueueUrl=dead_letters, MessageBody=message["Body"])
                handle = message["ReceiptHandle"]
                self.client.sqs.delete_message(QueueUrl=outputs.queue_urls[kind], ReceiptHandle=handle)

    def account(self, uploads: Sequence[Upload]) -> Account:
        """Delivers everything and accounts for uploads; where that leaves work undone, hours pass first."""
        self.settle()
        account = account_for(self.client, self.events, uploads)
        for _ in range(ROUNDS):
            if not account.problems:
                break
            self.let_hours_pass()
            account = account_for(self.client, self.events, uploads)
        return account

    def let_hours_pass(self) -> None:
        """Lets the template's schedules fire when hours have passed, and delivers what they send."""
        self.clock.advance(HOURS)
        if any(
            self._count(url, "ApproximateNumberOfMessagesNotVisible")
            for url in self.client.outputs.dead_letter_urls.values()
        ):
            time.sleep(LETTER_HIDDEN_SECONDS)
        fire_schedules(self.service)
        self.settle()

    def has_messages(self, queue_url: str) -> bool:
        """Whether messages wait in a queue."""
        return self._count(queue_url, "ApproximateNumberOfMessages") > 0

    def forget_duplicates(self) -> None:
        """Removes the idempotency records, as their time to live does after a day."""
        self._remove_idempotency_records(Attr("id").exists())

    def deliver(self, function: str) -> None:
        """Delivers one batch of each queue of a function."""
        for source in self._sources:
            if source.function_name == function:
                self._deliver_batch(source)

    def _deliver_batch(self, source: EventSource) -> bool:
        messages = self._receive(source)
        if not messages:
            return False
        records = [to_record(message, source.queue_arn) for message in messages]
        ids = [message["MessageId"] for message in messages]
        try:
            answer = self._invoke(source.function_name, {"Records": records})
            failed = failed_ids(answer, ids) if source.partial_failures else set()
        except Killed:
            failed = set(ids)
        except Exception:  # noqa: BLE001 - as in Lambda, the batch fails whatever the handler raised
            failed = set(ids)
        if failed and not self.calls.in_invocation:
            # Its time is over before the message returns, so Powertools no longer takes it for running.
            self._remove_idempotency_records(Attr("status").eq("INPROGRESS"))
        for message in messages:
            self._end(source, message, message["MessageId"] in failed)
        return True

    def _invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        function = self.deployment.functions[name]
        with (
            patch.dict(os.environ, self._environment_of(function)),
            redirect_stdout(io.StringIO()),  # metrics, in Lambda's log
            warnings.catch_warnings(action="ignore", category=UserWarning),  # an invocation without metrics
            self.calls.of_invocation(name),
        ):
            return self._handlers[name](event, _Context(function))

    def _end(self, source: EventSource, message: Mapping[str, Any], failed: bool) -> None:
        handle: Any = {"QueueUrl": source.queue_url, "ReceiptHandle": message["ReceiptHandle"]}
        if failed:
            self.client.sqs.change_message_visibility(**handle, VisibilityTimeout=0)
        else:
            self.client.sqs.delete_message(**handle)

    def _receive(self, source: EventSource) -> Sequence[Mapping[str, Any]]:
        answer = self.client.sqs.receive_message(
            QueueUrl=source.queue_url,
            MaxNumberOfMessages=min(source.batch_size, 10),
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def _count(self, queue_url: str, attribute: Any) -> int:
        answer = self.client.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=[attribute])
        return int(answer["Attributes"][attribute])

    def _remove_idempotency_records(self, which: ConditionBase) -> None:
        for item in self._idempotency.scan(FilterExpression=which)["Items"]:
            self._idempotency.delete_item(Key={"id": item["id"]})

    def _load(self, function: DeployedFunction) -> Callable[..., Any]:
        module, _, handler = function.source.handler.rpartition(".")
        with patch.dict(os.environ, self._environment_of(function)), patch.object(boto3, "DEFAULT_SESSION", None):
            found: Callable[..., Any] = runpy.run_path(str(function.source.folder / f"{module}.py"))[handler]
        return found

    def _environment_of(self, function: DeployedFunction) -> dict[str, str]:
        return {
            **self._environment,
            **{name: value for name, value in function.variables.items() if value},
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        }


@contextmanager
def in_process_stack(log_dir: Path) -> Iterator[InProcessStack]:
    """Deploys the template into an emulator of its own and loads the functions."""
    reaper, calls, work = Reaper(), OutsideCalls(), Work()
    emulator = Emulator(log_dir, reaper)
    try:
        translation = translate(TEMPLATE, PARAMETERS)
        emulator.wait_until_ready()
        session = emulator.operator_session()
        deployment = deploy(translation, STACK_NAME, PARAMETERS, session, emulator.endpoint_url)
        with calls.installed(), work.stand_ins():
            stack = InProcessStack(deployment, session, emulator.endpoint_url, calls, work)
            with stack.clock.installed(), patch.object(maintenance, "LETTER_HIDDEN_SECONDS", LETTER_HIDDEN_SECONDS):
                yield stack
    finally:
        emulator.stop()
        reaper.close()


def fire_schedules(service: Callable[[str], Any]) -> None:
    """Sends the event of each scheduled rule to its queue, as EventBridge does every few minutes.

    Args:
        service: returns a client.
    """
    events, sqs = service("events"), service("sqs")
    for rule in events.list_rules()["Rules"]:
        if rule.get("ScheduleExpression"):
            event = {"id": str(uuid.uuid4()), "detail-type": "Scheduled Event", "source": "aws.events"}
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                url = sqs.get_queue_url(QueueName=target["Arn"].rsplit(":", 1)[1])["QueueUrl"]
                sqs.send_message(QueueUrl=url, MessageBody=target.get("Input", json.dumps(event)))


class _Clock:
    """Shifts the workers' clock, so that hours pass in no time."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def advance(self, by: timedelta) -> None:
        self._offset += by

    @contextmanager
    def installed(self) -> Iterator[Self]:
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Shifted:
                return super().now(tz) + clock._offset

        names = [name for name in sys.modules if name.startswith("scanproof.workers.")]
        modules = [module for name in names if hasattr(module := sys.modules[name], "datetime")]
        for module in modules:
            module.datetime = Shifted  # type: ignore[attr-defined]
        try:
            yield self
        finally:
            for module in modules:
                module.datetime = datetime  # type: ignore[attr-defined]


class _Context:
    """What Lambda passes to a handler beside the event."""

    aws_request_id = "in-process"

    def __init__(self, function: DeployedFunction) -> None:
        self.function_name = function.name
        self.invoked_function_arn = function.arn
        self.memory_limit_in_mb = function.memory_mb
        self._milliseconds = int(function.timeout_seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        """Returns the whole time-out: invocations here take milliseconds."""
        return self._milliseconds


def _environment(session: boto3.Session, endpoint_url: str) -> dict[str, str]:
    credentials = session.get_credentials()
    assert credentials is not None
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key or "",
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key or "",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "POWERTOOLS_TRACE_DISABLED": "true",
    }
