"""Duplicates, order, crashes and retries, with injected faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanproof.cli.admin.replay import Replay
from scanproof.correction.base import CorrectedLine
from scanproof.correction.model_pool import ModelPool
from scanproof.document import DocumentRef, PageFlag
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior
from scanproof.settings import Settings, StackSettings
from scanproof.workers.context import WorkerContext
from scanproof.workers.correct import MAX_RETRIES, CorrectWorker
from scanproof.workers.messages import CorrectPage, Delivery
from scanproof.workers.records import Status
from tests.builders import UpperCase
from tests.stack.conftest import Pipeline
from tests.unit.opening.paper import finished, new_pdf, page_image, pdf_with, saved, write

EVENTS = Path(__file__).parents[2] / "events"


def test_duplicate_events_publish_once(pipeline: Pipeline, tmp_path: Path) -> None:
    scan = pipeline.upload(pdf_with(tmp_path / "duplicates.pdf", [(50, 50, "Sent more than once, read once")]))
    for _ in range(5):
        pipeline.send_upload_event(scan)
    [record] = pipeline.finished(scan)
    pipeline.stack.wait_idle()
    assert (record.status, record.attempt, record.pages_done) == (Status.PUBLISHED, 1, {1})
    assert len(pipeline.events_of(scan)) == 1


def test_late_event_keeps_current_version(pipeline: Pipeline, tmp_path: Path) -> None:
    key = "incoming/versions.pdf"
    old = pipeline.upload(pdf_with(tmp_path / "old.pdf", [(50, 50, "The old version of this page")]), key)
    new = pipeline.upload(pdf_with(tmp_path / "new.pdf", [(50, 50, "The new version of this page")]), key)
    first, second = pipeline.finished(old, new)
    pipeline.send_upload_event(old, sequencer="00")  # late, and by its sequencer older than everything
    pipeline.stack.wait_idle()
    assert pipeline.stack_client.current(key) == new
    assert pipeline.document(first).text == "The old version of this page\n"
    assert pipeline.document(second).text == "The new version of this page\n"


def test_sequencers_are_compared_padded(pipeline: Pipeline, tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "sequencers.pdf", [(50, 50, "Which version is the current one?")])
    old, new = pipeline.upload(path), pipeline.upload(path)
    pipeline.finished(old, new)
    pipeline.stack.wait_idle()
    records = pipeline.stack_client.records
    assert records.set_current_version(old, "f" * 40)
    assert records.set_current_version(new, "f" * 41)  # longer, equal in the beginning: later
    assert not records.set_current_version(old, "f" * 40 + "0" * 10)
    assert pipeline.stack_client.current("incoming/sequencers.pdf") == new


HARD_KEYS = [
    "incoming/März 2026 (neu)/a+b = 100% & c@d, e;f/請求書 '1'!/hard.pdf",
    "incoming/100%25/%2B+%20 .pdf",
    'incoming/"quoted" <tag> \\ ^ ` {x} [y] ~ # ? * | colon:.pdf',
    "incoming/no-suffix",
    "incoming//double//slashes.pdf",
    "root level.pdf",
]


def test_hard_keys_survive(pipeline: Pipeline, tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "hard.pdf", [(50, 50, "Keys may hold anything that S3 takes")])
    uploaded = [pipeline.upload(path, key) for key in HARD_KEYS]
    records = pipeline.finished(*uploaded)
    assert [(record.key, record.status) for record in records] == [(key, Status.PUBLISHED) for key in HARD_KEYS]
    assert all(pipeline.document(record).text.startswith("Keys may hold") for record in records)


def test_large_document_keeps_page_order(pipeline: Pipeline, tmp_path: Path) -> None:
    pdf = new_pdf()
    for number in range(1, 24):
        if number > 1:
            pdf.add_page()
        write(pdf, [(50, 50, f"This is page number {number} of many")])
    scan = pipeline.upload(finished(pdf, tmp_path / "large.pdf"))
    [record] = pipeline.finished(scan)
    document = pipeline.document(record)
    assert record.pages_done == set(range(1, 24))
    assert [page.lines[0].text for page in document.pages] == [
        f"This is page number {number} of many" for number in range(1, 24)
    ]


@pytest.mark.parametrize(
    ("function", "writes"),
    [
        ("scanproof-ocr", 0),
        ("scanproof-ocr", 3),
        ("scanproof-ocr", 6),  # the lattice without its page
        ("scanproof-ocr", 7),
        ("scanproof-correct", 2),
        ("scanproof-correct", 4),
        ("scanproof-publish", 3),
        ("scanproof-publish", 6),
    ],
)
def test_crash_between_writes_loses_nothing(pipeline: Pipeline, tmp_path: Path, function: str, writes: int) -> None:
    """The function is killed after a number of writes, as by a crash or lack of memory."""
    pipeline.stack.kill_next_invocation(function, after_writes=writes or None)
    path = saved(page_image(text="Killed on the way, read all the same"), tmp_path / f"{function}-{writes}.png")
    scan = pipeline.upload(path)
    [record] = pipeline.finished(scan)
    pipeline.stack.wait_idle()
    assert record.status is Status.PUBLISHED
    assert "read all the same" in pipeline.document(record).text
    ids = {event["detail"]["event_id"] for event in pipeline.events_of(scan)}  # at least once, and all of one id
    assert len(ids) == 1
    final = pipeline.stack_client.records.get(scan)
    assert final is not None
    assert final.event_sent


def test_lost_publish_message_is_resent(pipeline: Pipeline, tmp_path: Path) -> None:
    """A crash between adding the last page and sending the document on."""
    pipeline.stack.pause("scanproof-publish")
    scan = pipeline.upload(saved(page_image(text="The message was lost"), tmp_path / "lost.png"))
    while not (record := pipeline.stack_client.records.get(scan)) or not record.complete:
        pass
    pipeline.stack.wait_idle(function_name="scanproof-correct")
    pipeline.stack_client.sqs.purge_queue(QueueUrl=pipeline.stack_client.outputs.queue_urls["publish"])
    pipeline.stack.resume("scanproof-publish")
    context = context_of(pipeline)
    context.complete_page(DocumentRef(object_id=scan, attempt=1), 1)  # what the redelivered message does
    [record] = pipeline.finished(scan)
    assert record.status is Status.PUBLISHED


def test_failing_page_is_published_raw(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.stack.pause("scanproof-correct")
    scan = pipeline.upload(saved(page_image(text="The model fails on this"), tmp_path / "fails.png"))
    while not (record := pipeline.stack_client.records.get(scan)) or record.pages_total is None:
        pass
    pipeline.stack.wait_idle(function_name="scanproof-ocr")
    pipeline.stack_client.sqs.purge_queue(QueueUrl=pipeline.stack_client.outputs.queue_urls["correct"])
    worker = CorrectWorker(context_of(pipeline), ModelPool(FailingCorrector()))
    message = CorrectPage(object_id=scan, attempt=1, page=1)
    for redelivered in [False] + [True] * (MAX_RETRIES - 1):
        with pytest.raises(ModelFailed):
            worker.process(Delivery(message, redelivered))
    assert worker.process(Delivery(message, redelivered=True)).outcome == "left_raw"
    pipeline.stack.resume("scanproof-correct")
    [record] = pipeline.finished(scan)
    [page] = pipeline.document(record).pages
    assert page.flags == (PageFlag.NOT_CORRECTED,)
    assert page.text == "The model fails on this"


def test_foreign_messages_become_dead_letters(pipeline: Pipeline) -> None:
    for kind in ("upload", "correct", "publish"):
        pipeline.send(kind, {"kind": "nonsense"})
    pipeline.stack.wait_idle()
    for name in ("Ocr", "Correct", "Publish"):
        assert sum("nonsense" in body for body in pipeline.dead_letters(name)) == 1


def test_event_files_replay_once(pipeline: Pipeline) -> None:
    samples = Path(__file__).parents[2] / "samples"
    replay = Replay(pipeline.stack_client, lambda name: samples / name if (samples / name).exists() else None)
    names = ["s3-test-event.json", "s3-put-hard-key.json", "ocr-queue-duplicates.json", "correct-queue.json"]
    first = [item for name in names for item in replay.replay(event(name))]
    records = pipeline.finished(*(item.object_id for item in first if item.object_id))
    assert {record.status for record in records} == {Status.PUBLISHED}
    second = {item.outcome for name in names[1:] for item in replay.replay(event(name))}
    assert second == {"already published"}


def test_replay_again_starts_new_attempt(pipeline: Pipeline, tmp_path: Path) -> None:
    scan = pipeline.upload(pdf_with(tmp_path / "again.pdf", [(50, 50, "Read this page again, please")]))
    [before] = pipeline.finished(scan)
    pipeline.stack.wait_idle()
    [sent] = Replay(pipeline.stack_client, lambda _: None, again=True).replay(
        upload_event(pipeline, "incoming/again.pdf")
    )
    pipeline.stack.wait_idle()
    after = pipeline.stack_client.records.get(scan)
    assert after is not None
    assert (sent.attempt, after.attempt, after.status) == (2, 2, Status.PUBLISHED)
    assert before.results_prefix != after.results_prefix
    assert [event["detail"]["attempt"] for event in pipeline.events_of(scan)] == [1, 2]


class ModelFailed(RuntimeError):
    pass


class FailingCorrector(UpperCase):
    def correct(self, lines: Any, language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        raise ModelFailed


def context_of(pipeline: Pipeline) -> WorkerContext:
    """A function's context, with an administrator's credentials."""
    outputs = pipeline.stack_client.outputs
    environment = {
        "RESULTS_BUCKET": outputs.results_bucket,
        "DOCUMENTS_TABLE": outputs.documents_table,
        "IDEMPOTENCY_TABLE": "unused",
        "OCR_QUEUE_URL": outputs.queue_urls["upload"],
        "CORRECT_QUEUE_URL": outputs.queue_urls["correct"],
        "PUBLISH_QUEUE_URL": outputs.queue_urls["publish"],
    }
    stack = StackSettings.from_environment(environment)
    return WorkerContext.create(stack, Settings(), pipeline.stack.session(), pipeline.stack.endpoint_url)


def event(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def upload_event(pipeline: Pipeline, key: str) -> dict[str, Any]:
    found = event("s3-put.json")
    found["Records"][0]["s3"]["object"]["key"] = key
    return found  # type: ignore[no-any-return]


def test_versions_have_different_ids(pipeline: Pipeline, tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "same.pdf", [(50, 50, "The same bytes, uploaded twice")])
    one, two = pipeline.upload(path), pipeline.upload(path)
    assert one.document_id != two.document_id
    assert {record.status for record in pipeline.finished(one, two)} == {Status.PUBLISHED}
