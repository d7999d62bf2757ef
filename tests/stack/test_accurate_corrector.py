"""CorrectFunction's own handler with a language model in its image: a small real one, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devstack.stack import LocalStack
from scanproof.workers.messages import CorrectPage
from scanproof.workers.records import Status
from tests.stack.conftest import Pipeline
from tests.unit.correction.exported import exported
from tests.unit.opening.paper import page_image, saved

FUNCTION = "scanproof-correct"
FOLDER = Path(__file__).parents[2] / "functions" / "correct"
LAMBDA = """
import json, sys, types
import app
context = types.SimpleNamespace(
    function_name="scanproof-correct", memory_limit_in_mb=4096, aws_request_id="1",
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:scanproof-correct",
    get_remaining_time_in_millis=lambda: 60_000,
)
print(json.dumps(app.handler(json.load(sys.stdin), context)))
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    """A stack of its own, deployed with a language model."""
    (tmp_path / "logs").mkdir()
    with LocalStack(tmp_path / "logs", parameters={"CorrectModel": "accurate-apache"}, retry_seconds=2) as stack:
        yield Pipeline(stack)


def test_page_passes_both_correctors(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.stack.pause(FUNCTION)
    image = saved(page_image(text="Read twice, the second time by another"), tmp_path / "twice.png")
    scan = pipeline.upload(image, corrector="fast+accurate", mode="generate")
    while not (record := pipeline.stack_client.records.get(scan)) or record.pages_total is None:
        pass
    pipeline.stack.wait_idle(function_name="scanproof-ocr")
    pipeline.stack_client.sqs.purge_queue(QueueUrl=pipeline.stack_client.outputs.queue_urls["correct"])
    answer = _invoke(pipeline, exported(tmp_path / "model", "tiny"), CorrectPage(object_id=scan, attempt=1, page=1))
    assert json.loads(answer.splitlines()[-1]) == {"batchItemFailures": []}
    pipeline.stack.resume(FUNCTION)
    [record] = pipeline.finished(scan)
    [page] = pipeline.document(record).pages
    assert record.status is Status.PUBLISHED
    assert page.corrector == "fast+accurate"
    assert "tiny-fp32-" in (page.model_version or "")
    assert page.text == "Read twice, the second time by another"  # what random weights write is refused
    assert any(found.refusals for found in page.lines)
    metrics = [json.loads(row) for row in answer.splitlines() if '"LinesSentToLm"' in row]
    assert [row["LinesSentToLm"] for row in metrics] == [[1.0]]
    assert "correcting on cpu" in answer  # the device is never chosen silently


@pytest.mark.parametrize("options", [{"corrector": "accurate"}, {"model": "accurate-apache"}])
def test_deployed_model_may_be_requested(pipeline: Pipeline, tmp_path: Path, options: dict[str, str]) -> None:
    scan = pipeline.upload(saved(page_image(text="Corrected by the deployed model"), tmp_path / "asked.png"), **options)
    [record] = pipeline.finished(scan)
    assert record.status is Status.PUBLISHED


def test_other_models_are_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    scan = pipeline.upload(saved(page_image(text="Refused"), tmp_path / "other.png"), model="gpt2")
    [record] = pipeline.finished(scan)
    assert record.reason is not None
    assert record.reason.code == "model_unavailable"
    assert "accurate-apache" in record.reason.next_step


def _invoke(pipeline: Pipeline, model: Path, message: CorrectPage) -> str:
    """What the handler prints: its answer last."""
    stack = pipeline.stack
    rights = stack.session_as(FUNCTION).get_credentials()
    assert rights is not None
    function = stack.deployment.functions[FUNCTION]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SCANPROOF_"))},
        **function.variables,
        "AWS_ENDPOINT_URL": stack.endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": rights.access_key,
        "AWS_SECRET_ACCESS_KEY": rights.secret_key,
        **({"AWS_SESSION_TOKEN": rights.token} if rights.token else {}),
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "4096",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "SCANPROOF_ACCURATE_MODEL": str(model),
        "SCANPROOF_CONTEXT_SIZE": "256",
    }
    body = {
        "messageId": "1",
        "receiptHandle": "1",
        "body": message.model_dump_json(),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
        "awsRegion": "us-east-1",
    }
    event: dict[str, Any] = {"Records": [body]}
    command = [sys.executable, "-c", LAMBDA]
    ended = subprocess.run(
        command, cwd=FOLDER, env=environment, input=json.dumps(event), capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
