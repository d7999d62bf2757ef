"""Each role against the calls that its function made: in this file's own scenario and in all tests before it.

Of the variant with Aspose.OCR, its function and the one beside it, both with a stand-in for the engine.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.flood import STAND_IN
from devstack import PROJECT_ROOT
from devstack.calls import Call
from devstack.permissions import Report, grants_of
from devstack.permissions_report import report_text
from devstack.stack import TEMPLATE, LocalStack
from devstack.template import translate
from scanproof.cli.admin.replay import s3_notification
from scanproof.cli.admin.reviewed import publish_reviewed, upload_corrections
from scanproof.document import DocumentRef, ObjectId, Source
from scanproof.errors import PermanentError
from scanproof.options import ScanOptions
from scanproof.workers.messages import CorrectPage, PageRange, PublishDocument
from scanproof.workers.objects import ScanInfo
from scanproof.workers.records import Status
from tests.builders import line, page
from tests.stack.conftest import TIMEOUTS, Pipeline
from tests.stack.test_delivery import context_of
from tests.stack.test_entry_points import upload_to_existing_bucket
from tests.stack.test_operations import age
from tests.stack.test_search import make_sweep_due
from tests.unit.opening.paper import finished, new_pdf, page_image, pdf_with, saved, write

OCR, ASPOSE, UPLOAD = "scanproof-ocr", "scanproof-ocr-aspose", "scanproof-upload"
FUNCTIONS = (OCR, "scanproof-correct", "scanproof-publish")
MAINTENANCE = "scanproof-maintenance"
FOREIGN = "somebody-elses-bucket"  # asked for on purpose, to be denied
NO_BUCKET = "not a bucket"  # the SDK refuses such a name, which is no permanent failure
PAGE = PROJECT_ROOT / "docs/permissions.md"


@pytest.fixture(scope="module")
def reports(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Everything that functions do, good days and bad ones."""
    folder = tmp_path_factory.mktemp("scans")
    exercise(pipeline, folder, OCR)
    upload_to_existing_bucket(pipeline, folder)
    maintain(pipeline)
    found = {name: report_on(pipeline, name) for name in sorted((*FUNCTIONS, MAINTENANCE))}
    return found | {UPLOAD: report_on_forms(pipeline)}


@pytest.fixture(scope="module")
def aspose_reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Report]]:
    logs, scans = tmp_path_factory.mktemp("logs"), tmp_path_factory.mktemp("scans")
    with LocalStack(
        logs,
        parameters={"OcrEngine": "aspose"},
        secrets={"AsposeLicenceArn": "a licence"},
        code=dict.fromkeys((ASPOSE, OCR), STAND_IN[OCR]),
        retry_seconds=2,
        count_writes=True,
        timeouts=TIMEOUTS,
    ) as stack:
        pipeline = Pipeline(stack)
        exercise(pipeline, scans, ASPOSE)
        forward(pipeline, scans)
        yield {name: report_on(pipeline, name) for name in (OCR, ASPOSE)}


@pytest.mark.parametrize("function", [*FUNCTIONS, MAINTENANCE, UPLOAD])
def test_roles_allow_only_observed_calls(reports: dict[str, Report], function: str) -> None:
    assert_exact(reports[function])


@pytest.mark.parametrize("function", [ASPOSE, OCR])
def test_aspose_roles_allow_only_observed_calls(aspose_reports: dict[str, Report], function: str) -> None:
    assert_exact(aspose_reports[function])


def assert_exact(report: Report) -> None:
    assert [call for call in report.missing if FOREIGN not in call.resource] == []
    assert report.superfluous == ()


def report_on(pipeline: Pipeline, function: str) -> Report:
    stack, session = pipeline.stack, pipeline.stack.session()
    role = stack.deployment.functions[function].role_arn
    return Report(grants_of(role, session, stack.endpoint_url), tuple(stack.calls(function)))


def report_on_forms(pipeline: Pipeline) -> Report:
    """The forms' function calls nothing; whoever sends a form uploads with its rights."""
    report = report_on(pipeline, UPLOAD)
    assert report.calls == ()
    bucket = pipeline.stack_client.outputs.scans_bucket
    return replace(report, calls=(Call("s3:PutObject", f"arn:aws:s3:::{bucket}/incoming/any/scan.png"),))


