"""Aspose.OCR in the whole pipeline: the deployed function under Lambda's runtime client, with Lambda's environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import LocalStack
from scanproof.aws.operator import Operator
from scanproof.aws.records import Record, Status
from scanproof.cli.up import access_to
from scanproof.document import Document, PageFlag

SAMPLES = Path(__file__).parents[2] / "samples"
FUNCTION = "scanproof-ocr-aspose"
SECONDS = 120.0  # less than deployed: a killed invocation's message comes back when they are over


@pytest.fixture(scope="module")
def stack(layer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    parameters = {"OcrEngine": "aspose", "AsposeTrial": "show"}
    logs, timeouts = tmp_path_factory.mktemp("logs"), {FUNCTION: SECONDS}
    with LocalStack(logs, parameters=parameters, retry_seconds=2, timeouts=timeouts) as running:
        yield running


@pytest.fixture(scope="module")
def operator(stack: LocalStack) -> Operator:
    return access_to(stack).operator()


def finished(operator: Operator, name: str, key: str) -> Record:
    of = operator.upload(SAMPLES / name, key, {"engine": "aspose"})
    return dict(operator.wait([of], 600))[of]


def test_a_scan_is_read_and_says_that_it_is_a_trial(operator: Operator) -> None:
    record = finished(operator, "clean-letter.png", "incoming/letter.png")
    assert record.status is Status.PUBLISHED
    [page] = Document.model_validate_json(operator.results(record)["document.json"]).pages
    assert page.engine == "aspose"
    assert "Clockmakers" in page.raw_text.splitlines()[0]
    assert "Trial Licenses" not in page.raw_text
    assert PageFlag.TRUNCATED in page.flags


def test_a_process_that_dies_with_dotnet_in_it_is_a_retried_invocation(stack: LocalStack, operator: Operator) -> None:
    stack.kill_next_invocation(FUNCTION, after_seconds=1.0)
    record = finished(operator, "polish-note.png", "incoming/note.png")
    assert record.status is Status.PUBLISHED
    statuses = [done.status for done in stack.invocations if done.function == FUNCTION]
    assert "crash" in statuses
    assert statuses[-1] == "success"
