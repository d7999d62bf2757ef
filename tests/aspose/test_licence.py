"""The licence from Secrets Manager, read with the function's own role, and failures of faulty licences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devstack.calls import Call
from devstack.stack import LocalStack
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.local_stack import access_to
from scanproof.document import Document
from scanproof.workers.records import Reason, Record, Status
from tests.aspose.test_failures import EXPIRED, FORGED

SAMPLE = Path(__file__).parents[2] / "samples" / "chinese-note.png"  # the fastest
FUNCTION = "scanproof-ocr-aspose"


@pytest.fixture
def logs(layer: Path, tmp_path: Path) -> Path:
    return tmp_path / "logs"


@contextmanager
def deployed(logs: Path, licence: str) -> Iterator[LocalStack]:
    secrets = {"AsposeLicenceArn": licence}
    with LocalStack(logs, parameters={"OcrEngine": "aspose"}, secrets=secrets, count_writes=True) as stack:
        yield stack


def finished(client: StackClient, engine: str) -> Record:
    document = client.upload(SAMPLE, f"incoming/{engine}.png", {"engine": engine})
    return dict(client.wait([document], 300))[document]


def failure(stack: LocalStack) -> Reason:
    """Returns why a scan with the engine Aspose.OCR failed, after a request to Secrets Manager."""
    record = finished(access_to(stack).stack_client(), "aspose")
    assert record.status is Status.FAILED
    assert record.reason is not None
    arn = stack.deployment.functions[FUNCTION].variables["ASPOSE_LICENCE_ARN"]
    assert Call("secretsmanager:GetSecretValue", arn) in stack.calls(FUNCTION)
    return record.reason


@pytest.mark.parametrize(
    ("licence", "code"),
    [
        (EXPIRED, "aspose_licence_expired"),
        ('{"metered_public_key": "x"}', "aspose_licence_malformed"),
        (FORGED, "aspose_licence_refused"),
    ],
)
def test_faulty_secret_fails_aspose_upload(logs: Path, licence: str, code: str) -> None:
    with deployed(logs, licence) as stack:
        reason = failure(stack)
    assert reason.code == code
    assert reason.next_step
    assert licence not in reason.message


def test_missing_secret_falls_back_to_rapidocr(logs: Path) -> None:
    with deployed(logs, EXPIRED) as stack:
        arn = stack.deployment.functions[FUNCTION].variables["ASPOSE_LICENCE_ARN"]
        secrets = stack.session().client("secretsmanager", endpoint_url=stack.endpoint_url)
        secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
        reason = failure(stack)
        client = access_to(stack).stack_client()
        record = finished(client, "auto")
        [page] = Document.model_validate_json(client.results(record)["document.json"]).pages
    assert (reason.code, arn in reason.message) == ("aspose_licence_unreadable", True)
    assert page.engine == "rapidocr"
    assert any(note.endswith("RapidOCR read it instead.") for note in page.warnings)
