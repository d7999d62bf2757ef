"""Two engines in one deployment: uploads come to Aspose.OCR's function, and reach RapidOCR's where they should.

Runs with or without Aspose.OCR: what it cannot read for want of itself, or of a licence, is handed on all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devstack.stack import LocalStack
from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.redrive import Redrive
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.local_stack import access_to
from scanproof.document import Document, DocumentRef
from scanproof.workers.messages import PageRange
from scanproof.workers.records import Record, Status
from tests.stack.conftest import maintain

SAMPLES = Path(__file__).parents[2] / "samples"
SAMPLE = SAMPLES / "chinese-note.png"  # the quickest
PAGES = SAMPLES / "report-3-pages.pdf"
ASPOSE = "scanproof-ocr-aspose"
EXPIRED = "<License><Data><LicenseExpiry>20200131</LicenseExpiry></Data></License>"
# What can be the reason where Aspose.OCR is not installed, or is and finds that licence.
UNREAD = ("aspose_unavailable", "aspose_licence_expired")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    parameters = {"OcrEngine": "aspose", "PagesPerInvocation": "2"}
    secrets = {"AsposeLicenceArn": EXPIRED}
    logs = tmp_path_factory.mktemp("logs")
    with LocalStack(logs, parameters=parameters, secrets=secrets, timeouts={ASPOSE: 20}, retry_seconds=1) as running:
        yield running


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> StackClient:
    return access_to(stack).stack_client()


def finished(client: StackClient, path: Path, **options: str) -> Record:
    scan = client.upload(path, f"incoming/{'-'.join(options.values())}-{path.name}", options)
    return dict(client.wait([scan], 240))[scan]


def document(client: StackClient, record: Record) -> Document:
    return Document.model_validate_json(client.results(record)["document.json"])


def test_requested_rapidocr_gets_page_ranges(client: StackClient) -> None:
    record = finished(client, PAGES, engine="rapidocr")
    assert record.status is Status.PUBLISHED
    pages = document(client, record).pages
    assert [(page.number, page.engine, page.warnings) for page in pages] == [
        (number, "rapidocr", ()) for number in (1, 2, 3)
    ]


def test_missing_licence_falls_back_to_rapidocr(client: StackClient) -> None:
    record = finished(client, SAMPLE, engine="auto")
    assert record.status is Status.PUBLISHED
    [page] = document(client, record).pages
    assert page.engine == "rapidocr"
    assert any("Aspose.OCR" in note and note.endswith("RapidOCR read it instead.") for note in page.warnings)


def test_requested_aspose_fails_with_next_step(client: StackClient) -> None:
    record = finished(client, SAMPLE, engine="aspose")
    assert record.status is Status.FAILED
    assert record.reason is not None
    assert record.reason.code in UNREAD
    assert record.reason.next_step


def test_dotnet_crash_is_retried(stack: LocalStack, client: StackClient) -> None:
    stack.kill_next_invocation(ASPOSE)
    record = finished(client, SAMPLE, engine="rapidocr", language="zh")
    assert record.status is Status.PUBLISHED
    assert [done.status for done in stack.invocations if done.function == ASPOSE][-2:] == ["crash", "success"]


def test_forwarding_dead_letters_are_redriven(stack: LocalStack, client: StackClient) -> None:
    stack.pause(ASPOSE)
    lost = client.upload(SAMPLE, "incoming/lost.png", {"engine": "auto"})
    client.sqs.purge_queue(QueueUrl=client.outputs.queue_urls["upload"])
    stack.resume(ASPOSE)
    client.records.start_attempt(DocumentRef(object_id=lost, attempt=1))
    forwarded = PageRange(object_id=lost, attempt=1, first_page=1, last_page=1, engine="rapidocr")
    letters = client.outputs.dead_letter_urls["rapidocr"]
    client.sqs.send_message(QueueUrl=letters, MessageBody=forwarded.model_dump_json(by_alias=True))

    maintain(client, stack)
    failed = dict(client.wait([lost], 60))[lost]
    assert failed.reason is not None
    assert (failed.status, failed.reason.retryable) == (Status.FAILED, True)

    outcomes = [redriven.outcome for redriven in Redrive(client, RateLimiter(1000)).run() if redriven.object_id == lost]

    assert outcomes == ["sent again"]
    record = dict(client.wait([lost], 240, {lost: 2}))[lost]
    assert (record.status, record.attempt) == (Status.PUBLISHED, 2)


def test_only_aspose_function_reads_licence(stack: LocalStack) -> None:
    variables = {name: function.variables for name, function in stack.deployment.functions.items()}
    assert [name for name, values in variables.items() if "ASPOSE_LICENCE_ARN" in values] == [ASPOSE]
    arn = variables[ASPOSE]["ASPOSE_LICENCE_ARN"]
    assert secret_as(stack, ASPOSE, arn) == EXPIRED
    for other in variables.keys() - {ASPOSE}:
        with pytest.raises(ClientError, match="AccessDenied"):
            secret_as(stack, other, arn)


def secret_as(stack: LocalStack, function: str, arn: str) -> Any:
    client = stack.session_as(function).client("secretsmanager", endpoint_url=stack.endpoint_url)
    return client.get_secret_value(SecretId=arn)["SecretString"]
