"""Messages on the queues: claim checks that name a document, its pages and an attempt.

Text and images travel through S3. Field names are a wire format: messages in flight survive an update of the stack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import AliasChoices, Field, PositiveInt

from scanproof.document import UNVERSIONED, DocumentRef, Model, ObjectId

ATTEMPT_ATTRIBUTE = "scanproof-attempt"  # message attribute of a replayed S3 event


class Upload(Model):
    """A scan was uploaded, or its event replayed. An event without a version id means the current version."""

    kind: Literal["upload"] = "upload"
    bucket: str
    key: str
    version_id: str | None
    sequencer: str | None
    attempt: PositiveInt = 1

    @property
    def idempotency_key(self) -> str:
        """Equal for duplicates of one event. A version is created once, so its id says more than a sequencer."""
        version = self.version_id or f"sequencer {self.sequencer}"
        return "\n".join([self.kind, self.bucket, self.key, version, str(self.attempt)])

    @property
    def object_id(self) -> ObjectId:
        """The uploaded object, as far as the event names it."""
        return ObjectId(bucket=self.bucket, key=self.key, version_id=self.version_id or UNVERSIONED)

    @property
    def document(self) -> DocumentRef:
        """The document and attempt, as far as the event names them."""
        return DocumentRef(object_id=self.object_id, attempt=self.attempt)

    @property
    def unit(self) -> str:
        """Names the message among those of its document, for the count of its tries."""
        return self.kind

    @property
    def correlation_id(self) -> str:
        """The document's id."""
        return self.object_id.document_id


class DocumentMessage(Model):
    """A message about a document that has a record."""

    object_id: ObjectId
    attempt: PositiveInt

    @property
    def document(self) -> DocumentRef:
        """The document and attempt that the message is about."""
        return DocumentRef(object_id=self.object_id, attempt=self.attempt)

    @property
    def correlation_id(self) -> str:
        """The document's id."""
        return self.object_id.document_id


class PageRange(DocumentMessage):
    """Pages of a document to recognise: first to last, both included.

    Attributes:
        engine: the engine that the pages were forwarded to, by a function that does not read them itself.
        fallback_reason: why that function's engine did not read them, a sentence for the document.
    """

    kind: Literal["pages"] = "pages"
    first_page: PositiveInt
    last_page: PositiveInt
    engine: Literal["rapidocr"] | None = None
    fallback_reason: str | None = Field(
        default=None,
        validation_alias=AliasChoices("fallback_reason", "instead_because"),
        serialization_alias="instead_because",  # the wire format
    )

    @property
    def idempotency_key(self) -> str:
        """Equal for redeliveries of one message; not for the same pages after forwarding."""
        forwarded = [self.engine] if self.engine else []
        pages = f"{self.first_page}-{self.last_page}"
        return "\n".join([_key(self.kind, self.document), pages, *forwarded])

    @property
    def unit(self) -> str:
        """Names the message among those of its document, for the count of its tries."""
        return f"{self.kind} {self.first_page}-{self.last_page} {self.engine or ''}".rstrip()


class CorrectPage(DocumentMessage):
    """One recognised page to correct.

    Attributes:
        has_lattice: whether the page's lattice was stored beside it.
    """

    kind: Literal["correct"] = "correct"
    page: PositiveInt
    has_lattice: bool = False

    @property
    def idempotency_key(self) -> str:
        """Equal for redeliveries of one message."""
        return "\n".join([_key(self.kind, self.document), str(self.page)])


class PublishDocument(DocumentMessage):
    """A document whose pages are all done."""

    kind: Literal["publish"] = "publish"

    @property
    def idempotency_key(self) -> str:
        """Equal for redeliveries of one message."""
        return _key(self.kind, self.document)


class CorrectionsUpload(Model):
    """What a reviewer saved was uploaded to the results bucket.

    Attributes:
        uploaded_at: ISO 8601, UTC, from the event.
        principal: who uploaded it, as S3 names callers: ``AWS:`` and the id of a user, or of a role and its session.
    """

    object_id: ObjectId
    uploaded_at: str
    principal: str | None = None

    @property
    def idempotency_key(self) -> str:
        """Equal for duplicates of one event."""
        return "\n".join(["corrections", self.object_id.bucket, self.object_id.key, self.object_id.version_id])

    @property
    def correlation_id(self) -> str:
        """The upload's id; which document it is about is known when it is read."""
        return self.object_id.document_id


M = TypeVar("M", Upload, PageRange, CorrectPage, Upload | PageRange, covariant=True)


@dataclass(frozen=True)
class Delivery(Generic[M]):
    """A message, and whether it was delivered before."""

    message: M
    redelivered: bool = False

    @property
    def correlation_id(self) -> str:
        """The document's id."""
        return self.message.correlation_id

    @property
    def idempotency_key(self) -> str:
        """Equal for redeliveries of one message."""
        return self.message.idempotency_key


def was_redelivered(record: SQSRecord) -> bool:
    """Whether SQS delivered this record before."""
    return int(record.attributes.approximate_receive_count) > 1


def _key(kind: str, document: DocumentRef) -> str:
    scan = document.object_id
    return "\n".join([kind, scan.bucket, scan.key, scan.version_id, str(document.attempt)])
