"""Operations: redrive, backfill, one correlation id through all functions."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT
from scanproof.cli.admin.backfill import Backfill, Backfilled, Progress
from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.redrive import Redrive
from scanproof.cli.admin.replay import s3_notification, send_upload
from scanproof.cli.admin.reviewed import publish_reviewed, upload_corrections
from scanproof.document import DocumentRef, ObjectId
from scanproof.errors import PermanentError
from scanproof.workers.records import Status, iso_time
from tests.stack.conftest import TIMEOUT_SECONDS, Pipeline
from tests.stack.test_entry_points import shape
from tests.unit.opening.paper import page_image, pdf_with, saved

AT_ONCE = RateLimiter(1000)


def test_every_function_logs_correlation_id(pipeline: Pipeline, tmp_path: Path) -> None:
    scan = pipeline.upload(saved(page_image(text="Found in every log"), tmp_path / "correlated.png"))
    pipeline.finished(scan)
    pipeline.stack.wait_idle()
    for function in ("scanproof-ocr", "scanproof-correct", "scanproof-publish"):
        log = (pipeline.stack.log_dir / f"{function}.log").read_text().splitlines()
        entries = [json.loads(line) for line in log if scan.document_id in line and line.startswith("{")]
        assert [entry["correlation_id"] for entry in entries if entry["message"] == function.removeprefix("scanproof-")]


def test_dead_letters_fail_their_documents(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.stack.wait_idle()
    purge_dead_letters(pipeline)
    pipeline.stack.pause("scanproof-ocr")
    lost = pipeline.upload(pdf_with(tmp_path / "lost.pdf", [(50, 50, "Its messages ended in the dead letters")]))
    pipeline.stack_client.sqs.purge_queue(QueueUrl=pipeline.stack_client.outputs.queue_urls["upload"])
    pipeline.stack.resume("scanproof-ocr")
    letters = pipeline.stack_client.outputs.dead_letter_urls
    pipeline.send_dead_letter("ocr", s3_notification(lost))
    pipeline.send_dead_letter("correct", {"kind": "correct", "object_id": lost.model_dump(), "attempt": 1, "page": 1})

    pipeline.maintain()
    [failed] = pipeline.finished(lost)
    assert failed.reason is not None
    assert (failed.status, failed.reason.code) == (Status.FAILED, "not_recognised")
    assert sum(count_of(pipeline, url) for url in letters.values()) == 0

    pipeline.send_dead_letter("ocr", {"kind": "nonsense"})
    dry = outcomes_of(Redrive(pipeline.stack_client, AT_ONCE, dry_run=True), lost)
    assert pipeline.stack_client.records.get(lost) == failed
    pipeline.stack_client.sqs.purge_queue(QueueUrl=letters["ocr"])  # hidden since
    pipeline.send_dead_letter("ocr", {"kind": "nonsense"})
    redriven = outcomes_of(Redrive(pipeline.stack_client, AT_ONCE), lost)
    assert dry == redriven == [("not_recognised", "sent again"), ("ocr", "unreadable")]

    [(_, record)] = pipeline.stack_client.wait([lost], TIMEOUT_SECONDS, {lost: 2})
    pipeline.stack.wait_idle()
    assert (record.outcome, record.attempt) == (Status.PUBLISHED, 2)
    assert count_of(pipeline, letters["ocr"]) == 1  # the unreadable one stays until it is looked at
    events = [(event["detail"]["attempt"], event["detail"]["status"]) for event in pipeline.events_of(lost)]
    assert events == [(1, "failed"), (2, "published")]
    purge_dead_letters(pipeline)


def outcomes_of(redrive: Redrive, document: ObjectId) -> list[tuple[str, str]]:
    """What became of one document, and of letters without a document."""
    return [(item.subject, item.outcome) for item in redrive.run() if item.object_id in (document, None)]


def test_maintenance_ends_what_does_not_move(pipeline: Pipeline) -> None:
    """A document of which no message is left, and one whose function was killed before it sent the event."""
    pipeline.stack.wait_idle()
    bucket, records = pipeline.stack_client.outputs.scans_bucket, pipeline.stack_client.records
    stalled, unannounced = (
        DocumentRef(object_id=ObjectId(bucket=bucket, key=f"incoming/{name}.pdf", version_id="v1"), attempt=1)
        for name in ("stalled", "unannounced")
    )
    for document in (stalled, unannounced):
        records.start_attempt(document)
    records.mark_failed(unannounced, PermanentError("scan_gone", "It was deleted.", "Upload it again."))
    for document in (stalled, unannounced):
        age(pipeline, document, timedelta(hours=2))

    pipeline.maintain()

    codes = [
        record.reason.code for record in pipeline.finished(stalled.object_id, unannounced.object_id) if record.reason
    ]
    assert codes == ["stalled", "scan_gone"]
    for document in (stalled, unannounced):
        [event] = pipeline.events_of(document.object_id)
        assert event["detail-type"] == "Document Failed"


def test_failed_attempt_leaves_published_result(pipeline: Pipeline, tmp_path: Path) -> None:
    scan = pipeline.upload(pdf_with(tmp_path / "stays.pdf", [(50, 50, "This result stays published")]))
    pipeline.finished(scan)
    pipeline.stack.wait_idle()
    pipeline.stack_client.s3.delete_object(Bucket=scan.bucket, Key=scan.key, VersionId=scan.version_id)
    send_upload(pipeline.stack_client, scan, 2)

    [(_, record)] = pipeline.stack_client.wait([scan], TIMEOUT_SECONDS, {scan: 2})
    pipeline.stack.wait_idle()
    assert (record.status, record.outcome, record.published_attempt) == (Status.PUBLISHED, Status.FAILED, 1)
    assert pipeline.document(record).text == "This result stays published\n"
    events = [(event["detail"]["attempt"], event["detail"]["status"]) for event in pipeline.events_of(scan)]
    assert events == [(1, "published"), (2, "failed")]


def age(pipeline: Pipeline, document: DocumentRef, ago: timedelta) -> None:
    """Makes a record look as if it had not changed since then."""
    dynamodb = pipeline.stack.session().resource("dynamodb", endpoint_url=pipeline.stack.endpoint_url)
    dynamodb.Table(pipeline.stack_client.outputs.documents_table).update_item(
        Key={"pk": f"document#{document.object_id.document_id}"},
        UpdateExpression="SET updated_at = :then",
        ExpressionAttributeValues={":then": iso_time(datetime.now(UTC) - ago)},
    )


@pytest.fixture
def unannounced(pipeline: Pipeline, tmp_path: Path) -> list[ObjectId]:
    """Scans in the scans bucket whose events were lost; one of them has two versions."""
    pipeline.stack.wait_idle()
    pipeline.stack.pause("scanproof-ocr")
    path = pdf_with(tmp_path / "old.pdf", [(50, 50, "There before the stack was")])
    keys = ["incoming/backfill/a b+c.pdf", "incoming/backfill/two.pdf", "incoming/backfill/three.pdf"]
    pipeline.upload(path, keys[1])
    time.sleep(1.1)  # LastModified counts seconds
    uploaded = [pipeline.upload(path, key) for key in keys]
    pipeline.stack_client.sqs.purge_queue(QueueUrl=pipeline.stack_client.outputs.queue_urls["upload"])
    pipeline.stack.resume("scanproof-ocr")
    return uploaded


def test_interrupted_backfill_continues(pipeline: Pipeline, unannounced: list[ObjectId], tmp_path: Path) -> None:
    bucket, prefix = pipeline.stack_client.outputs.scans_bucket, "incoming/backfill/"
    progress = Progress(tmp_path / "state.json", bucket, prefix)

    dry = list(Backfill(pipeline.stack_client, progress, AT_ONCE, dry_run=True).run())
    assert [item.outcome for item in dry] == ["sent"] * 3
    assert progress.last_key() == ""

    interrupted = Backfill(pipeline.stack_client, progress, AT_ONCE).run()
    first = next(interrupted)
    assert progress.last_key() == first.key == "incoming/backfill/a b+c.pdf"
    interrupted.close()
    rest = list(Backfill(pipeline.stack_client, progress, AT_ONCE).run())
    assert [(item.key, item.outcome) for item in rest] == [
        ("incoming/backfill/three.pdf", "sent"),
        ("incoming/backfill/two.pdf", "sent"),
    ]
    assert {record.status for record in pipeline.finished(*unannounced)} == {Status.PUBLISHED}
    assert {pipeline.stack_client.current(scan.key) for scan in unannounced} == set(unannounced)
    pipeline.stack.wait_idle()
    again = list(Backfill(pipeline.stack_client, progress, AT_ONCE).run())
    assert [item.outcome for item in again] == ["known"] * 3

    newer = pipeline.upload(tmp_path / "old.pdf", "incoming/backfill/two.pdf")
    pipeline.finished(newer)
    assert pipeline.stack_client.current(newer.key) == newer


def test_backfill_copies_from_another_bucket(pipeline: Pipeline, tmp_path: Path) -> None:
    s3 = pipeline.client("s3")
    s3.create_bucket(Bucket="our-archive")
    path = pdf_with(tmp_path / "archived.pdf", [(50, 50, "From the archive")])
    s3.upload_file(str(path), "our-archive", "2025/archived.pdf")
    progress = Progress(tmp_path / "state.json", "our-archive", "2025/")

    assert list(Backfill(pipeline.stack_client, progress, AT_ONCE, "invoices/").run()) == [
        Backfilled("2025/archived.pdf", "copied")
    ]
    scan = pipeline.stack_client.current("invoices/2025/archived.pdf")
    assert scan is not None
    [record] = pipeline.finished(scan)
    assert record.status is Status.PUBLISHED
    assert [item.outcome for item in Backfill(pipeline.stack_client, progress, AT_ONCE, "invoices/").run()] == ["known"]


def test_last_modified_orders_replayed_events(pipeline: Pipeline) -> None:
    records = pipeline.stack_client.records
    old, new = (
        ObjectId(bucket=pipeline.stack_client.outputs.scans_bucket, key="incoming/order.pdf", version_id=version)
        for version in ("old", "new")
    )
    assert records.set_current_version(old, None, "2026-01-01T00:00:00+00:00")
    assert records.set_current_version(new, None, "2026-01-01T00:00:01+00:00")
    assert not records.set_current_version(old, "0A", "2026-01-01T00:00:00+00:00")  # late, and by its age older
    assert records.set_current_version(new, "0B", "2026-01-01T00:00:01+00:00")
    assert not records.set_current_version(old, None, "2026-01-01T00:00:00+00:00")
    assert pipeline.stack_client.current(new.key) == new


def test_rate_limiter_is_even() -> None:
    slept: list[float] = []
    now = 100.0

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(round(seconds, 6))
        now += seconds

    pace = RateLimiter(4, lambda: now, sleep)
    for _ in range(3):
        pace.wait()
    now += 10  # slow work is not made up for by a burst
    pace.wait()
    pace.wait()
    assert slept == [0.25, 0.25, 0.25]


def count_of(pipeline: Pipeline, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = pipeline.stack_client.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)  # type: ignore[arg-type]
    return sum(int(count) for count in answer["Attributes"].values())


def purge_dead_letters(pipeline: Pipeline) -> None:
    for url in pipeline.stack_client.outputs.dead_letter_urls.values():
        pipeline.stack_client.sqs.purge_queue(QueueUrl=url)


def test_review_becomes_next_attempt(pipeline: Pipeline, tmp_path: Path) -> None:
    picture = saved(page_image(text="Total due 12.30 for the year"), tmp_path / "reviewed.png")
    scan = pipeline.upload(picture, "incoming/reviewed.png", outputs="text,audit,pdf,review")
    [before] = pipeline.finished(scan)
    document = pipeline.document(before)
    word = document.pages[0].lines[0].text.split()[0]
    correction = {"page": 1, "line": 0, "start": 0, "end": len(word), "text": word, "action": "retyped"}
    content = {
        "format_version": 1,
        "document_id": document.id,
        "attempt": document.attempt,
        "scan": scan.model_dump(),
        "made_at": "2026-11-28T12:00:00Z",
        "corrections": [{**correction, "replacement": "Sum"}],
    }
    publish_reviewed(pipeline.stack_client, json.dumps(content).encode(), pipeline.stack_client.caller(), 60)
    pipeline.stack.wait_idle()
    record = pipeline.stack_client.records.get(scan)
    assert record is not None
    assert (record.status, record.attempt, record.event_pending) == (Status.PUBLISHED, 2, False)
    reviewed = pipeline.document(record)
    assert reviewed.text.startswith("Sum due")
    assert reviewed.reviewed is not None
    assert str(reviewed.reviewed.by).startswith("arn:aws")
    files = pipeline.stack_client.results(record)
    assert set(files) == {"document.json", "document.txt", "audit.jsonl", "document.pdf", "review.html"}
    assert b'"corrector":"reviewer"' in files["audit.jsonl"]
    assert b'id="image-1"' in files["review.html"]
    assert {event["detail"]["attempt"] for event in pipeline.events_of(scan)} == {1, 2}
    with pytest.raises(PermanentError, match="Another review"):
        publish_reviewed(pipeline.stack_client, json.dumps(content | {"made_at": "later"}).encode(), None, 60)
    assert pipeline.stack_client.records.get(scan) == record


def test_refused_review_is_announced(pipeline: Pipeline) -> None:
    upload = upload_corrections(pipeline.stack_client, b"no JSON", "refused")
    while not pipeline.stack_client.objects.has_outcome(upload):
        time.sleep(0.1)
    pipeline.stack.wait_idle()
    sample = json.loads((PROJECT_ROOT / "events/published/corrections-refused.json").read_text(encoding="utf-8"))
    [event] = pipeline.refusals(upload)
    assert event["detail"]["reason"]["code"] == "corrections_invalid"
    assert shape(event) == shape(sample)
