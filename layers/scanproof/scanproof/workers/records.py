"""The documents table: one record per document, one head item per key.

Every write is conditional on what it relies on, so that duplicates, late messages and concurrent invocations end in the
same record. Completed pages are a number *set*: adding a page twice changes nothing, which a counter cannot guarantee.
Attribute names and status values are stored data: they stay.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.conditions import ConditionBase, Key
from botocore.exceptions import ClientError

from scanproof.document import DocumentRef, FieldName, KeyField, ObjectId
from scanproof.errors import GaveUpError, PermanentError, TransientError
from scanproof.workers.aws_errors import is_condition_failed
from scanproof.workers.record import FINISHED, UNFINISHED, Reason, Record, Status

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

__all__ = ["FINISHED", "UNFINISHED", "Reason", "Record", "Records", "Status", "Tries", "iso_time"]

SEQUENCER_DIGITS = 64  # S3 does not document the length; shorter ones are right-padded before they are compared
INDEXED_FIELDS = (FieldName.INVOICE_NUMBER.value, FieldName.INVOICE_DATE.value)
RETRY_COUNTER_SECONDS = 14 * 24 * 3600
EVENT_PENDING = "pending"  # key of the sparse index by_outbox: only records whose event was not sent are in it
_SEARCHED = (
    "bucket", "key", "version_id", "attempt", "updated_at", "results_prefix", "published_attempt", "fields",
    "details", "needs_review", "reason",
)  # fmt: skip
_OF_ATTEMPT = ("pages_total", "pages_done", "reason", "event_sent", "outbox", "corrections")  # which a new one removes
_START_ROUNDS = 5  # an attempt that moves on between read and write is read again; more is a sign of an error


class Tries(NamedTuple):
    """Number of a message's retry, and how the try before ended, where it could say so."""

    number: int
    ended: str | None


