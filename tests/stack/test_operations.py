"""Operations: redrive, backfill, one correlation id through all functions."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from scanproof.cli.admin.backfill import Backfill, Backfilled, Progress
from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.redrive import Redrive
from scanproof.cli.admin.replay import s3_notification
from scanproof.document import ObjectId
from scanproof.workers.records import Status
from tests.stack.conftest import Pipeline
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


def test_redrive_processes_unfinished_documents_once(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.stack.wait_idle()
    purge_dead_letters(pipeline)
    pipeline.stack.pause("scanproof-ocr")
    lost = pipeline.upload(pdf_with(tmp_path / "lost.pdf", [(50, 50, "Its messages ended in the dead letters")]))
    ocr_queue = pipeline.stack_client.outputs.queue_urls["upload"]
    pipeline.stack_client.sqs.purge_queue(QueueUrl=ocr_queue)
    pipeline.stack.resume("scanproof-ocr")
    published = pipeline.upload(pdf_with(tmp_path / "published.pdf", [(50, 50, "Published all the same")]))
    pipeline.finished(published)

    letters = pipeline.stack_client.outputs.dead_letter_urls
    for url, body in (
        (letters["ocr"], s3_notification(lost)),
        (letters["correct"], {"kind": "correct", "object_id": lost.model_dump(), "attempt": 1, "page": 1}),
        (letters["publish"], {"kind": "publish", "object_id": published.model_dump(), "attempt": 1}),
        (letters["ocr"], {"kind": "nonsense"}),
    ):
        pipeline.stack_client.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))

    redriven = list(Redrive(pipeline.stack_client, AT_ONCE).run())

    assert sorted((item.queue, item.outcome) for item in redriven) == [
        ("correct", "same document"),
        ("ocr", "sent again"),
        ("ocr", "unreadable"),
        ("publish", "finished since"),
    ]
    [record] = pipeline.finished(lost)
    assert (record.status, record.attempt) == (Status.PUBLISHED, 2)
    pipeline.stack.wait_idle()
    assert count_of(pipeline, letters["ocr"]) == 1  # the unreadable one stays until it is looked at
    assert count_of(pipeline, letters["correct"]) == count_of(pipeline, letters["publish"]) == 0
    purge_dead_letters(pipeline)


def test_dry_redrive_changes_nothing(pipeline: Pipeline) -> None:
    url = pipeline.stack_client.outputs.dead_letter_urls["publish"]
    gone = ObjectId(bucket=pipeline.stack_client.outputs.scans_bucket, key="incoming/never.pdf", version_id="v1")
    message = {"kind": "publish", "object_id": gone.model_dump(), "attempt": 1}
    pipeline.stack_client.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))

    [redriven] = Redrive(pipeline.stack_client, AT_ONCE, dry_run=True).run()

    assert (redriven.outcome, redriven.attempt) == ("sent again", 2)
    assert count_of(pipeline, url) == 1
    assert pipeline.stack_client.records.get(gone) is None
    purge_dead_letters(pipeline)


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
