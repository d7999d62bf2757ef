"""What a Lambda event source mapping does with a queue: batches, partial failures, deletes, retries.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html and .../with-sqs.html. It receives
and deletes with the function's own role, as AWS does, so a role that lacks these rights shows here. Not imitated:
batches over Lambda's 6 MB payload limit are not split (messages are claim checks of under a
kilobyte), FIFO queues, filters.
"""

from __future__ import annotations

import base64
import json
import logging
import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from devstack.deploy import EventSource
from devstack.environments import Environments
from devstack.worker import Result

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Message = Mapping[str, Any]

logger = logging.getLogger(__name__)

# A failed message comes back this soon, not after the rest of its visibility time-out (six times the function's): the
# time-out itself stays as deployed, so that a message that is being worked on does not appear a second time.
RETRY_SECONDS = 2
_LARGEST_RECEIVE = 10  # SQS gives no more at once
_WAIT_SECONDS = 1
_TICK_SECONDS = 0.1


class MalformedAnswerError(ValueError):
    """A function's batch answer names no message of its batch: the whole batch counts as failed."""


def failed_ids(payload: object, ids: Sequence[str]) -> set[str]:
    """The messages that a function reports as failed (``ReportBatchItemFailures``).

    Empty or null answers and lists mean that all went well.

    Raises:
        MalformedAnswerError: an identifier is missing, null, empty or not one of ``ids``.
    """
    answer: Any = payload or {}
    try:
        failed = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError) as error:
        raise MalformedAnswerError(str(error)) from error
    if not failed <= set(ids):
        raise MalformedAnswerError("unknown itemIdentifier")
    return failed


def to_record(message: Message, queue_arn: str) -> dict[str, Any]:
    """A received message as Lambda hands it to the function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


class Poller:
    """Feeds one function from one queue, at most ``concurrency`` batches at a time.

    Args:
        as_role: an SQS client with the rights of the function's role.
        as_operator: one that may change a failed message's visibility, which the role need not be able to.
    """

    def __init__(
        self,
        source: EventSource,
        environments: Environments,
        as_role: SQSClient,
        as_operator: SQSClient,
        concurrency: int,
        retry_seconds: int = RETRY_SECONDS,
    ) -> None:
        self.source = source
        self._environments = environments
        self._sqs = as_role
        self._operator_sqs = as_operator
        self._retry_seconds = retry_seconds
        self._free = BoundedSemaphore(concurrency)
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix=source.function_name)
        self._stopping, self._running = Event(), Event()
        self._running.set()
        self._receiving = Lock()
        self._thread = Thread(target=self._poll, name=f"poll-{source.function_name}", daemon=True)

    def start(self) -> None:
        """Begins to poll."""
        self._thread.start()

    def pause(self) -> None:
        """No message is received from now on; batches that are being worked on are finished."""
        self._running.clear()
        with self._receiving:
            return

    def resume(self) -> None:
        """Polls again."""
        self._running.set()

    def stop(self) -> None:
        """Ends polling and kills what is being worked on; its messages come back as after a crash."""
        self._stopping.set()
        self._environments.close()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown()

    def _poll(self) -> None:
        while not self._stopping.is_set():
            if not self._free.acquire(timeout=_TICK_SECONDS):
                continue
            batch = self._receive_batch()
            if batch:
                self._pool.submit(self._process, batch).add_done_callback(self._report)
            else:
                self._free.release()

    def _receive_batch(self) -> list[Message]:
        with self._receiving:
            if not self._running.wait(_TICK_SECONDS):
                return []
            try:
                return self._gather()
            except (ClientError, BotoCoreError) as error:  # as AWS: the mapping goes on trying, and says so
                logger.warning("%s cannot receive: %s", self.source.function_name, error)
                self._stopping.wait(_WAIT_SECONDS)
                return []

    def _gather(self) -> list[Message]:
        """Waits for a first message, then until the batch is full or the window over."""
        batch = self._receive(self.source.batch_size, _WAIT_SECONDS)
        closes = time.monotonic() + self.source.window_seconds
        while batch and len(batch) < self.source.batch_size and not self._stopping.is_set():
            left = closes - time.monotonic()
            if left <= 0:
                break
            more = self._receive(self.source.batch_size - len(batch), int(left))
            batch += more
            if not more:
                time.sleep(min(left, _TICK_SECONDS))
        return batch

    def _receive(self, most: int, wait_seconds: int) -> list[Message]:
        answer = self._sqs.receive_message(
            QueueUrl=self.source.queue_url,
            MaxNumberOfMessages=min(most, _LARGEST_RECEIVE),
            WaitTimeSeconds=min(wait_seconds, _WAIT_SECONDS),
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _process(self, batch: list[Message]) -> None:
        try:
            records = [to_record(message, self.source.queue_arn) for message in batch]
            result = self._environments.invoke(json.dumps({"Records": records}).encode())
            failed = self._failed(result, [message["MessageId"] for message in batch])
            retry_seconds = self._retry_after(result)
            for message in batch:
                self._settle(message, retry_seconds if message["MessageId"] in failed else None)
        finally:
            self._free.release()

    def _report(self, batch: Future[None]) -> None:
        """Says what went wrong in a batch's thread, which nobody else asks."""
        if error := batch.exception():
            logger.error("%s: a batch was not settled; it comes back", self.source.function_name, exc_info=error)

    def _failed(self, result: Result, ids: list[str]) -> set[str]:
        if not result.ok:
            return set(ids)
        if not self.source.partial_failures:
            return set()
        try:
            return failed_ids(result.payload, ids)
        except MalformedAnswerError:
            return set(ids)

    def _retry_after(self, result: Result) -> int:
        """After a crash, not before the invocation's time would have been over, as with the visibility of AWS.

        Until then a function that guards against running twice (Powertools' idempotency) rightly takes it for running.
        """
        if result.status != "crash":
            return self._retry_seconds
        left = self._environments.function.timeout_seconds - result.milliseconds / 1000
        return max(self._retry_seconds, math.ceil(left))

    def _settle(self, message: Message, retry_seconds: int | None) -> None:
        where: Any = {"QueueUrl": self.source.queue_url, "ReceiptHandle": message["ReceiptHandle"]}
        if retry_seconds is None:
            self._sqs.delete_message(**where)
        else:
            self._operator_sqs.change_message_visibility(**where, VisibilityTimeout=retry_seconds)


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    names = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}
    named = {names[name]: item for name, item in value.items() if name in names}
    if isinstance(named.get("binaryValue"), bytes):
        named["binaryValue"] = base64.b64encode(named["binaryValue"]).decode()
    return {**named, "stringListValues": [], "binaryListValues": []}