class Records:
    """Reads and writes the documents table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, scan: ObjectId) -> Record | None:
        """Returns the record as it is now (a consistent read). Thread-safe."""
        get = self._table.meta.client.get_item  # a client may be used by several threads, a table not
        item = get(TableName=self._table.name, Key=_document_key(scan), ConsistentRead=True).get("Item")
        return Record.model_validate(item) if item else None

    def is_unfinished(self, document: DocumentRef) -> bool:
        """Whether this attempt is the newest one and has not ended (a consistent read).

        Leaves out the completed pages, which take longer to parse than all else where there are thousands.
        """
        item = self._table.get_item(
            Key=_document_key(document.object_id),
            ConsistentRead=True,
            ProjectionExpression="attempt, #status",
            ExpressionAttributeNames={"#status": "status"},
        ).get("Item")
        return item is not None and item["attempt"] == document.attempt and item["status"] not in FINISHED

    def current_version(self, bucket: str, key: str) -> str | None:
        """Returns the version id of the key's newest event."""
        item = self._table.get_item(Key=_head_key(bucket, key), ConsistentRead=True).get("Item")
        return str(item["version_id"]) if item else None

    def start_attempt(self, document: DocumentRef) -> Record:
        """Creates the document's record, or begins a higher attempt on it, and returns it.

        A published result stays as it is. The returned record may be of a higher attempt than requested: then the
        caller's message is stale. It is of a lower one where that attempt's event has to be sent first.
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
            self._table.put_item(Item=fresh, ConditionExpression="attribute_not_exists(pk)")
            return Record.model_validate(fresh)
        except ClientError as error:
            if not is_condition_failed(error):
                raise
        for _ in range(_START_ROUNDS):
            record = self.get(document.object_id)
            if record is None:
                raise RuntimeError("documents table: a record vanished between two reads")
            if record.attempt >= document.attempt or record.event_pending:
                return record
            if started := self._start_next(record, document.attempt):
                return started
        raise TransientError("the document's record kept changing")

    def start_review(self, record: Record, corrections: str, pages_total: int) -> Record | None:
        """Begins the next attempt, made by a review; returns None if the record has changed since it was read.

        Args:
            record: finished, its event sent.
            corrections: id of the upload with the reviewer's decisions, by which a redelivery of its event finds it.
        """
        also = {"corrections": corrections, "pages_total": pages_total}
        return self._start_next(record, record.attempt + 1, Status.CORRECTING, also)

    def _start_next(
        self,
        record: Record,
        attempt: int,
        status: Status = Status.RECOGNISING,
        also: Mapping[str, Any] | None = None,
    ) -> Record | None:
        """Begins ``attempt`` on a record; returns None if it has changed since it was read."""
        values: dict[str, Any] = {
            ":attempt": attempt,
            ":started": status,
            ":now": _now(),
            ":old": record.attempt,
            ":seen": record.status,
        }
        sets = "attempt = :attempt, #status = :started, updated_at = :now"
        for name, value in (also or {}).items():
            sets += f", {name} = :{name}"
            values[f":{name}"] = value
        removes = [name for name in _OF_ATTEMPT if name not in (also or {})]
        if record.has_result and record.published_attempt is None:  # published by a release that did not store these
            sets += ", published_attempt = :old, published_pages = :pages"
            values[":pages"] = record.pages_total
        try:
            answer = self._table.update_item(
                Key=_document_key(record.object_id),
                UpdateExpression=f"SET {sets} REMOVE {', '.join(removes)}",
                ConditionExpression="attempt = :old AND #status = :seen",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if is_condition_failed(error):
                return None
            raise
        return Record.model_validate(answer["Attributes"])

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
        """Marks the attempt published, with its event pending: the last of all writes.

        Args:
            summary: further attributes, such as ``warnings``, ``edits`` or ``needs_review``.

        Returns:
            The record; None if it is finished already or has a later attempt.
        """
        found = {str(field.name): field.value for field in fields}
        indexed = {name: found[name] for name in INDEXED_FIELDS if found.get(name)}
        extra: dict[str, Any] = {**indexed, **summary}
        sets = "".join(f", #{name} = :{name}" for name in extra)
        stale = [name for name in INDEXED_FIELDS if name not in indexed]  # of an earlier attempt's result
        removes = f" REMOVE {', '.join(stale)}" if stale else ""
        return self._update_unfinished(
            document,
            "SET #status = :status, results_prefix = :prefix, #fields = :fields, updated_at = :now, outbox = :outbox, "
            f"published_attempt = :attempt, published_pages = if_not_exists(pages_total, :zero){sets}{removes}",
            {
                ":status": Status.PUBLISHED,
                ":prefix": prefix,
                ":fields": found,
                ":outbox": EVENT_PENDING,
                ":zero": 0,
                **{f":{name}": value for name, value in extra.items()},
            },
            {"#fields": "fields", **{f"#{name}": name for name in extra}},
        )

    def mark_failed(self, document: DocumentRef, error: PermanentError) -> Record | None:
        """Records that the attempt failed, with its event pending. A result that is published stays published.

        Returns:
            The record; None if it is finished already or has a later attempt.
        """
        without_result = self._fail(document, error, Status.FAILED, "attribute_not_exists(results_prefix)")
        return without_result or self._fail(document, error, Status.PUBLISHED, "attribute_exists(results_prefix)")

    def _fail(self, document: DocumentRef, error: PermanentError, status: Status, condition: str) -> Record | None:
        reason = Reason(
            code=error.code, message=error.message, next_step=error.next_step, retryable=isinstance(error, GaveUpError)
        )
        return self._update_unfinished(
            document,
            "SET #status = :status, reason = :reason, updated_at = :now, outbox = :outbox",
            {":status": status, ":reason": reason.model_dump(), ":outbox": EVENT_PENDING},
            condition=condition,
        )

    def mark_event_sent(self, document: DocumentRef) -> None:
        """Records that the attempt's final event was sent."""
        self._update_event(document, "SET event_sent = :yes REMOVE outbox", {":yes": True})

    def mark_event_pending(self, document: DocumentRef) -> None:
        """Puts a finished attempt into the outbox, as releases without one did not."""
        self._update_event(document, "SET outbox = :outbox REMOVE event_sent", {":outbox": EVENT_PENDING})

    def _update_event(self, document: DocumentRef, expression: str, values: Mapping[str, Any]) -> None:
        try:
            self._table.update_item(
                Key=_document_key(document.object_id),
                UpdateExpression=expression,
                ConditionExpression="attempt = :attempt AND #status IN (:published, :failed)",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":attempt": document.attempt,
                    ":published": Status.PUBLISHED,
                    ":failed": Status.FAILED,
                    **values,
                },
            )
        except ClientError as error:
            if not is_condition_failed(error):
                raise

    def events_pending(self, before: str) -> Iterator[ObjectId]:
        """Yields documents whose newest attempt ended before an ISO time without having sent its event."""
        return self._query("by_outbox", Key("outbox").eq(EVENT_PENDING) & Key("updated_at").lt(before))

    def unmoved(self, before: str) -> Iterator[ObjectId]:
        """Yields unfinished documents that have not changed since an ISO time, the longest waiting first."""
        for status in UNFINISHED:
            yield from self._query("by_status_and_day", Key("status").eq(status) & Key("updated_at").lt(before))

    def published_since(self, since: str) -> Iterator[Record]:
        """Yields the records with a published result that changed at an ISO time or later, the first changed first.

        A document whose next attempt is on its way is not among them; it is again when that attempt ends. Without the
        completed pages, of which there may be thousands.
        """
        condition: ConditionBase = Key("status").eq(Status.PUBLISHED)
        names = {f"#{name}": name for name in (*_SEARCHED, "status")}
        for item in self._items(
            "by_status_and_day",
            condition & Key("updated_at").gte(since) if since else condition,
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
        ):
            yield Record.model_validate(item)

    def _query(self, index: str, condition: ConditionBase) -> Iterator[ObjectId]:
        """Returns documents of an index. Its items may be out of date: read the record before acting on it."""
        return (Record.model_validate(item).object_id for item in self._items(index, condition))

    def _items(self, index: str, condition: ConditionBase, **more: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401
        query: dict[str, Any] = {"IndexName": index, "KeyConditionExpression": condition, **more}
        while True:
            answer = self._table.query(**query)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def increment_retries(self, document: DocumentRef, unit: int | str) -> Tries:
        """Counts a retry of a message and returns its number.

        SQS's receive count is no substitute: throttled invocations, in which nothing was tried, raise it too.

        Args:
            document: that the message is about.
            unit: what of it the message is about: a page, or another name.
        """
        answer = self._table.update_item(
            Key=_tries_key(document, unit),
            UpdateExpression="ADD tries :one SET expires_at = :expires REMOVE ended",
            ExpressionAttributeValues={":one": 1, ":expires": int(time.time()) + RETRY_COUNTER_SECONDS},
            ReturnValues="ALL_OLD",
        )
        before = answer.get("Attributes", {})
        ended = before.get("ended")
        return Tries(int(before.get("tries", 0)) + 1, str(ended) if ended else None)  # type: ignore[arg-type]

    def note_end_of_try(self, document: DocumentRef, unit: int | str, how: str) -> None:
        """Notes how the current try of a message ends, for the reason that the document may get. Thread-safe."""
        self._table.meta.client.update_item(  # a client may be used by several threads, a table not
            TableName=self._table.name,
            Key=_tries_key(document, unit),
            UpdateExpression="SET ended = :how, expires_at = :expires",
            ExpressionAttributeValues={":how": how, ":expires": int(time.time()) + RETRY_COUNTER_SECONDS},
        )

    def _update_unfinished(
        self,
        document: DocumentRef,
        expression: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
        condition: str | None = None,
    ) -> Record | None:
        conditions = ["attempt = :attempt", "NOT #status IN (:published, :failed)", *([condition] if condition else [])]
        try:
            answer = self._table.update_item(
                Key=_document_key(document.object_id),
                UpdateExpression=expression,
                ConditionExpression=" AND ".join(conditions),
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


def _tries_key(document: DocumentRef, unit: int | str) -> dict[str, str]:
    return {"pk": f"try#{document.object_id.document_id}#{document.attempt}#{unit}"}


def _now() -> str:
    return iso_time(datetime.now(UTC))


def iso_time(moment: datetime) -> str:
    """Returns a time as ``updated_at`` has it; such times are ordered as strings."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