def test_permissions_page_is_current(reports: dict[str, Report], aspose_reports: dict[str, Report]) -> None:
    seen = {**reports, ASPOSE: aspose_reports[ASPOSE]}
    by_name = {name.removeprefix("scanproof-"): report for name, report in seen.items()}
    text = report_text(translate(TEMPLATE, {}).cloudformation, by_name)
    if os.environ.get("SCANPROOF_WRITE_PERMISSIONS"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "docs/permissions.md is out of date: run `make permissions`"


def exercise(pipeline: Pipeline, folder: Path, first: str) -> None:
    """Everything that functions do, good days and bad ones."""
    pipeline.put_list("lists/permissions.txt", "permissions\n")
    picture = saved(page_image(text="One page for all three"), folder / "permissions.png")
    image = pipeline.upload(picture, words="lists/permissions.txt", outputs="text,pdf,review")
    large = pipeline.upload(large_pdf(folder / "permissions-large.pdf"))
    refused = pipeline.upload(pdf_with(folder / "refused.pdf", [(50, 50, "x")]), engine="abacus")
    pipeline.finished(image, large, refused)
    pipeline.stack.wait_idle()
    review(pipeline, image)
    without_version = s3_notification(image)
    del without_version["Records"][0]["s3"]["object"]["versionId"]
    pipeline.send("upload", without_version)
    fail_and_recover(pipeline, image, first)


def review(pipeline: Pipeline, scan: ObjectId) -> None:
    """Corrections that change nothing become the next attempt; others are refused."""
    content = {"format_version": 1, "document_id": scan.document_id, "attempt": 1, "scan": scan.model_dump()}
    body = json.dumps({**content, "made_at": "2026-11-28T12:00:00Z"}).encode()
    assert publish_reviewed(pipeline.stack_client, body, None, 60).attempt == 2
    upload_corrections(pipeline.stack_client, b"{}", "permissions")
    pipeline.stack.wait_idle()


def maintain(pipeline: Pipeline) -> None:
    """Everything that maintenance does, first without success."""
    context, bucket = context_of(pipeline), pipeline.stack_client.outputs.scans_bucket
    document = DocumentRef(object_id=ObjectId(bucket=bucket, key="incoming/dead.png", version_id="v1"), attempt=1)
    context.records.start_attempt(document)
    context.records.set_pages_total(document, 1)
    source = Source(name="dead.png", media_type="image/png", size_bytes=1)
    info = ScanInfo(source=source, options=ScanOptions(), started_at="2026-11-28T00:00:00+00:00")
    context.objects.put_scan_info(document, info)
    context.objects.put_raw_page(document, page(1, line("dead")))
    never_begun = ObjectId(bucket=bucket, key="incoming/never-begun.png", version_id="v1")
    letter = CorrectPage(object_id=document.object_id, attempt=1, page=1).model_dump(by_alias=True)
    bucket = pipeline.stack_client.outputs.results_bucket
    corrections = s3_notification(ObjectId(bucket=bucket, key="corrections/dead.json", version_id="v1"))
    corrections["Records"][0]["eventTime"] = "2026-11-28T00:00:00.000Z"
    for body in (s3_notification(never_begun), letter, corrections):
        pipeline.send_dead_letter("ocr", body)
    table = (
        pipeline.stack.session()
        .resource("dynamodb", endpoint_url=pipeline.stack.endpoint_url)
        .Table(pipeline.stack_client.outputs.documents_table)
    )
    table.put_item(Item={"pk": "no record", "status": "recognising", "updated_at": "2000"})  # on which a run fails
    pipeline.maintain(wait=False)
    wait_until_forgotten(pipeline, [MAINTENANCE])
    table.delete_item(Key={"pk": "no record"})
    assert {record.outcome for record in pipeline.finished(document.object_id, never_begun)} == {
        Status.PUBLISHED,
        Status.FAILED,
    }
    age(pipeline, document, timedelta(days=1))
    stalled = DocumentRef(object_id=never_begun.model_copy(update={"version_id": "v2"}), attempt=1)
    context.records.start_attempt(stalled)
    age(pipeline, stalled, timedelta(days=1))
    pipeline.maintain()
    make_sweep_due(pipeline)
    pipeline.maintain()


def forward(pipeline: Pipeline, folder: Path) -> None:
    """To the function beside Aspose.OCR's: pages to correct, a text layer to publish, one that fails."""
    image = pipeline.upload(folder / "permissions.png", "incoming/beside.png", engine="rapidocr")
    large = pipeline.upload(folder / "permissions-large.pdf", "incoming/beside.pdf", engine="rapidocr")
    pipeline.finished(image, large)
    pipeline.stack.wait_idle()

    pipeline.stack.pause(OCR)
    gone = pipeline.upload(folder / "permissions.png", "incoming/gone.png", engine="rapidocr")
    pipeline.stack.wait_idle(function_name=ASPOSE)
    pipeline.stack_client.s3.delete_object(Bucket=gone.bucket, Key=gone.key, VersionId=gone.version_id)
    pipeline.stack.resume(OCR)
    pipeline.finished(gone)

    foreign = ObjectId(bucket=NO_BUCKET, key="incoming/any.png", version_id="any")
    pipeline.stack_client.records.start_attempt(DocumentRef(object_id=foreign, attempt=1))
    pages = PageRange(object_id=foreign, attempt=1, first_page=1, last_page=1, engine="rapidocr")
    [queue] = [source.queue_url for source in pipeline.stack.deployment.event_sources if source.function_name == OCR]
    pipeline.stack_client.sqs.send_message(QueueUrl=queue, MessageBody=pages.model_dump_json(by_alias=True))
    wait_until_forgotten(pipeline, [OCR])
    pipeline.stack_client.sqs.purge_queue(QueueUrl=queue)  # need not fail for ever


def fail_and_recover(pipeline: Pipeline, scan: ObjectId, first: str) -> None:
    """Messages that functions fail on, until they were seen to forget having begun (idempotency's DeleteItem).

    Args:
        first: the function that uploads come to.
    """
    begun = ObjectId(bucket=scan.bucket, key="incoming/permissions-begun.pdf", version_id=scan.version_id)
    pipeline.stack_client.records.start_attempt(
        DocumentRef(object_id=begun, attempt=1)
    )  # and nothing more: its pages are missing
    for bucket in (FOREIGN, NO_BUCKET):  # one that the role may not read, and one that no call can be made about
        foreign = ObjectId(bucket=bucket, key=scan.key, version_id=scan.version_id)
        pipeline.send("upload", s3_notification(foreign))
    pipeline.send("correct", CorrectPage(object_id=begun, attempt=1, page=1).model_dump(by_alias=True))
    pipeline.send("publish", PublishDocument(object_id=begun, attempt=1).model_dump(by_alias=True))
    wait_until_forgotten(pipeline, [first, *FUNCTIONS[1:]])
    pipeline.stack_client.sqs.purge_queue(
        QueueUrl=pipeline.stack_client.outputs.queue_urls["upload"]
    )  # need not fail for ever
    gone = PermanentError("scan_gone", "It was never there.", "Nothing.")
    pipeline.stack_client.records.mark_failed(DocumentRef(object_id=begun, attempt=1), gone)
    pipeline.stack.wait_idle()


def wait_until_forgotten(pipeline: Pipeline, functions: Collection[str]) -> None:
    deadline = time.monotonic() + 60
    while not all(forgot(pipeline, name) for name in functions) and time.monotonic() < deadline:
        time.sleep(0.2)


def forgot(pipeline: Pipeline, function: str) -> bool:
    return any(call.action == "dynamodb:DeleteItem" for call in pipeline.stack.calls(function))


def large_pdf(path: Path) -> Path:
    pdf = new_pdf()
    for number in range(1, 7):
        if number > 1:
            pdf.add_page()
        write(pdf, [(50, 50, f"Page {number} of a fanned out document")])
    return finished(pdf, path)
