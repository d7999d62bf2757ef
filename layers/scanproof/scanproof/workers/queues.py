"""Sends messages to the queues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanproof.document import Model
from scanproof.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH_LIMIT = 10  # of SQS


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
