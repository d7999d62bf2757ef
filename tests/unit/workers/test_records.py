"""The documents table under duplicates, late messages and concurrent attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scanproof.document import DocumentRef, FieldName, KeyField
from scanproof.errors import PermanentError, TransientError
from scanproof.workers.records import Record, Records, Status, iso_time
from tests.builders import BOX
from tests.unit.workers.conftest import EventLog, Store

GONE = PermanentError("scan_gone", "It was deleted.", "Upload it again.")


def records_of(store: Store) -> Records:
    return store.context().records


def next_attempt(document: DocumentRef) -> DocumentRef:
    return document.model_copy(update={"attempt": document.attempt + 1})


def test_attempt_starts_once(store: Store, document: DocumentRef) -> None:
    records = records_of(store)
    first = records.start_attempt(document)
    records.set_pages_total(document, 2)
    again = records.start_attempt(document)
    assert (first.status, first.attempt) == (Status.RECOGNISING, 1)
    assert (again.status, again.pages_total) == (Status.CORRECTING, 2)


def test_higher_attempt_resets_the_record(store: Store, document: DocumentRef) -> None:
    records, later = records_of(store), next_attempt(document)
    records.start_attempt(document)
    records.mark_failed(document, GONE)
    records.mark_event_sent(document)
    record = records.start_attempt(later)
    assert (record.attempt, record.status, record.reason) == (2, Status.RECOGNISING, None)
    assert records.start_attempt(document).attempt == 2  # the caller's message is stale
    assert records.add_page_done(document, 1) is None
    assert records.mark_published(document, "documents/old/", (), {}) is None


def test_pages_done_are_a_set(store: Store, document: DocumentRef) -> None:
    records = records_of(store)
    records.start_attempt(document)
    records.set_pages_total(document, 2)
    for page in (2, 2, 1):
        record = records.add_page_done(document, page)
    assert record is not None
    assert record.complete
    assert record.pages_done == {1, 2}


def test_finished_record_does_not_change(store: Store, document: DocumentRef) -> None:
    records = records_of(store)
    records.start_attempt(document)
    published = records.mark_published(document, "documents/x/", (), {"edits": 3, "warnings": ["note"]})
    assert published is not None
    assert (published.status, published.edits, published.warnings) == (Status.PUBLISHED, 3, ("note",))
    assert records.mark_failed(document, GONE) is None
    assert records.set_pages_total(document, 9) is None
    records.mark_event_sent(document)
    final = records.get(document.object_id)
    assert final is not None
    assert final.event_sent


def test_newest_sequencer_is_current(store: Store, document: DocumentRef) -> None:
    records, scan = records_of(store), document.object_id
    newer = scan.model_copy(update={"version_id": "v2"})
    assert records.set_current_version(newer, "0B", "2026-01-02T00:00:00+00:00")
    assert not records.set_current_version(scan, "0A", "2026-01-01T00:00:00+00:00")
    assert not records.set_current_version(scan, None, "2026-01-01T00:00:00+00:00")
    assert records.current_version(scan.bucket, scan.key) == "v2"


def test_retries_are_counted_per_page(store: Store, document: DocumentRef) -> None:
    records = records_of(store)
    assert [records.increment_retries(document, 1).number for _ in range(3)] == [1, 2, 3]
    assert records.increment_retries(document, 2).number == 1
    assert records.increment_retries(next_attempt(document), 1).number == 1


NUMBER = KeyField(name=FieldName.INVOICE_NUMBER, value="A-1", written="A-1", page=1, line=0, box=BOX)


def publish(records: Records, document: DocumentRef, *fields: KeyField, edits: int = 0) -> Record:
    """Takes an attempt from its start to its event."""
    records.start_attempt(document)
    records.set_pages_total(document, 2)
    published = records.mark_published(document, f"documents/{document.attempt}/", fields, {"edits": edits})
    assert published is not None
    records.mark_event_sent(document)
    return published


def test_new_attempt_leaves_published_result(store: Store, document: DocumentRef) -> None:
    records, later = records_of(store), next_attempt(document)
    publish(records, document, NUMBER, edits=3)
    begun = records.start_attempt(later)
    assert (begun.attempt, begun.status, begun.finished, begun.event_sent) == (2, Status.RECOGNISING, False, False)
    assert (begun.pages_total, begun.pages_done) == (None, frozenset())
    assert (begun.results_prefix, begun.published_attempt, begun.published_pages) == ("documents/1/", 1, 2)
    assert (begun.fields, begun.edits) == ({"invoice_number": "A-1"}, 3)
    client = store.stack_client()
    assert document.object_id in {r.object_id for r in client.search("by_invoice_number", "invoice_number", "A-1")}
    assert document.object_id in {r.object_id for r in client.search("by_status_and_day", "status", "published")}


def test_failed_attempt_leaves_published_result_flagged(store: Store, document: DocumentRef) -> None:
    records, later = records_of(store), next_attempt(document)
    publish(records, document, NUMBER)
    records.start_attempt(later)
    failed = records.mark_failed(later, GONE)
    assert failed is not None
    assert failed.reason is not None
    assert (failed.attempt, failed.status, failed.outcome) == (2, Status.PUBLISHED, Status.FAILED)
    assert (failed.results_prefix, failed.published_attempt, failed.reason.code) == ("documents/1/", 1, "scan_gone")
    assert failed.event_pending
    assert records.mark_failed(later, GONE) is None


def test_later_result_replaces_earlier_one(store: Store, document: DocumentRef) -> None:
    records, later = records_of(store), next_attempt(document)
    publish(records, document, NUMBER)
    record = publish(records, later)
    assert (record.results_prefix, record.published_attempt, record.reason) == ("documents/2/", 2, None)
    found = store.stack_client().search("by_invoice_number", "invoice_number", "A-1")
    assert document.object_id not in {r.object_id for r in found}


def test_pending_event_comes_before_next_attempt(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    context, later = store.context(), next_attempt(document)
    context.records.start_attempt(document)
    context.records.mark_failed(document, GONE)
    assert context.records.start_attempt(later).attempt == 1  # not begun
    event_log.refusing = True
    with pytest.raises(TransientError):
        context.start_attempt(later)
    event_log.refusing = False
    assert context.start_attempt(later).attempt == 2
    assert event_log.of(document) == [(1, "failed")]


def test_outbox_lists_unsent_events(store: Store, document: DocumentRef) -> None:
    records = records_of(store)
    records.start_attempt(document)
    records.mark_failed(document, GONE)
    store.age(document, minutes=1)
    now = iso_time(datetime.now(UTC))
    assert document.object_id in records.events_pending(now)
    records.mark_event_sent(document)
    assert document.object_id not in records.events_pending(now)
    assert records.start_attempt(next_attempt(document)).attempt == 2


def test_unmoved_documents_are_found(store: Store, document: DocumentRef) -> None:
    records = records_of(store)
    records.start_attempt(document)
    before = iso_time(datetime.now(UTC) - timedelta(hours=1))
    assert document.object_id not in records.unmoved(before)
    store.age(document, hours=2)
    assert document.object_id in records.unmoved(before)
    records.set_pages_total(document, 1)
    assert document.object_id not in records.unmoved(before)


def test_tries_tell_how_the_last_ended(store: Store, document: DocumentRef) -> None:
    records = records_of(store)
    records.note_end_of_try(document, "upload", "ValueError")
    assert records.increment_retries(document, "upload") == (1, "ValueError")
    assert records.increment_retries(document, "upload") == (2, None)  # killed: it noted nothing


def test_record_of_earlier_release_keeps_result(store: Store, document: DocumentRef) -> None:
    records = records_of(store)
    publish(records, document)
    store.change(document, published_attempt=None, published_pages=None)  # as release 0.1.0 left it
    begun = records.start_attempt(next_attempt(document))
    assert (begun.attempt, begun.published_attempt, begun.published_pages) == (2, 1, 2)
    assert begun.has_result
