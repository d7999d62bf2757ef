"""PublishFunction's worker: files, then the record, then the event, each repeatable."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest

from scanproof.document import Document, DocumentRef, Line, ReviewCode, ReviewReason, Source, parse_document
from scanproof.errors import PermanentError, TransientError
from scanproof.options import validated_options
from scanproof.output import review_page
from scanproof.output.alternatives import Alternatives
from scanproof.workers import result_upload, s3_keys
from scanproof.workers.messages import PublishDocument
from scanproof.workers.objects import ScanInfo
from scanproof.workers.publish import PublishWorker
from scanproof.workers.records import Record, Status
from tests.builders import BOX, line, page
from tests.unit.lattice.lattices import page_lattice, page_of, segment
from tests.unit.opening.paper import finished, new_pdf
from tests.unit.tables.pages import INVOICE
from tests.unit.tables.pages import page as table_page
from tests.unit.workers.conftest import EventLog, Store

SOURCE = Source(name="scan.png", media_type="image/png", size_bytes=1)


def prepared(
    store: Store, document: DocumentRef, done: tuple[int, ...], total: int = 2, **options: str
) -> PublishDocument:
    """A document of which some pages are ready."""
    context = store.context()
    context.records.start_attempt(document)
    context.records.set_pages_total(document, total)
    info = ScanInfo(source=SOURCE, options=validated_options(options), started_at="2026-11-28T00:00:00+00:00")
    context.objects.put_scan_info(document, info)
    for number in done:
        context.objects.put_corrected_page(document, page(number, line(f"Invoice No: A-{number}234")))
        context.records.add_page_done(document, number)
    return PublishDocument(object_id=document.object_id, attempt=document.attempt)


def test_complete_document_is_published_once(store: Store, document: DocumentRef) -> None:
    message, worker = prepared(store, document, (1, 2)), PublishWorker(store.context())
    assert worker.process(message).outcome == "published"
    assert worker.process(message).outcome == "duplicate"
    record = store.context().records.get(document.object_id)
    assert record is not None
    assert (record.status, record.event_sent) == (Status.PUBLISHED, True)
    listed = store.client("s3").list_objects_v2(Bucket="results", Prefix=record.results_prefix)["Contents"]
    names = {item["Key"].removeprefix(record.results_prefix or "") for item in listed}
    assert names == {"document.json", "document.txt", "document.raw.txt", "audit.jsonl"}
    body = store.client("s3").get_object(Bucket="results", Key=f"{record.results_prefix}document.json")["Body"]
    assert [page["number"] for page in json.load(body)["pages"]] == [1, 2]


def test_long_document_is_published_in_order(
    store: Store, document: DocumentRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_upload, "PART_BYTES", 2_000)
    message = prepared(store, document, tuple(range(1, 46)), total=45)
    outcome = PublishWorker(store.context()).process(message)
    assert (outcome.outcome, outcome.pages) == ("published", 45)
    found = published(store, document)
    assert [page.number for page in found.pages] == list(range(1, 46))
    text = store.client("s3").get_object(Bucket="results", Key=s3_keys.results_prefix(document) + "document.txt")
    assert text["Body"].read().decode() == found.text


def test_long_document_is_reviewed_in_parts(
    store: Store, document: DocumentRef, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(review_page, "PART_PAGES", 1)
    pdf = new_pdf()
    pdf.add_page()
    document = DocumentRef(object_id=store.upload(finished(pdf, tmp_path / "long.pdf"), "incoming/long.pdf"), attempt=1)
    message = prepared(store, document, (1, 2), outputs="pdf,review")
    info = store.context().objects.scan_info(document)
    source = info.source.model_copy(update={"media_type": "application/pdf"})
    store.context().objects.put_scan_info(document, info.model_copy(update={"source": source}))
    assert PublishWorker(store.context()).process(message).outcome == "published"
    prefix = s3_keys.results_prefix(document)
    s3 = store.client("s3")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="results", Prefix=prefix)["Contents"]]
    files = {key.removeprefix(prefix): s3.get_object(Bucket="results", Key=key)["Body"].read() for key in keys}
    assert set(files) == {"document.json", "document.pdf", "review.html", "review-2.html"}
    assert b"A-1234" in files["review.html"]
    assert b"A-2234" in files["review-2.html"]
    assert b"A-2234" not in files["review.html"]
    with pypdfium2.PdfDocument(files["document.pdf"]) as made:
        texts = [page.get_textpage().get_text_range().strip() for page in made]
    assert texts == ["Invoice No: A-1234", "Invoice No: A-2234"]


def test_alternatives_are_published_on_request(store: Store, document: DocumentRef) -> None:
    message, objects = prepared(store, document, (1,), total=3, outputs="alternatives"), store.context().objects
    for number in (2, 3):
        found, lattice = page_of(segment("ab c"), number=number)
        objects.put_corrected_page(document, found)
        store.context().records.add_page_done(document, number)
        if number == 2:
            objects.put_lattice(document, found, lattice)
    assert PublishWorker(store.context()).process(message).outcome == "published"
    key = s3_keys.results_prefix(document) + "alternatives.json"
    body = store.client("s3").get_object(Bucket="results", Key=key)["Body"].read()
    plain, read, lost = Alternatives.model_validate_json(body).pages
    assert plain.note is not None
    assert "states none" in plain.note
    assert [word.raw for word in read.words] == ["ab", "c"]
    assert (lost.words, lost.note) == ((), "The lattice of page 3 is missing.")


def test_tables_are_published_on_request(store: Store, document: DocumentRef) -> None:
    message = prepared(store, document, (1,), total=2, outputs="tables, line-items, xlsx")
    store.context().objects.put_corrected_page(document, table_page(INVOICE, 2))
    store.context().records.add_page_done(document, 2)
    assert PublishWorker(store.context()).process(message).outcome == "published"
    found = published(store, document)
    assert [len(page.tables) for page in found.pages] == [0, 1]
    assert [item.amount for item in found.line_items] == ["10.00", "14.50", "80.00"]
    key = s3_keys.results_prefix(document) + "tables.csv"
    body = store.client("s3").get_object(Bucket="results", Key=key)["Body"].read().decode()
    assert "1,2,2,1,Steel bolt,4,2.50,10.00\r\n" in body


def published(store: Store, document: DocumentRef) -> Document:
    key = s3_keys.results_prefix(document) + "document.json"
    return parse_document(store.client("s3").get_object(Bucket="results", Key=key)["Body"].read())


@pytest.mark.parametrize("lattice", ["stored", "missing", "damaged"])
@pytest.mark.parametrize("resolve", ["false", "true"])
def test_failed_check_reads_the_lattice(store: Store, document: DocumentRef, lattice: str, resolve: str) -> None:
    message, objects = prepared(store, document, (), total=1, resolve_numbers=resolve), store.context().objects
    raw = "TOTAL 24.00  CASH 100.00  CHANGE 78.00"
    found = page(1, Line(raw=raw, text=raw, box=BOX), has_lattice=True)
    objects.put_corrected_page(document, found)
    store.context().records.add_page_done(document, 1)
    if lattice != "missing":
        objects.put_lattice(document, found, page_lattice(found, {0: {34: {"6": 0.02}}}))
    if lattice == "damaged":
        store.client("s3").put_object(Bucket="results", Key=s3_keys.lattice_key(document, 1), Body=b"SPLT")
    assert PublishWorker(store.context()).process(message).outcome == "published"
    result = published(store, document)
    edits = [edit.corrected for edit in result.pages[0].lines[0].edits]
    suggested = [flag.suggestion and flag.suggestion.suggested for flag in result.flags]
    if lattice != "stored":
        assert (edits, suggested) == ([], [None])
    elif resolve == "true":
        assert (edits, suggested, result.needs_review) == (["76.00"], [], False)
    else:
        assert (edits, suggested, result.needs_review) == ([], ["76.00"], True)


def test_incomplete_document_is_retried(store: Store, document: DocumentRef) -> None:
    message = prepared(store, document, (2,))
    with pytest.raises(TransientError):
        PublishWorker(store.context()).process(message)


def test_older_attempt_is_stale(store: Store, document: DocumentRef) -> None:
    message = prepared(store, document, (1, 2))
    store.context().records.start_attempt(document.model_copy(update={"attempt": 2}))
    assert PublishWorker(store.context()).process(message).outcome == "stale"


def test_review_is_recorded_and_announced(store: Store, document: DocumentRef, monkeypatch: pytest.MonkeyPatch) -> None:
    context = store.context(review_confidence=0.9)
    message = prepared(store, document, (1, 2))
    doubtful = page(2, line("Invoice No: A-2234")).model_copy(update={"confidence": 0.713})
    context.objects.put_corrected_page(document, doubtful)
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(context.announcer, "announce", lambda record: sent.append(context.announcer._detail(record)))
    outcome = PublishWorker(context).process(message)
    metrics = {metric.name: metric.value for metric in outcome.metrics}
    assert (metrics["DocumentsNeedingReview"], metrics["DocumentsPublished"]) == (1, 1)
    record = store.context().records.get(document.object_id)
    assert record is not None
    reason = ReviewReason(code=ReviewCode.LOW_CONFIDENCE, count=1, pages=(2,), confidence=0.713)
    assert (record.needs_review, record.review_reasons) == (True, (reason,))
    [detail] = sent
    assert detail["needs_review"] is True
    assert detail["review_reasons"] == [{"code": "low_confidence", "count": 1, "pages": [2], "confidence": 0.713}]
    assert json.dumps(detail)


def test_search_filters_by_review(store: Store, document: DocumentRef) -> None:
    other = DocumentRef(object_id=document.object_id.model_copy(update={"version_id": "v2"}), attempt=1)
    for each, minimum in ((document, 1.0), (other, 0.0)):
        context = store.context(review_confidence=minimum)
        message = prepared(store, each, (1, 2))
        sure = page(1, line("Invoice No: A-1234")).model_copy(update={"confidence": 0.99})
        context.objects.put_corrected_page(each, sure)
        PublishWorker(context).process(message)
    client = store.stack_client()
    day = datetime.now(UTC).date().isoformat()[:7]
    found = client.search("by_status_and_day", "status", "published", day, needs_review=True)
    keys = {record.object_id for record in found}
    assert document.object_id in keys
    assert other.object_id not in keys
    everything = client.search("by_status_and_day", "status", "published", day)
    assert {document.object_id, other.object_id} <= {record.object_id for record in everything}


def test_lost_answer_is_announced(
    store: Store, document: DocumentRef, event_log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write took effect, its answer was lost, and the SDK's second request met its own first one."""
    context, message = store.context(), prepared(store, document, (1, 2))
    write = context.records.mark_published

    def answer_lost(*args: Any) -> Record | None:
        write(*args)
        return write(*args)

    monkeypatch.setattr(context.records, "mark_published", answer_lost)
    assert PublishWorker(context).process(message).outcome == "published"
    assert event_log.of(document) == [(1, "published")]
    assert store.record(document).event_sent


def test_refused_event_is_sent_at_retry(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    message, worker = prepared(store, document, (1, 2)), PublishWorker(store.context())
    event_log.refusing = True
    with pytest.raises(TransientError):
        worker.process(message)
    assert store.record(document).event_pending
    event_log.refusing = False
    assert worker.process(message).outcome == "duplicate"
    assert event_log.of(document) == [(1, "published")]


def test_failed_event_says_what_stands(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    PublishWorker(store.context()).process(prepared(store, document, (1, 2)))
    later, context = document.model_copy(update={"attempt": 2}), store.context()
    context.start_attempt(later)
    assert context.fail(later, PermanentError("scan_gone", "It was deleted.", "Upload it again."))
    assert event_log.of(document) == [(1, "published"), (2, "failed")]
    assert event_log.details[-1]["published_attempt"] == 1
    assert len({detail["event_id"] for detail in event_log.details}) == 2
