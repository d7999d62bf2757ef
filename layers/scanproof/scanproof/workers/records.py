"""The documents table: one record per document, one head item per key.

Every write is conditional on what it relies on, so that duplicates, late messages and concurrent invocations end in the
same record. Completed pages are a number *set*: adding a page twice changes nothing, which a counter cannot guarantee.
Attribute names and status values are stored data: they stay.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, PositiveInt

from scanproof.document import DocumentRef, FieldName, KeyField, ObjectId, ReviewReasons
from scanproof.errors import PermanentError
from scanproof.workers.aws_errors import is_condition_failed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

SEQUENCER_DIGITS = 64  # S3 does not document the length; shorter ones are right-padded before they are compared
INDEXED_FIELDS = (FieldName.INVOICE_NUMBER.value, FieldName.INVOICE_DATE.value)
RETRY_COUNTER_SECONDS = 14 * 24 * 3600


class Status(StrEnum):
    """Progress of a document."""

    RECOGNISING = "recognising"
    CORRECTING = "correcting"
    PUBLISHED = "published"
    FAILED = "failed"


FINISHED = frozenset({Status.PUBLISHED, Status.FAILED})


class Reason(BaseModel):
    """Why a document failed, for the user."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    next_step: str


class Record(BaseModel):
    """A document's record. Attributes that this version does not know are ignored."""

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
    event_sent: bool = False
    fields: dict[str, str] = {}
    warnings: tuple[str, ...] = ()
    edits: int = 0
    refusals: int = 0
    needs_review: bool = False
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
        """Whether it is published or failed."""
        return self.status in FINISHED

    @property
    def complete(self) -> bool:
        """Whether every page is ready to be published."""
        return self.pages_total is not None and len(self.pages_done) == self.pages_total


