"""What the three steps share: the stack's resources, and the two ways in which a document can come to its end."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import boto3

from scanproof.document import ObjectId
from scanproof.errors import PermanentError
from scanproof.settings import Settings
from scanproof.workers.events import Announcer
from scanproof.workers.messages import PublishDocument
from scanproof.workers.objects import Objects
from scanproof.workers.queues import Queue
from scanproof.workers.records import Record, Records


@dataclass(frozen=True)
class WorkerContext:
    """The stack as a step sees it."""

    settings: Settings
    objects: Objects
    records: Records
    ocr_queue: Queue
    correct_queue: Queue
    publish_queue: Queue
    other_engine_queue: Queue | None  # to RapidOCR's function, where this one has another engine
    announcer: Announcer

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str] = os.environ,
        session: boto3.Session | None = None,
        endpoint_url: str | None = None,
    ) -> WorkerContext:
        """With clients for the resources that ``environment`` names.

        Args:
            session: whose rights the clients have; default: the function's own.
            endpoint_url: where AWS is, if not where it always is.
        """
        settings = Settings.from_environment(environment)
        session = session or boto3.Session()
        sqs = session.client("sqs", endpoint_url=endpoint_url)
        table = session.resource("dynamodb", endpoint_url=endpoint_url).Table(settings.documents_table)
        events = session.client("events", endpoint_url=endpoint_url)
        records = Records(table)
        return cls(
            settings=settings,
            objects=Objects(session.client("s3", endpoint_url=endpoint_url), settings.results_bucket),
            records=records,
            ocr_queue=Queue(sqs, settings.ocr_queue_url),
            correct_queue=Queue(sqs, settings.correct_queue_url),
            publish_queue=Queue(sqs, settings.publish_queue_url),
            other_engine_queue=Queue(sqs, settings.other_engine_queue_url) if settings.other_engine_queue_url else None,
            announcer=Announcer(events, records, settings.results_bucket),
        )

    def page_done(self, of: ObjectId, attempt: int, page: int) -> None:
        """Notes that a page is ready; whoever finds that it was the last one sends the document to be published.

        Safe to repeat: after a crash between the two writes, the redelivered message finds the set complete and sends.
        """
        record = self.records.add_page_done(of, attempt, page)
        if record and record.complete:
            self.publish_queue.send([PublishDocument(object_id=of, attempt=attempt)])

    def fail(self, of: ObjectId, attempt: int, error: PermanentError) -> Record | None:
        """Records a permanent failure with its reason and announces it."""
        record = self.records.mark_failed(of, attempt, error) or self.records.get(of)
        if record and record.attempt == attempt and record.finished:
            self.announcer.announce(record)
        return record
