"""What arrives on the correct queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import ValidationError

from scanproof.workers.messages import CorrectPage


@dataclass(frozen=True)
class Delivery:
    """A claim check, and whether it has been delivered before."""

    message: CorrectPage
    redelivered: bool


def delivery_of(record: SQSRecord) -> Delivery:
    """One message of the correct queue.

    Raises:
        ValueError: the message is not ours; the queue moves it to the dead letters.
    """
    times = int(record.attributes.approximate_receive_count)
    return Delivery(CorrectPage.model_validate_json(record.body), redelivered=times > 1)


def deliveries_in(event: dict[str, Any]) -> list[Delivery]:
    """All messages of a batch that are ours; the others fail when their turn comes."""
    found = []
    for record in event["Records"]:
        try:
            found.append(delivery_of(SQSRecord(record)))
        except ValidationError:
            continue
    return found
