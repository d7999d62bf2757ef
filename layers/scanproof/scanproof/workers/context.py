"""The stack's resources as the workers use them, and the two ways in which a document ends."""

from __future__ import annotations

from dataclasses import dataclass

import boto3

from scanproof.document import DocumentRef
from scanproof.errors import PermanentError, TransientError
from scanproof.settings import Settings, StackSettings
from scanproof.workers.events import Announcer
from scanproof.workers.messages import PublishDocument
from scanproof.workers.objects import Objects
from scanproof.workers.queues import Queue
from scanproof.workers.records import Record, Records
from scanproof.workers.search.store import SearchStore


@dataclass(frozen=True)
class WorkerContext:
    """Clients for the stack's resources.

    Attributes:
        fallback_queue: queue of RapidOCR's function, where another function has another engine.
        dead_letters: of all functions, for MaintenanceFunction.
    """

    settings: Settings
    stack: StackSettings
    objects: Objects
    search_store: SearchStore
    records: Records
    ocr_queue: Queue
    correct_queue: Queue
    publish_queue: Queue
    fallback_queue: Queue | None
    dead_letters: tuple[Queue, ...]
    announcer: Announcer

    @classmethod
    def create(
        cls,
        stack: StackSettings | None = None,
        settings: Settings | None = None,
        session: boto3.Session | None = None,
        endpoint_url: str | None = None,
    ) -> WorkerContext:
        """Creates clients for the resources that ``stack`` names; default: the environment's.

        Args:
            session: credentials of the clients; default: the function's own.
            endpoint_url: of AWS; default: the public endpoints.

        Raises:
            PermanentError: ``setting_invalid``.
        """
        stack = stack or StackSettings.from_environment()
        session = session or boto3.Session()
        sqs = session.client("sqs", endpoint_url=endpoint_url)
        table = session.resource("dynamodb", endpoint_url=endpoint_url).Table(stack.documents_table)
        records = Records(table)
        s3 = session.client("s3", endpoint_url=endpoint_url)
        return cls(
            settings=settings or Settings.from_environment(),
            stack=stack,
            objects=Objects(s3, stack.results_bucket),
            search_store=SearchStore(s3, stack.results_bucket),
            records=records,
            ocr_queue=Queue(sqs, stack.ocr_queue_url or ""),
            correct_queue=Queue(sqs, stack.correct_queue_url or ""),
            publish_queue=Queue(sqs, stack.publish_queue_url or ""),
            fallback_queue=Queue(sqs, stack.rapidocr_queue_url) if stack.rapidocr_queue_url else None,
            dead_letters=tuple(Queue(sqs, url) for url in stack.dead_letter_urls),
            announcer=Announcer(session.client("events", endpoint_url=endpoint_url), records, stack.results_bucket),
        )

    def start_attempt(self, document: DocumentRef) -> Record:
        """Begins an attempt as `Records.start_attempt` does; sends the event of an earlier attempt first if it has to.

        Returns:
            The record, of this attempt or of a higher one.
        """
        record = self.records.start_attempt(document)
        if record.attempt < document.attempt:
            self.announcer.announce(record)
            record = self.records.start_attempt(document)
        if record.attempt < document.attempt:
            raise TransientError("the event of an earlier attempt is still pending")
        return record

    def announce(self, document: DocumentRef) -> None:
        """Sends the event of a document if this attempt has ended and its event is pending."""
        record = self.records.get(document.object_id)
        if record and record.attempt == document.attempt:
            self.announcer.announce(record)

    def complete_page(self, document: DocumentRef, page: int) -> None:
        """Records that a page is ready; sends the document to be published if it was the last one.

        Safe to repeat: after a crash between the two writes, the redelivered message finds the set complete and sends.
        """
        record = self.records.add_page_done(document, page)
        if record and record.complete:
            self.publish_queue.send([PublishDocument(object_id=document.object_id, attempt=document.attempt)])

    def fail(self, document: DocumentRef, error: PermanentError) -> bool:
        """Records that an attempt failed, and announces it.

        Where nothing was written, the attempt may have ended all the same: the answer to an earlier write was lost.

        Returns:
            Whether this call ended the attempt.
        """
        record = self.records.mark_failed(document, error)
        if record:
            self.announcer.announce(record)
        else:
            self.announce(document)
        return record is not None
