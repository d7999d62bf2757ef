"""CorrectFunction's own handler with a language model in its image: a small real one, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from scanproof.document import ObjectId
from scanproof.workers.messages import CorrectPage
from scanproof.workers.records import Status
from tests.stack.conftest import Pipeline
from tests.stack.test_delivery import toolbox_of
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


def test_a_page_goes_through_tagger_and_language_model_and_says_so(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.stack.pause(FUNCTION)
    of = pipeline.upload(saved(page_image(text="Read twice, the second time by another"), tmp_path / "twice.png"))
    while not (record := pipeline.operator.records.get(of)) or record.pages_total is None:
        pass
    pipeline.stack.wait_idle(function_name="scanproof-ocr")
    pipeline.operator.sqs.purge_queue(QueueUrl=pipeline.operator.outputs.queue_urls["correct"])
    _ask_for_both(pipeline, of)
    answer = _invoke(pipeline, exported(tmp_path / "model", "tiny"), CorrectPage(object_id=of, attempt=1, page=1))
    assert json.loads(answer.splitlines()[-1]) == {"batchItemFailures": []}
    pipeline.stack.resume(FUNCTION)
    [record] = pipeline.finished(of)
    [page] = pipeline.document(record).pages
    assert record.status is Status.PUBLISHED
    assert page.corrector == "fast+accurate"
    assert "tiny-fp32-" in (page.model_version or "")
    assert page.text == "Read twice, the second time by another"  # what random weights write is refused
    assert any(found.refusals for found in page.lines)
    metrics = [json.loads(row) for row in answer.splitlines() if '"LinesReadAgain"' in row]
    assert [row["LinesReadAgain"] for row in metrics] == [[1.0]]
    assert "correcting on cpu" in answer  # the device is never chosen silently


def _ask_for_both(pipeline: Pipeline, of: ObjectId) -> None:
    """As if it had been asked for at upload; the stack here, which has no language model, would have refused that."""
    objects = toolbox_of(pipeline).objects
    info = objects.scan_info(of, 1)
    options = info.options.model_copy(update={"corrector": "fast+accurate"})
    objects.put_scan_info(of, 1, info.model_copy(update={"options": options}))


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
