"""MaintenanceFunction: dead letters, documents without messages, events that were not sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.redrive import Redrive
from scanproof.cli.admin.replay import s3_notification
from scanproof.document import DocumentRef, PageFlag, Source
from scanproof.errors import GaveUpError, PermanentError
from scanproof.options import ScanOptions
from scanproof.workers.context import WorkerContext
from scanproof.workers.maintenance import MaintenanceOutcome, MaintenanceWorker, Tick, messages_in
from scanproof.workers.messages import CorrectPage, PageRange, PublishDocument
from scanproof.workers.objects import ScanInfo
from scanproof.workers.publish import PublishWorker
from scanproof.workers.queues import Letter
from scanproof.workers.records import Status
from tests.builders import line, page
from tests.unit.workers.conftest import EventLog, Store

GONE = PermanentError("scan_gone", "It was deleted.", "Upload it again.")
SOURCE = Source(name="scan.png", media_type="image/png", size_bytes=1)
AT_ONCE = RateLimiter(1000)


def run(store: Store, now: datetime | None = None) -> MaintenanceOutcome:
    return MaintenanceWorker(store.context()).process(Tick(id="1"), now)


def recognised(store: Store, document: DocumentRef, total: int, raw: tuple[int, ...]) -> WorkerContext:
    """A document of which some pages wait for their correction."""
    context = store.context()
    context.records.start_attempt(document)
    context.records.set_pages_total(document, total)
    info = ScanInfo(source=SOURCE, options=ScanOptions(), started_at="2026-11-28T00:00:00+00:00")
    context.objects.put_scan_info(document, info)
    for number in raw:
        context.objects.put_raw_page(document, page(number, line("a box of six")))
    return context


def correct(document: DocumentRef, number: int) -> str:
    return CorrectPage(object_id=document.object_id, attempt=document.attempt, page=number).model_dump_json()


def test_dead_upload_fails_its_document(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    store.send("letters", json.dumps(s3_notification(document.object_id)))  # its function never began
    outcome = run(store)
    record = store.record(document)
    assert record.reason is not None
    assert (record.status, record.reason.code, record.reason.retryable) == (Status.FAILED, "not_recognised", True)
    assert event_log.of(document) == [(1, "failed")]
    assert {metric.name: metric.value for metric in outcome.metrics}["DocumentsGivenUp"] == 1
    assert not store.holds("letters")


def test_dead_page_range_fails_its_document(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    recognised(store, document, 9, ())
    pages = PageRange(object_id=document.object_id, attempt=1, first_page=1, last_page=4)
    for body in (pages.model_dump_json(by_alias=True), pages.model_dump_json(by_alias=True)):
        store.send("letters", body)
    run(store)
    assert store.record(document).outcome is Status.FAILED
    assert event_log.of(document) == [(1, "failed")]


def test_dead_page_is_published_raw(store: Store, document: DocumentRef) -> None:
    context = recognised(store, document, 1, (1,))
    store.send("letters", correct(document, 1))
    assert run(store).counts["left_raw"] == 1
    assert context.objects.corrected_page(document, 1).flags == (PageFlag.NOT_CORRECTED,)
    [message] = store.receive("publish")
    PublishWorker(context).process(PublishDocument.model_validate(message))
    assert store.record(document).status is Status.PUBLISHED


def test_dead_publishing_fails_its_document(store: Store, document: DocumentRef) -> None:
    context = recognised(store, document, 1, ())
    context.records.add_page_done(document, 1)
    store.send("letters", PublishDocument(object_id=document.object_id, attempt=1).model_dump_json())
    run(store)
    record = store.record(document)
    assert record.reason is not None
    assert record.reason.code == "not_published"


def test_stale_letters_change_nothing(store: Store, document: DocumentRef) -> None:
    context = recognised(store, document, 1, (1,))
    context.records.mark_published(document, "documents/1/", (), {})
    context.records.mark_event_sent(document)
    before = store.record(document)
    for body in (json.dumps(s3_notification(document.object_id)), correct(document, 1)):
        store.send("letters", body)
    run(store)
    assert store.record(document) == before
    assert not store.holds("letters")


@pytest.mark.parametrize("body", ["not json", "[]", '{"kind": "nonsense"}', '{"kind": "correct", "page": 1}'])
def test_foreign_letter_names_no_document(body: str) -> None:
    with pytest.raises(ValueError, match=r"ocr queue|not an S3"):
        messages_in(Letter("id", body, "handle"), "results")


def test_foreign_letters_stay_until_discarded(store: Store) -> None:
    store.send("letters", '{"kind": "nonsense"}')
    assert run(store).counts["unreadable"] == 1
    assert store.holds("letters")
    store.send("letters", '{"kind": "nonsense"}')
    redrive = Redrive(store.stack_client(), AT_ONCE, discard=True, day="1999")
    assert [item.outcome for item in redrive.run()] == ["discarded"]


def test_document_without_messages_fails(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    store.context().records.start_attempt(document)
    run(store)
    assert not store.record(document).finished  # it may be on its way
    store.age(document, hours=2)
    run(store)
    record = store.record(document)
    assert record.reason is not None
    assert record.reason.code == "stalled"
    assert event_log.of(document) == [(1, "failed")]


def test_record_outweighs_stale_index(store: Store, document: DocumentRef, monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes lag behind: the document has moved since."""
    context = store.context()
    context.records.start_attempt(document)
    monkeypatch.setattr(context.records, "unmoved", lambda _: iter([document.object_id]))
    MaintenanceWorker(context).process(Tick(id="1"))
    assert not store.record(document).finished


