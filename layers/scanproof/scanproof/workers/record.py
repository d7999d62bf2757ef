"""A document's record: the state of its newest attempt, and its published result.

Attribute names and status values are stored data: they stay.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, PositiveInt

from scanproof.document import DocumentRef, ObjectId, ReviewReasons


class Status(StrEnum):
    """Progress of a document's newest attempt."""

    RECOGNISING = "recognising"
    CORRECTING = "correcting"
    PUBLISHED = "published"
    FAILED = "failed"


FINISHED = frozenset({Status.PUBLISHED, Status.FAILED})
UNFINISHED = (Status.RECOGNISING, Status.CORRECTING)


class Reason(BaseModel):
    """Why an attempt failed, for the user.

    Attributes:
        retryable: a new attempt may help; else the file or the options have to change.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    next_step: str
    retryable: bool = False


class Record(BaseModel):
    """A document's record. Attributes that this version does not know are ignored.

    ``attempt``, ``status``, ``updated_at``, ``pages_total``, ``pages_done``, ``reason``, ``event_sent`` and
    ``corrections`` (the id of the upload that began it, where a review did) are of the newest attempt; all else is of
    the published result, which stays until another attempt is published. An attempt that fails after a result was
    published leaves the status ``published``, with ``reason``.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    bucket: str
    key: str
    version_id: str
    attempt: PositiveInt
    status: Status
    updated_at: str
    pages_total: int | None = None
    pages_done: frozenset[int] = frozenset()
    reason: Reason | None = None
    results_prefix: str | None = None
    published_attempt: int | None = None
    published_pages: int | None = None
    event_sent: bool = False
    corrections: str | None = None
    fields: dict[str, str] = {}
    details: dict[str, tuple[str, ...]] = {}
    kind: str | None = None
    warnings: tuple[str, ...] = ()
    edits: int = 0
    refusals: int = 0
    needs_review: bool = False
    reviewed: bool = False
    review_reasons: ReviewReasons = ()

    @property
    def object_id(self) -> ObjectId:
        """The uploaded object."""
        return ObjectId(bucket=self.bucket, key=self.key, version_id=self.version_id)

    @property
    def document(self) -> DocumentRef:
        """The document and its current attempt."""
        return DocumentRef(object_id=self.object_id, attempt=self.attempt)

    @property
    def finished(self) -> bool:
        """Whether the newest attempt is published or failed."""
        return self.status in FINISHED

    @property
    def has_result(self) -> bool:
        """Whether a result is published, of whichever attempt."""
        return self.results_prefix is not None

    @property
    def outcome(self) -> Status:
        """How the newest attempt ended, or how far it is."""
        return Status.FAILED if self.reason else self.status

    @property
    def event_pending(self) -> bool:
        """Whether the newest attempt ended and its event was not sent."""
        return self.finished and not self.event_sent

    @property
    def complete(self) -> bool:
        """Whether every page is ready to be published."""
        return self.pages_total is not None and len(self.pages_done) == self.pages_total
