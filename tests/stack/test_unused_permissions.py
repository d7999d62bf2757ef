"""Each role against the calls that its function made: in this file's own scenario and in all tests before it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from local import PROJECT_ROOT
from local.permissions import Report, grants_of
from local.permissions_report import report_text
from local.stack import TEMPLATE
from local.template import translate
from scanproof.aws.messages import CorrectPage, PublishDocument
from scanproof.aws.replay import s3_notification
from scanproof.document import ObjectId
from scanproof.errors import PermanentError
from tests.opening.paper import finished, new_pdf, page_image, pdf_with, saved, write
from tests.stack.conftest import Pipeline

FUNCTIONS = ("scanproof-ocr", "scanproof-correct", "scanproof-publish")
FOREIGN = "somebody-elses-bucket"  # asked for on purpose, to be denied
PAGE = PROJECT_ROOT / "docs/permissions.md"


@pytest.fixture(scope="module")
def reports(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Everything that functions do, good days and bad ones."""
    folder = tmp_path_factory.mktemp("scans")
    image = pipeline.upload(saved(page_image(text="One page for all three"), folder / "permissions.png"))
    large = pipeline.upload(large_pdf(folder / "permissions-large.pdf"))
    refused = pipeline.upload(pdf_with(folder / "refused.pdf", [(50, 50, "x")]), engine="abacus")
    pipeline.finished(image, large, refused)
    pipeline.stack.wait_idle()
    without_version = s3_notification(image)
    del without_version["Records"][0]["s3"]["object"]["versionId"]
    pipeline.send("upload", without_version)
    fail_and_recover(pipeline, image)
    stack, session = pipeline.stack, pipeline.stack.session()
    return {
        name: Report(grants_of(function.role_arn, session, stack.endpoint_url), tuple(stack.calls(name)))
        for name, function in sorted(stack.deployment.functions.items())
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_what_its_function_calls_and_nothing_else(reports: dict[str, Report], function: str) -> None:
    assert [call for call in reports[function].missing if FOREIGN not in call.resource] == []
    assert reports[function].superfluous == ()


def test_the_page_on_permissions_says_what_was_seen(reports: dict[str, Report]) -> None:
    text = report_text(translate(TEMPLATE, {}).cloudformation, reports)
    if os.environ.get("SCANPROOF_WRITE_PERMISSIONS"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "docs/permissions.md is out of date: run `make permissions`"


def fail_and_recover(pipeline: Pipeline, of: ObjectId) -> None:
    """Messages that each function fails on, until it was seen to forget having begun (idempotency's DeleteItem)."""
    begun = ObjectId(bucket=of.bucket, key="incoming/permissions-begun.pdf", version_id=of.version_id)
    pipeline.operator.records.begin(begun, 1)  # and nothing more: its pages are missing
    foreign = ObjectId(bucket=FOREIGN, key=of.key, version_id=of.version_id)
    pipeline.send("upload", s3_notification(foreign))
    pipeline.send("correct", CorrectPage(object_id=begun, attempt=1, page=1).model_dump())
    pipeline.send("publish", PublishDocument(object_id=begun, attempt=1).model_dump())
    deadline = time.monotonic() + 60
    while not all(forgot(pipeline, name) for name in FUNCTIONS) and time.monotonic() < deadline:
        time.sleep(0.2)
    pipeline.operator.sqs.purge_queue(QueueUrl=pipeline.operator.outputs.queue_urls["upload"])  # need not fail for ever
    gone = PermanentError("scan_gone", "It was never there.", "Nothing.")
    pipeline.operator.records.mark_failed(begun, 1, gone)
    pipeline.stack.wait_idle()


def forgot(pipeline: Pipeline, function: str) -> bool:
    return any(call.action == "dynamodb:DeleteItem" for call in pipeline.stack.calls(function))


def large_pdf(path: Path) -> Path:
    pdf = new_pdf()
    for number in range(1, 7):
        if number > 1:
            pdf.add_page()
        write(pdf, [(50, 50, f"Page {number} of a fanned out document")])
    return finished(pdf, path)