def test_waiting_messages_keep_document_alive(store: Store, document: DocumentRef) -> None:
    store.context().records.start_attempt(document)
    store.age(document, days=3)
    store.send("correct", correct(document, 1))
    run(store)
    assert not store.record(document).finished
    store.age(document, days=6)  # longer than any message lives
    run(store)
    assert store.record(document).finished


def test_forgotten_pages_are_published_raw(store: Store, document: DocumentRef) -> None:
    context = recognised(store, document, 3, (1, 2))
    context.objects.put_corrected_page(document, page(3, line("done")))  # killed before the page was counted
    store.age(document, hours=2)
    run(store)
    [message] = store.receive("publish")
    PublishWorker(context).process(PublishDocument.model_validate(message))
    assert store.record(document).status is Status.PUBLISHED
    assert context.objects.corrected_page(document, 3).flags == ()


def test_missing_page_fails_document(store: Store, document: DocumentRef) -> None:
    recognised(store, document, 2, (1,))
    store.age(document, hours=2)
    run(store)
    assert store.record(document).outcome is Status.FAILED


def test_complete_document_is_sent_again(store: Store, document: DocumentRef) -> None:
    context = recognised(store, document, 1, ())
    context.records.add_page_done(document, 1)
    store.age(document, hours=2)
    assert run(store).counts["resumed"] == 1
    assert [message["object_id"] for message in store.receive("publish")] == [document.object_id.model_dump()]


@pytest.mark.parametrize("ended", ["published", "failed"])
def test_late_events_are_sent(store: Store, document: DocumentRef, event_log: EventLog, ended: str) -> None:
    records = store.context().records
    records.start_attempt(document)
    if ended == "failed":
        records.mark_failed(document, GONE)
    else:
        records.mark_published(document, "documents/1/", (), {})
    run(store)  # the function was killed
    assert event_log.of(document) == []  # its function may be about to send it
    store.age(document, minutes=21)
    run(store)
    run(store)
    assert event_log.of(document) == [(1, ended)]
    assert store.record(document).event_sent


def test_one_failure_leaves_the_rest(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    other = document.model_copy(update={"object_id": document.object_id.model_copy(update={"version_id": "v2"})})
    records = store.context().records
    for each in (document, other):
        records.start_attempt(each)
        store.age(each, hours=2)
    event_log.refusing = True
    outcome = run(store)
    assert (outcome.counts["errors"], [metric.name for metric in outcome.metrics]) == (2, [])
    assert [store.record(each).outcome for each in (document, other)] == [Status.FAILED] * 2
    event_log.refusing = False
    run(store, datetime.now(UTC) + timedelta(minutes=21))
    assert (event_log.of(document), event_log.of(other)) == ([(1, "failed")], [(1, "failed")])


def test_idle_run_counts_itself_only(store: Store) -> None:
    assert [tuple(metric) for metric in run(store).metrics] == [("MaintenanceRuns", 1, "Count")]


def test_redrive_starts_given_up_documents(store: Store, document: DocumentRef) -> None:
    records = store.context().records
    records.start_attempt(document)
    records.mark_failed(document, GaveUpError("stalled", "It stopped.", "Redrive."))
    records.mark_event_sent(document)
    found = [item for item in Redrive(store.stack_client(), AT_ONCE).run() if item.object_id == document.object_id]
    assert [(item.outcome, item.attempt) for item in found] == [("sent again", 2)]
    assert document.object_id.version_id in json.dumps(store.receive("ocr"))


def test_redrive_leaves_bad_input(store: Store, document: DocumentRef) -> None:
    records = store.context().records
    records.start_attempt(document)
    records.mark_failed(document, GONE)
    records.mark_event_sent(document)
    redriven = Redrive(store.stack_client(), AT_ONCE, dry_run=True).run()
    assert document.object_id not in {item.object_id for item in redriven}


def test_redrive_finds_events_of_earlier_releases(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    records = store.context().records
    records.start_attempt(document)
    records.mark_published(document, "documents/1/", (), {})
    store.change(document, outbox=None)  # as a release without an outbox left it
    found = [item for item in Redrive(store.stack_client(), AT_ONCE).run() if item.object_id == document.object_id]
    assert [item.outcome for item in found] == ["event queued"]
    store.age(document, minutes=21)
    run(store)
    assert event_log.of(document) == [(1, "published")]
