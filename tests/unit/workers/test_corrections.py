"""Corrections that reviewers upload: a new attempt, or a recorded refusal, each upload once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scanproof.document import Document, DocumentRef, ObjectId, parse_document
from scanproof.errors import TransientError
from scanproof.workers import s3_keys
from scanproof.workers.corrections import CorrectionsOutcome, CorrectionsWorker
from scanproof.workers.maintenance import messages_in
from scanproof.workers.messages import CorrectionsUpload
from scanproof.workers.objects import CORRECTIONS_LIMIT_BYTES
from scanproof.workers.publish import PublishWorker
from scanproof.workers.queues import Letter
from scanproof.workers.records import Status
from scanproof.workers.upload_events import corrections_in
from scanproof.workers.viewable import ViewablePages
from tests.unit.workers.conftest import EventLog, Store
from tests.unit.workers.test_maintenance import run
from tests.unit.workers.test_publish import prepared

AT = "2026-11-28T12:00:00.000Z"
PRINCIPAL = "AWS:AROAEXAMPLE:ada"


def reviewed_once(store: Store, document: DocumentRef, **options: str) -> None:
    """Publishes a document of two lines, `Invoice No: A-1234` on page 1 and `Invoice No: A-2234` on page 2."""
    PublishWorker(store.context()).process(prepared(store, document, (1, 2), **options))


def content(document: DocumentRef, *retyped: tuple[int, str, str], **others: Any) -> str:
    made = [
        {"page": page, "line": 0, "start": 0, "end": len(text), "text": text, "action": "retyped", "replacement": new}
        for page, text, new in retyped
    ]
    scan = document.object_id
    saved = {"format_version": 1, "document_id": scan.document_id, "attempt": 1, "scan": scan.model_dump()}
    return json.dumps({**saved, "made_at": AT, "corrections": made, **others})


def uploaded(store: Store, document: DocumentRef, body: str | bytes, name: str = "", by: str = "") -> CorrectionsUpload:
    key = f"corrections/{document.object_id.key}{name}.json"
    metadata = {"scanproof-by": by} if by else {}
    answer = store.client("s3").put_object(Bucket="results", Key=key, Body=body, Metadata=metadata)
    upload = ObjectId(bucket="results", key=key, version_id=answer["VersionId"])
    return CorrectionsUpload(object_id=upload, uploaded_at=AT, principal=PRINCIPAL)


def applied(store: Store, upload: CorrectionsUpload) -> CorrectionsOutcome:
    CorrectionsWorker(store.context()).process(upload)
    return store.context().objects.outcome(upload.object_id, CorrectionsOutcome)


def published(store: Store, document: DocumentRef) -> Document:
    prefix = store.record(document).results_prefix
    body = store.client("s3").get_object(Bucket="results", Key=f"{prefix}document.json")["Body"].read()
    return parse_document(body)


def test_upload_becomes_next_attempt(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    reviewed_once(store, document, outputs="text,hocr")
    upload = uploaded(store, document, content(document, (1, "Invoice", "INVOICE")), by="Ada%20L.")
    outcome = applied(store, upload)
    assert (outcome.outcome, outcome.attempt, outcome.scan) == ("published", 2, document.object_id)
    found, record = published(store, document), store.record(document)
    assert found.text == "INVOICE No: A-1234\n\fInvoice No: A-2234\n"
    assert found.reviewed is not None
    assert (found.reviewed.by, found.reviewed.at) == (f"Ada L. ({PRINCIPAL})", AT)
    assert (record.status, record.attempt, record.published_pages, record.edits) == (Status.PUBLISHED, 2, 2, 1)
    assert event_log.of(document) == [(1, "published"), (2, "published")]
    listed = store.client("s3").list_objects_v2(Bucket="results", Prefix=record.results_prefix)["Contents"]
    assert {item["Key"].rpartition("/")[2] for item in listed} == {"document.json", "document.txt", "document.hocr"}


def test_redelivered_event_changes_nothing(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    reviewed_once(store, document)
    upload = uploaded(store, document, content(document, (1, "Invoice", "INVOICE")))
    first = applied(store, upload)
    assert CorrectionsWorker(store.context()).process(upload).outcome == "duplicate"
    assert applied(store, upload) == first
    assert event_log.of(document) == [(1, "published"), (2, "published")]


@pytest.mark.parametrize("killed_in", ["files", "record", "event", "outcome"])
def test_crash_is_repaired_by_redelivery(
    store: Store, document: DocumentRef, event_log: EventLog, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    reviewed_once(store, document)
    upload = uploaded(store, document, content(document, (1, "Invoice", "INVOICE")))
    context = store.context()
    places: dict[str, tuple[object, str]] = {
        "files": (ViewablePages, "put"),
        "record": (context.records, "mark_published"),
        "event": (context.announcer, "announce"),
        "outcome": (context.objects, "put_outcome"),
    }

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(*places[killed_in], killed)
        CorrectionsWorker(context).process(upload)
    outcome = applied(store, upload)
    assert (outcome.outcome, outcome.attempt) == ("published", 2)
    assert published(store, document).text.startswith("INVOICE")
    assert event_log.of(document) == [(1, "published"), (2, "published")]


def of_other_document(document: DocumentRef) -> str:
    return content(document, scan={"bucket": "scans", "key": "incoming/nobody.png", "version_id": "v9"})


REFUSED: dict[str, tuple[Callable[[DocumentRef], str | bytes], str]] = {
    "not JSON": (lambda _: b"\xff\x00<script>", "corrections_invalid"),
    "deeply nested": (lambda _: "[" * 100_000, "corrections_invalid"),
    "another format": (lambda document: content(document, format_version=2), "corrections_invalid"),
    "edited text": (lambda document: content(document, (1, "Invoise", "x")), "corrections_invalid"),
    "missing page": (lambda document: content(document, (7, "Invoice", "x")), "corrections_invalid"),
    "control character": (lambda document: content(document, (1, "Invoice", "a\x00b")), "corrections_invalid"),
    "another attempt": (lambda document: content(document, attempt=3), "corrections_stale"),
    "another document": (of_other_document, "document_unknown"),
    "no scan": (lambda document: content(document, scan=None), "document_unknown"),
    "another id": (lambda document: content(document, document_id="0"), "corrections_stale"),
    "too large": (lambda document: content(document) + " " * CORRECTIONS_LIMIT_BYTES, "corrections_too_large"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_unfit_upload_is_refused(store: Store, document: DocumentRef, event_log: EventLog, case: str) -> None:
    reviewed_once(store, document)
    make, code = REFUSED[case]
    before = store.record(document)
    outcome = applied(store, uploaded(store, document, make(document)))
    assert outcome.reason is not None
    assert (outcome.outcome, outcome.reason.code) == ("refused", code)
    assert store.record(document) == before
    assert [detail["reason"]["code"] for detail in event_log.details if "corrections" in detail] == [code]


def test_altered_document_is_not_corrected(store: Store, document: DocumentRef) -> None:
    reviewed_once(store, document)
    key = f"{store.record(document).results_prefix}document.json"
    body = json.loads(store.client("s3").get_object(Bucket="results", Key=key)["Body"].read())
    store.client("s3").put_object(Bucket="results", Key=key, Body=json.dumps(body))
    reason = applied(store, uploaded(store, document, content(document, (1, "Invoice", "INVOICE")))).reason
    assert reason is not None
    assert (reason.code, store.record(document).attempt) == ("document_invalid", 1)


def test_long_document_is_corrected_in_parts(store: Store, document: DocumentRef) -> None:
    numbers = tuple(range(1, 46))
    PublishWorker(store.context()).process(prepared(store, document, numbers, total=45, outputs="text,review"))
    upload = uploaded(store, document, content(document, (44, "Invoice", "INVOICE")))
    assert applied(store, upload).attempt == 2
    found = published(store, document)
    assert [page.number for page in found.pages] == list(numbers)
    assert [page.text for page in found.pages if "INVOICE" in page.text] == ["INVOICE No: A-44234"]


def test_deleted_upload_is_refused(store: Store, document: DocumentRef) -> None:
    upload = uploaded(store, document, content(document))
    found = upload.object_id
    store.client("s3").delete_object(Bucket="results", Key=found.key, VersionId=found.version_id)
    reason = applied(store, upload).reason
    assert reason is not None
    assert reason.code == "corrections_gone"


def test_two_parts_are_both_applied(store: Store, document: DocumentRef) -> None:
    reviewed_once(store, document)
    parts = [content(document, (number, "Invoice", f"Part{number}")) for number in (1, 2)]
    attempts = [applied(store, uploaded(store, document, part, str(i))).attempt for i, part in enumerate(parts)]
    assert attempts == [2, 3]
    assert published(store, document).text == "Part1 No: A-1234\n\fPart2 No: A-2234\n"
    late = applied(store, uploaded(store, document, content(document, (1, "Invoice", "other")), "late")).reason
    assert late is not None
    assert (late.code, "page 1, line 1" in late.message) == ("corrections_stale", True)


def test_busy_document_is_waited_for(store: Store, document: DocumentRef) -> None:
    reviewed_once(store, document)
    again = document.model_copy(update={"attempt": 2})
    store.context().start_attempt(again)
    upload = uploaded(store, document, content(document, (1, "Invoice", "INVOICE")))
    with pytest.raises(TransientError):
        CorrectionsWorker(store.context()).process(upload)
    assert store.record(document).attempt == 2


def test_attempt_that_begins_meanwhile_goes_on(
    store: Store, document: DocumentRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed_once(store, document)
    upload = uploaded(store, document, content(document, (1, "Invoice", "INVOICE")))
    context, again = store.context(), document.model_copy(update={"attempt": 2})
    monkeypatch.setattr(context.announcer, "announce", lambda _: context.records.start_attempt(again))
    with pytest.raises(TransientError):
        CorrectionsWorker(context).process(upload)
    record = store.record(document)
    assert (record.attempt, record.corrections) == (2, None)


def test_dead_upload_is_refused_once(store: Store, document: DocumentRef, event_log: EventLog) -> None:
    upload = uploaded(store, document, content(document))
    letter = json.dumps({"Records": [notification(upload)]})
    store.send("letters", letter)
    store.send("letters", letter)
    run(store)
    outcome = store.context().objects.outcome(upload.object_id, CorrectionsOutcome)
    assert outcome.reason is not None
    assert outcome.reason.code == "corrections_not_applied"
    assert len([detail for detail in event_log.details if "corrections" in detail]) == 1


def test_stalled_review_leaves_the_result(store: Store, document: DocumentRef) -> None:
    reviewed_once(store, document)
    records = store.context().records
    assert records.start_review(store.record(document), "an upload", 2)
    store.age(document, hours=2)
    run(store)
    record = store.record(document)
    assert record.reason is not None
    assert (record.status, record.published_attempt, record.reason.code, record.reason.retryable) == (
        Status.PUBLISHED,
        1,
        "corrections_not_applied",
        False,
    )
    assert applied(store, uploaded(store, document, content(document, (1, "Invoice", "x")))).attempt == 3


def notification(upload: CorrectionsUpload, **changes: Any) -> dict[str, Any]:
    found = upload.object_id
    s3 = {"bucket": {"name": found.bucket}, "object": {"key": found.key, "versionId": found.version_id}}
    identity = {"principalId": upload.principal}
    return {"eventName": "ObjectCreated:Put", "eventTime": AT, "userIdentity": identity, "s3": s3} | changes


def test_events_name_uploads_only(store: Store, document: DocumentRef) -> None:
    upload = CorrectionsUpload(
        object_id=ObjectId(bucket="results", key="corrections/a b.json", version_id="1"), uploaded_at=AT
    )
    folder = upload.model_copy(update={"object_id": upload.object_id.model_copy(update={"key": "corrections/x/"})})
    event = {"Records": [notification(upload), notification(folder), notification(upload, eventName="ObjectRemoved:x")]}
    event["Records"][0]["s3"]["object"]["key"] = "corrections/a+b.json"
    assert corrections_in(json.dumps(event)) == [upload]
    assert corrections_in('{"Service": "Amazon S3", "Event": "s3:TestEvent"}') == []
    for foreign in ("", "[]", '{"Records": [{"eventName": "ObjectCreated:Put"}]}', '{"kind": "publish"}'):
        with pytest.raises(ValueError, match="not an event notification"):
            corrections_in(foreign)


def test_scans_below_corrections_stay_scans(document: DocumentRef) -> None:
    scan = CorrectionsUpload(
        object_id=ObjectId(bucket="scans", key="corrections/a.png", version_id="1"), uploaded_at=AT
    )
    [message] = messages_in(Letter("id", json.dumps({"Records": [notification(scan)]}), "handle"), "results")
    assert not isinstance(message, CorrectionsUpload)


def test_long_key_has_an_outcome() -> None:
    upload = ObjectId(bucket="results", key="corrections/" + "x" * 1000, version_id="v" * 32)
    assert len(s3_keys.outcome_key(upload)) < s3_keys.S3_KEY_LIMIT_BYTES
