"""Sends messages to the queues, and decides when those that failed come back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from scanproof.document import Model
from scanproof.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH_LIMIT = 10  # of SQS
# Seconds before a retry: 30, 120, 480, then 15 minutes. That outlasts an outage of minutes: a queue that dead-letters
# after five receives gives up after 25 minutes.
FIRST_RETRY_SECONDS, RETRY_FACTOR, LAST_RETRY_SECONDS = 30, 4, 900


class Retry(NamedTuple):
    """A received message, and the seconds until it is delivered again."""

    receipt_handle: str
    seconds: int


def retry_seconds(receives: int) -> int:
    """Returns how long a message waits after its failure.

    Args:
        receives: SQS's receive count. Throttled invocations raise it, too, so the last delay is short enough for them.
    """
    return int(min(FIRST_RETRY_SECONDS * RETRY_FACTOR ** (max(receives, 1) - 1), LAST_RETRY_SECONDS))


class Queue:
    """One queue to send messages to."""

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def send(self, messages: Sequence[Model]) -> None:
        """Sends all of ``messages``.

        Raises:
            TransientError: the queue refused some; sending all again is harmless.
        """
        for start in range(0, len(messages), BATCH_LIMIT):
            entries = [
                {"Id": str(index), "MessageBody": message.model_dump_json(by_alias=True)}
                for index, message in enumerate(messages[start : start + BATCH_LIMIT])
            ]
            answer = self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
            if answer.get("Failed"):
                raise TransientError(
                    f"{len(answer['Failed'])} of {len(entries)} messages were not accepted by the queue"
                )

    def retry(self, retries: Sequence[Retry]) -> None:
        """Lets messages that were received from this queue come back after their delays.

        Without it they come back when their visibility time-out is over, six times the function's time limit. A message
        whose receipt has expired is back already.
        """
        for start in range(0, len(retries), BATCH_LIMIT):
            entries = [
                {"Id": str(index), "ReceiptHandle": retry.receipt_handle, "VisibilityTimeout": retry.seconds}
                for index, retry in enumerate(retries[start : start + BATCH_LIMIT])
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
