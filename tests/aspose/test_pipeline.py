"""Aspose.OCR in the whole pipeline: the deployed function with the Lambda runtime client and Lambda's environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.stack import LocalStack
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.local_stack import access_to
from scanproof.document import Document, PageFlag
from scanproof.workers.records import Record, Status

SAMPLES = Path(__file__).parents[2] / "samples"
FASTEST = SAMPLES / "chinese-note.png"
FUNCTION = "scanproof-ocr-aspose"
SECONDS = 120.0  # shorter than deployed: a killed invocation's message is redelivered after it


@pytest.fixture(scope="module")
def stack(layer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    parameters = {"OcrEngine": "aspose", "AsposeTrial": "show"}
    logs, timeouts = tmp_path_factory.mktemp("logs"), {FUNCTION: SECONDS}
    with LocalStack(logs, parameters=parameters, retry_seconds=2, timeouts=timeouts) as running:
        yield running


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> StackClient:
    return access_to(stack).stack_client()


def finished(client: StackClient, path: Path, key: str, engine: str = "aspose", **options: str) -> Record:
    document = client.upload(path, key, {"engine": engine, **options})
    return dict(client.wait([document], 600))[document]


def test_trial_page_is_flagged_truncated(client: StackClient) -> None:
    record = finished(client, SAMPLES / "clean-letter.png", "incoming/letter.png")
    assert record.status is Status.PUBLISHED
    [page] = Document.model_validate_json(client.results(record)["document.json"]).pages
    assert page.engine == "aspose"
    assert "Clockmakers" in page.raw_text.splitlines()[0]
    assert "Trial Licenses" not in page.raw_text
    assert PageFlag.TRUNCATED in page.flags


def test_truncated_scan_is_refused(client: StackClient, tmp_path: Path) -> None:
    cut = tmp_path / "cut.png"
    cut.write_bytes((SAMPLES / "clean-letter.png").read_bytes()[:5000])
    record = finished(client, cut, "incoming/cut.png")
    assert record.status is Status.FAILED
    assert record.reason is not None
    assert "cut.png" in record.reason.message


def test_missing_resource_fails_aspose_upload(client: StackClient) -> None:
    record = finished(client, FASTEST, "incoming/hand.png", handwritten="true")
    assert record.status is Status.FAILED
    assert record.reason is not None
    assert record.reason.code == "aspose_resource_missing"


def test_missing_resource_falls_back_to_rapidocr(client: StackClient) -> None:
    record = finished(client, FASTEST, "incoming/either-hand.png", engine="auto", handwritten="true")
    assert record.status is Status.PUBLISHED
    [page] = Document.model_validate_json(client.results(record)["document.json"]).pages
    assert page.engine == "rapidocr"
    assert any("aspose-ocr-advanced-recognition" in note for note in page.warnings)


def test_crashed_process_is_retried(stack: LocalStack, client: StackClient) -> None:
    stack.kill_next_invocation(FUNCTION, after_seconds=1.0)
    record = finished(client, SAMPLES / "polish-note.png", "incoming/note.png")
    assert record.status is Status.PUBLISHED
    statuses = [done.status for done in stack.invocations if done.function == FUNCTION]
    assert "crash" in statuses
    assert statuses[-1] == "success"
