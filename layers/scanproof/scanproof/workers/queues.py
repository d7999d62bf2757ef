"""Sends messages to the queues, and takes them off the dead-letter queues."""

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


class Letter(NamedTuple):
    """A received message; the attempt counts where the body is an S3 event, which does not say it."""

    message_id: str
    body: str
    receipt_handle: str
    attempt: int = 1


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


def _attempt_of(message: Mapping[str, Any]) -> int:
    return int(message.get("MessageAttributes", {}).get(ATTEMPT_ATTRIBUTE, {}).get("StringValue", 1))
