"""Step three: a complete document's files are written, then its record flips, then its event goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from scanproof.document import Document
from scanproof.errors import TransientError
from scanproof.extraction.extract import extract
from scanproof.output.assemble import assemble_document
from scanproof.output.files import output_files
from scanproof.workers import s3_keys
from scanproof.workers.context import WorkerContext
from scanproof.workers.messages import PublishDocument
from scanproof.workers.records import Record


@dataclass(frozen=True)
class PublishOutcome:
    """What one message led to, for logs and metrics."""

    outcome: str
    pages: int = 0
    seconds: float | None = None  # from the start of recognition

    @property
    def counts(self) -> dict[str, int]:
        """Metrics."""
        return {"DocumentsPublished": int(self.outcome == "published"), "PagesPublished": self.pages}


class PublishWorker:
    """Publishes documents, each attempt once."""

    def __init__(self, tools: WorkerContext) -> None:
        self._tools = tools

    def run(self, message: PublishDocument) -> PublishOutcome:
        """Publishes one document; every write in it may be repeated after a crash.

        Raises:
            TransientError: not all pages are there yet.
        """
        record = self._tools.records.get(message.object_id)
        if record is None or record.attempt != message.attempt:
            return PublishOutcome("stale")
        if not record.finished:
            if not record.complete:
                raise TransientError("the document's pages are not all done yet")
            return self._publish(record)
        self._tools.announcer.announce(record)
        return PublishOutcome("duplicate")

    def _publish(self, record: Record) -> PublishOutcome:
        of, attempt, objects = record.object_id, record.attempt, self._tools.objects
        info = objects.scan_info(of, attempt)
        now = datetime.now(UTC)
        seconds = (now - datetime.fromisoformat(info.started_at)).total_seconds()
        pages = [objects.corrected_page(of, attempt, number) for number in sorted(record.pages_done)]
        extraction = extract(pages)
        document = assemble_document(
            pages,
            fields=extraction.fields,
            flags=extraction.flags,
            source=info.source,
            options=info.options,
            document_id=s3_keys.document_id(of),
            object_id=of,
            attempt=attempt,
            published_at=now.isoformat(timespec="milliseconds"),
            duration_seconds=round(seconds, 3),
            warnings=info.warnings,
        )
        prefix = s3_keys.results_prefix(of, attempt)
        for file in output_files(document, info.options.outputs):
            objects.put_output(prefix, file)
        published = self._tools.records.mark_published(of, attempt, prefix, document.fields, _summary(document))
        if published:
            self._tools.announcer.announce(published)
        return PublishOutcome("published", len(document.pages), document.duration_seconds)


def _summary(document: Document) -> dict[str, object]:
    lines = [line for page in document.pages for line in page.lines]
    return {
        "warnings": list(document.warnings),
        "edits": sum(len(line.edits) for line in lines),
        "refusals": sum(len(line.refusals) for line in lines),
    }
