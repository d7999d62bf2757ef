"""Polls a queue as a Lambda event source mapping does: batches, partial failures, deletes, retries.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html and .../with-sqs.html. It receives
and deletes with the function's own role, as AWS does, so a role that lacks these rights fails here, too. Not
implemented: splitting batches over Lambda's 6 MB payload limit (messages are claim checks of under a kilobyte), FIFO
queues, filters.
"""

from __future__ import annotations

import base64
import json
import logging
import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from devstack.deploy import EventSource
from devstack.environment_pool import EnvironmentPool
from devstack.execution_environment import Result

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Message = Mapping[str, Any]

logger = logging.getLogger(__name__)

# A failed message returns this soon, whatever the function asked for (half a minute and more). The visibility time-out
# stays as deployed, so that a message in flight is not received a second time.
RETRY_SECONDS = 2
_MAX_RECEIVE = 10  # limit of SQS
_WAIT_SECONDS = 1
_TICK_SECONDS = 0.1


class MalformedAnswerError(ValueError):
    """A function's answer is malformed or names an unknown message: the whole batch counts as failed."""


def failed_ids(payload: object, ids: Sequence[str]) -> set[str]:
    """Returns the ids of the messages that a function reports as failed (``ReportBatchItemFailures``).

    Empty or null answers and lists mean success.

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
    """Converts a received message into the record that Lambda passes to the function."""
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
        source: the event source mapping.
        environments: run the invocations.
        as_role: an SQS client with the rights of the function's role.
        as_operator: an SQS client that may change a failed message's visibility, which the role need not be allowed.
        concurrency: limit of concurrent batches.
        retry_seconds: delay after which a failed message returns.
    """

    def __init__(
        self,
        source: EventSource,
        environments: EnvironmentPool,
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
        """Starts polling."""
        self._thread.start()

    def pause(self) -> None:
        """Stops receiving messages; batches in flight finish."""
        self._running.clear()
        with self._receiving:
            return

    def resume(self) -> None:
        """Resumes polling."""
        self._running.set()

    def stop(self) -> None:
        """Ends polling and kills invocations in flight; their messages return as after a crash."""
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
                self._pool.submit(self._process, batch).add_done_callback(self._log_exception)
            else:
                self._free.release()

    def _receive_batch(self) -> list[Message]:
        with self._receiving:
            if not self._running.wait(_TICK_SECONDS):
                return []
            try:
                return self._gather()
            except (ClientError, BotoCoreError) as error:  # as on AWS, the mapping keeps trying
                logger.warning("%s cannot receive: %s", self.source.function_name, error)
                self._stopping.wait(_WAIT_SECONDS)
                return []

    def _gather(self) -> list[Message]:
        """Waits for a first message, then until the batch is full or its window has passed."""
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

    def _receive(self, limit: int, wait_seconds: int) -> list[Message]:
        answer = self._sqs.receive_message(
            QueueUrl=self.source.queue_url,
            MaxNumberOfMessages=min(limit, _MAX_RECEIVE),
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

    def _log_exception(self, batch: Future[None]) -> None:
        """Logs an exception of the batch's thread, which nothing else would report."""
        if error := batch.exception():
            logger.error("%s: a batch was not settled; it returns", self.source.function_name, exc_info=error)

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
        """Returns the delay of the retry: after a crash, until the invocation's time-out would have passed, as on AWS.

        Until then, Powertools' idempotency takes the crashed invocation for running.
        """
        if result.status != "crash":
            return self._retry_seconds
        left = self._environments.function.timeout_seconds - result.milliseconds / 1000
        return max(self._retry_seconds, math.ceil(left))

    def _settle(self, message: Message, retry_seconds: int | None) -> None:
        handle: Any = {"QueueUrl": self.source.queue_url, "ReceiptHandle": message["ReceiptHandle"]}
        if retry_seconds is None:
            self._sqs.delete_message(**handle)
        else:
            with suppress(ClientError):  # the function made it visible at once, and it was received again
                self._operator_sqs.change_message_visibility(**handle, VisibilityTimeout=retry_seconds)


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    names = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}
    named = {names[name]: item for name, item in value.items() if name in names}
    if isinstance(named.get("binaryValue"), bytes):
        named["binaryValue"] = base64.b64encode(named["binaryValue"]).decode()
    return {**named, "stringListValues": [], "binaryListValues": []}
