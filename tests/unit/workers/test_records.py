"""The documents table under duplicates, late messages and concurrent attempts."""

from __future__ import annotations

from scanproof.document import DocumentRef
from scanproof.errors import PermanentError
from scanproof.workers.records import Records, Status
from tests.unit.workers.conftest import Store

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
    assert [records.increment_retries(document, 1) for _ in range(3)] == [1, 2, 3]
    assert records.increment_retries(document, 2) == 1
    assert records.increment_retries(next_attempt(document), 1) == 1
