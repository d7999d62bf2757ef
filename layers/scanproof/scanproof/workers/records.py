"""The documents table: one record per document, one head item per key.

Every write is conditional on what it relies on, so that duplicates, late messages and two invocations at once end in
the same record. Pages done are a number *set*: adding a page twice changes nothing, which a counter could not promise.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, PositiveInt

from scanproof.document import FieldName, KeyField, ObjectId
from scanproof.errors import PermanentError
from scanproof.workers import s3_keys
from scanproof.workers.aws_errors import is_condition_failed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

SEQUENCER_DIGITS = 64  # S3 promises nothing about the length; shorter ones are right-padded before they are compared
INDEXED_FIELDS = (FieldName.INVOICE_NUMBER.value, FieldName.INVOICE_DATE.value)
TRY_COUNTER_SECONDS = 14 * 24 * 3600


class Status(StrEnum):
    """How far a document is."""

    RECOGNISING = "recognising"
    CORRECTING = "correcting"
    PUBLISHED = "published"
    FAILED = "failed"


FINISHED = frozenset({Status.PUBLISHED, Status.FAILED})


class Reason(BaseModel):
    """Why a document failed, for a person."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    next_step: str


class Record(BaseModel):
    """A document's record."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    bucket: str
    key: str
    version_id: str
    attempt: PositiveInt
    status: Status
    created_at: str
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

    @property
    def object_id(self) -> ObjectId:
        """Which upload this is."""
        return ObjectId(bucket=self.bucket, key=self.key, version_id=self.version_id)

    @property
    def finished(self) -> bool:
        """Whether it is published or failed."""
        return self.status in FINISHED

    @property
    def complete(self) -> bool:
        """Whether every page is ready to be published."""
        return self.pages_total is not None and len(self.pages_done) == self.pages_total


class Records:
    """The documents table as this pipeline uses it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, of: ObjectId) -> Record | None:
        """The record as it stands now (a consistent read)."""
        item = self._table.get_item(Key=_document_key(of), ConsistentRead=True).get("Item")
        return Record.model_validate(item) if item else None

    def current_version(self, bucket: str, key: str) -> str | None:
        """The version id that the newest event of this key told of."""
        item = self._table.get_item(Key=_head_key(bucket, key), ConsistentRead=True).get("Item")
        return str(item["version_id"]) if item else None

    def begin(self, of: ObjectId, attempt: int) -> Record:
        """The record of this document, made or, for a higher attempt, begun anew.

        The answer may be of a higher attempt than asked for: then the caller's message is stale.
        """
        now = _now()
        fresh = {
            **_document_key(of),
            **of.model_dump(),
            "attempt": attempt,
            "status": Status.RECOGNISING,
            "created_at": now,
            "updated_at": now,
        }
        try:
            self._table.put_item(
                Item=fresh,
                ConditionExpression="attribute_not_exists(pk) OR attempt < :attempt",
                ExpressionAttributeValues={":attempt": attempt},
            )
            return Record.model_validate(fresh)
        except ClientError as error:
            if not is_condition_failed(error):
                raise
        record = self.get(of)
        if record is None:
            raise RuntimeError("documents table: a record vanished between two reads")
        return record

    def set_current_version(self, of: ObjectId, sequencer: str | None, last_modified: str = "") -> bool:
        """Makes this version the current one of its key, unless a later one already is.

        Sequencers are hexadecimal and compared as strings after padding (S3's documentation of event ordering). Events
        that did not come from S3, of replays and backfills, have none: between them and others LastModified decides.

        Args:
            last_modified: of this version, ISO 8601 in UTC, to the second.
        """
        values = {":modified": last_modified}
        item = {**_head_key(of.bucket, of.key), "version_id": of.version_id, "last_modified": last_modified}
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

    def set_pages_total(self, of: ObjectId, attempt: int, total: int) -> Record | None:
        """Says how many pages there are; ``None`` if the document is finished or of a later attempt."""
        return self._update_unfinished(
            of,
            attempt,
            "SET pages_total = :total, #status = :status, updated_at = :now",
            {":total": total, ":status": Status.CORRECTING},
        )

    def add_page_done(self, of: ObjectId, attempt: int, page: int) -> Record | None:
        """Adds a page to those done; ``None`` if the document is finished or of a later attempt."""
        return self._update_unfinished(of, attempt, "SET updated_at = :now ADD pages_done :page", {":page": {page}})

    def mark_published(
        self, of: ObjectId, attempt: int, prefix: str, fields: tuple[KeyField, ...], summary: Mapping[str, Any]
    ) -> Record | None:
        """Flips the record, last of all writes; ``None`` if it is finished already or of a later attempt.

        Args:
            summary: further attributes (``warnings``, ``edits``, ``refusals``).
        """
        found = {str(field.name): field.value for field in fields}
        indexed = {name: found[name] for name in INDEXED_FIELDS if found.get(name)}
        extra: dict[str, Any] = {**indexed, **summary}
        sets = "".join(f", #{name} = :{name}" for name in extra)
        return self._update_unfinished(
            of,
            attempt,
            f"SET #status = :status, results_prefix = :prefix, #fields = :fields, updated_at = :now{sets}",
            {
                ":status": Status.PUBLISHED,
                ":prefix": prefix,
                ":fields": found,
                **{f":{name}": value for name, value in extra.items()},
            },
            {"#fields": "fields", **{f"#{name}": name for name in extra}},
        )

    def mark_failed(self, of: ObjectId, attempt: int, error: PermanentError) -> Record | None:
        """Records a permanent failure; ``None`` if the document is finished already or of a later attempt."""
        reason = {"code": error.code, "message": error.message, "next_step": error.next_step}
        return self._update_unfinished(
            of,
            attempt,
            "SET #status = :status, reason = :reason, updated_at = :now",
            {":status": Status.FAILED, ":reason": reason},
        )

    def mark_event_sent(self, of: ObjectId, attempt: int) -> None:
        """Says that the document's final event went out."""
        try:
            self._table.update_item(
                Key=_document_key(of),
                UpdateExpression="SET event_sent = :yes",
                ConditionExpression="attempt = :attempt",
                ExpressionAttributeValues={":yes": True, ":attempt": attempt},
            )
        except ClientError as error:
            if not is_condition_failed(error):
                raise

    def increment_retries(self, of: ObjectId, attempt: int, page: int) -> int:
        """Counts that a page's correction is being tried again; returns how often it was counted.

        SQS's receive count would not do: refused invocations, in which nothing was tried, raise it too.
        """
        answer = self._table.update_item(
            Key={"pk": f"try#{s3_keys.document_id(of)}#{attempt}#{page}"},
            UpdateExpression="ADD tries :one SET expires_at = :expires",
            ExpressionAttributeValues={":one": 1, ":expires": int(time.time()) + TRY_COUNTER_SECONDS},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["tries"])  # type: ignore[arg-type]

    def _update_unfinished(
        self,
        of: ObjectId,
        attempt: int,
        expression: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> Record | None:
        try:
            answer = self._table.update_item(
                Key=_document_key(of),
                UpdateExpression=expression,
                ConditionExpression="attempt = :attempt AND NOT #status IN (:published, :failed)",
                ExpressionAttributeNames={"#status": "status", **(names or {})},
                ExpressionAttributeValues={
                    ":attempt": attempt,
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


def _document_key(of: ObjectId) -> dict[str, str]:
    return {"pk": f"document#{s3_keys.document_id(of)}"}


def _head_key(bucket: str, key: str) -> dict[str, str]:
    return {"pk": f"head#{bucket}/{key}"}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
