"""PublishFunction's worker: files, then the record, then the event, each repeatable."""

from __future__ import annotations

import json

import pytest

from scanproof.document import DocumentRef, Source
from scanproof.errors import TransientError
from scanproof.options import validated_options
from scanproof.output.alternatives import Alternatives
from scanproof.workers import s3_keys
from scanproof.workers.messages import PublishDocument
from scanproof.workers.objects import ScanInfo
from scanproof.workers.publish import PublishWorker
from scanproof.workers.records import Status
from tests.builders import line, page
from tests.unit.lattice.lattices import page_of, segment
from tests.unit.workers.conftest import Store

SOURCE = Source(name="scan.png", media_type="image/png", size_bytes=1)


def prepared(
    store: Store, document: DocumentRef, done: tuple[int, ...], total: int = 2, outputs: str = ""
) -> PublishDocument:
    """A document of which some pages are ready."""
    context = store.context()
    context.records.start_attempt(document)
    context.records.set_pages_total(document, total)
    options = validated_options({"outputs": outputs} if outputs else {})
    info = ScanInfo(source=SOURCE, options=options, started_at="2026-11-28T00:00:00+00:00")
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


def test_incomplete_document_is_retried(store: Store, document: DocumentRef) -> None:
    message = prepared(store, document, (2,))
    with pytest.raises(TransientError):
        PublishWorker(store.context()).process(message)


def test_older_attempt_is_stale(store: Store, document: DocumentRef) -> None:
    message = prepared(store, document, (1, 2))
    store.context().records.start_attempt(document.model_copy(update={"attempt": 2}))
    assert PublishWorker(store.context()).process(message).outcome == "stale"
