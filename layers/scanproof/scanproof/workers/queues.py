"""Sends messages to the queues, decides when those that failed come back, and empties the dead-letter queues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scanproof.document import Model
from scanproof.errors import TransientError
from scanproof.workers.messages import ATTEMPT_ATTRIBUTE

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH_LIMIT = 10  # of SQS
_COUNTS: Any = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
# Seconds before a retry: 30, 120, 480, then 15 minutes. That outlasts an outage of minutes: a queue that dead-letters
# after five receives gives up after 25 minutes.
FIRST_RETRY_SECONDS, RETRY_FACTOR, LAST_RETRY_SECONDS = 30, 4, 900


class Letter(NamedTuple):
    """A received message; the attempt counts where the body is an S3 event, which does not say it."""

    message_id: str
    body: str
    receipt_handle: str
    attempt: int = 1


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
    """One queue."""

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url

    @property
    def is_empty(self) -> bool:
        """Whether no message waits or is being worked on, as far as SQS knows: its counts lag by about a minute."""
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=_COUNTS)
        return not any(int(count) for count in answer["Attributes"].values())

    def receive(self, hidden_seconds: int) -> list[Letter]:
        """Receives up to ten messages, which come back after ``hidden_seconds`` unless they are deleted."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH_LIMIT,
            VisibilityTimeout=hidden_seconds,
            MessageAttributeNames=[ATTEMPT_ATTRIBUTE],
        )
        messages: Any = answer.get("Messages", [])
        return [
            Letter(message["MessageId"], message["Body"], message["ReceiptHandle"], _attempt_of(message))
            for message in messages
        ]

    def delete(self, letter: Letter) -> None:
        """Deletes a message that was received."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt_handle)

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


def _attempt_of(message: Mapping[str, Any]) -> int:
    return int(message.get("MessageAttributes", {}).get(ATTEMPT_ATTRIBUTE, {}).get("StringValue", 1))