class Records:
    """Reads and writes the documents table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, scan: ObjectId) -> Record | None:
        """Returns the record as it is now (a consistent read)."""
        item = self._table.get_item(Key=_document_key(scan), ConsistentRead=True).get("Item")
        return Record.model_validate(item) if item else None

    def current_version(self, bucket: str, key: str) -> str | None:
        """Returns the version id of the key's newest event."""
        item = self._table.get_item(Key=_head_key(bucket, key), ConsistentRead=True).get("Item")
        return str(item["version_id"]) if item else None

    def start_attempt(self, document: DocumentRef) -> Record:
        """Creates the document's record, or resets it for a higher attempt, and returns it.

        The returned record may be of a higher attempt than requested: then the caller's message is stale.
        """
        now = _now()
        fresh = {
            **_document_key(document.object_id),
            **document.object_id.model_dump(),
            "attempt": document.attempt,
            "status": Status.RECOGNISING,
            "created_at": now,
            "updated_at": now,
        }
        try:
            self._table.put_item(
                Item=fresh,
                ConditionExpression="attribute_not_exists(pk) OR attempt < :attempt",
                ExpressionAttributeValues={":attempt": document.attempt},
            )
            return Record.model_validate(fresh)
        except ClientError as error:
            if not is_condition_failed(error):
                raise
        record = self.get(document.object_id)
        if record is None:
            raise RuntimeError("documents table: a record vanished between two reads")
        return record

    def set_current_version(self, scan: ObjectId, sequencer: str | None, last_modified: str = "") -> bool:
        """Makes this version the current one of its key, unless a later one already is.

        Sequencers are hexadecimal and compared as strings after padding (S3's documentation of event ordering). Events
        of replays and backfills have none: between them and others LastModified decides.

        Args:
            last_modified: of this version, ISO 8601 in UTC, to the second.
        """
        values = {":modified": last_modified}
        item = {**_head_key(scan.bucket, scan.key), "version_id": scan.version_id, "last_modified": last_modified}
        if sequencer:
            item["sequencer"] = values[":sequencer"] = sequencer.ljust(SEQUENCER_DIGITS, "0")
            later = "sequencer <= :sequencer OR (attribute_not_exists(sequencer) AND last_modified <= :modified)"
        else:
            later = "last_modified < :modified"
        try:
            self._table.put_item(
                Item=item,
                ConditionExpression=f"attribute_not_exists(pk) OR {later}",
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if is_condition_failed(error):
                return False
            raise
        return True

    def set_pages_total(self, document: DocumentRef, total: int) -> Record | None:
        """Stores the number of pages; returns None if the document is finished or has a later attempt."""
        return self._update_unfinished(
            document,
            "SET pages_total = :total, #status = :status, updated_at = :now",
            {":total": total, ":status": Status.CORRECTING},
        )

    def add_page_done(self, document: DocumentRef, page: int) -> Record | None:
        """Adds a page to the completed ones; returns None if the document is finished or has a later attempt."""
        return self._update_unfinished(document, "SET updated_at = :now ADD pages_done :page", {":page": {page}})

    def mark_published(
        self, document: DocumentRef, prefix: str, fields: tuple[KeyField, ...], summary: Mapping[str, Any]
    ) -> Record | None:
        """Marks the document published, the last of all writes.

        Args:
            summary: further attributes, such as ``warnings``, ``edits`` or ``needs_review``.

        Returns:
            The record; None if it is finished already or has a later attempt.
        """
        found = {str(field.name): field.value for field in fields}
        indexed = {name: found[name] for name in INDEXED_FIELDS if found.get(name)}
        extra: dict[str, Any] = {**indexed, **summary}
        sets = "".join(f", #{name} = :{name}" for name in extra)
        return self._update_unfinished(
            document,
            f"SET #status = :status, results_prefix = :prefix, #fields = :fields, updated_at = :now{sets}",
            {
                ":status": Status.PUBLISHED,
                ":prefix": prefix,
                ":fields": found,
                **{f":{name}": value for name, value in extra.items()},
            },
            {"#fields": "fields", **{f"#{name}": name for name in extra}},
        )

    def mark_failed(self, document: DocumentRef, error: PermanentError) -> Record | None:
        """Records a permanent failure; returns None if the document is finished already or has a later attempt."""
        reason = {"code": error.code, "message": error.message, "next_step": error.next_step}
        return self._update_unfinished(
            document,
            "SET #status = :status, reason = :reason, updated_at = :now",
            {":status": Status.FAILED, ":reason": reason},
        )

    def mark_event_sent(self, document: DocumentRef) -> None:
        """Records that the document's final event was sent."""
        try:
            self._table.update_item(
                Key=_document_key(document.object_id),
                UpdateExpression="SET event_sent = :yes",
                ConditionExpression="attempt = :attempt",
                ExpressionAttributeValues={":yes": True, ":attempt": document.attempt},
            )
        except ClientError as error:
            if not is_condition_failed(error):
                raise

    def increment_retries(self, document: DocumentRef, page: int) -> int:
        """Counts a retry of a page's correction and returns how many there were.

        SQS's receive count is no substitute: throttled invocations, in which nothing was tried, raise it too.
        """
        answer = self._table.update_item(
            Key={"pk": f"try#{document.object_id.document_id}#{document.attempt}#{page}"},
            UpdateExpression="ADD tries :one SET expires_at = :expires",
            ExpressionAttributeValues={":one": 1, ":expires": int(time.time()) + RETRY_COUNTER_SECONDS},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["tries"])  # type: ignore[arg-type]

    def _update_unfinished(
        self,
        document: DocumentRef,
        expression: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> Record | None:
        try:
            answer = self._table.update_item(
                Key=_document_key(document.object_id),
                UpdateExpression=expression,
                ConditionExpression="attempt = :attempt AND NOT #status IN (:published, :failed)",
                ExpressionAttributeNames={"#status": "status", **(names or {})},
                ExpressionAttributeValues={
                    ":attempt": document.attempt,
                    ":published": Status.PUBLISHED,
                    ":failed": Status.FAILED,
                    ":now": _now(),
                    **values,
                },
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if is_condition_failed(error):
                return None
            raise
        return Record.model_validate(answer["Attributes"])


def _document_key(scan: ObjectId) -> dict[str, str]:
    return {"pk": f"document#{scan.document_id}"}


def _head_key(bucket: str, key: str) -> dict[str, str]:
    return {"pk": f"head#{bucket}/{key}"}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
