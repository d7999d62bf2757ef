"""The claim checks on the queues: they name a document, its pages and an attempt; text and images travel through S3."""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveInt

from scanproof.document import UNVERSIONED, Model, ObjectId
from scanproof.workers import s3_keys

ATTEMPT_ATTRIBUTE = "scanproof-attempt"  # message attribute of a replayed S3 event


class Upload(Model):
    """A scan was uploaded (or its event replayed). ``version_id`` of the object may have to be looked up."""

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
        """Which object this is about, as far as the event tells."""
        return ObjectId(bucket=self.bucket, key=self.key, version_id=self.version_id or UNVERSIONED)

    @property
    def correlation_id(self) -> str:
        """The document's id."""
        return s3_keys.document_id(self.object_id)


class DocumentMessage(Model):
    """A message about a document that has a record."""

    object_id: ObjectId
    attempt: PositiveInt

    @property
    def correlation_id(self) -> str:
        """The document's id."""
        return s3_keys.document_id(self.object_id)


class PageRange(DocumentMessage):
    """Some pages of a document, to be recognised: first to last, both included.

    ``engine`` is the one that another's function handed them to, and ``fallback_reason`` why that did not read them
    itself, if it should have: a sentence for the document.
    """

    kind: Literal["pages"] = "pages"
    first_page: PositiveInt
    last_page: PositiveInt
    engine: Literal["rapidocr"] | None = None
    fallback_reason: str | None = None

    @property
    def idempotency_key(self) -> str:
        """Equal for redeliveries of one message; not for the same pages, handed on."""
        handed = [self.engine] if self.engine else []
        pages = f"{self.first_page}-{self.last_page}"
        return "\n".join([_key(self.kind, self.object_id, self.attempt), pages, *handed])


class CorrectPage(DocumentMessage):
    """One recognised page, to be corrected."""

    kind: Literal["correct"] = "correct"
    page: PositiveInt

    @property
    def idempotency_key(self) -> str:
        """Equal for redeliveries of one message."""
        return "\n".join([_key(self.kind, self.object_id, self.attempt), str(self.page)])


class PublishDocument(DocumentMessage):
    """A document whose pages are all done."""

    kind: Literal["publish"] = "publish"

    @property
    def idempotency_key(self) -> str:
        """Equal for redeliveries of one message."""
        return _key(self.kind, self.object_id, self.attempt)


def _key(kind: str, of: ObjectId, attempt: int) -> str:
    return "\n".join([kind, of.bucket, of.key, of.version_id, str(attempt)])
