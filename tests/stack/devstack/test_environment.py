"""Environment and rights of a function."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.stack.devstack.conftest import HERE, HOST_SECRET, Probe

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def description(probe: Probe) -> Any:
    assert set(probe.run({"do": "describe", "name": "description"})) == {"success"}
    return probe.note("description")


def test_environment_has_deployed_variables(probe: Probe, description: Any) -> None:
    variables = description["environment"]

    assert variables["GREETING"] == "good day"
    assert variables["RESULTS_BUCKET"] == probe.stack.outputs["ResultsBucketName"]
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "probe"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert variables["LAMBDA_TASK_ROOT"] == str(HERE / "functions/probe")
    assert variables["TZ"] == ":UTC"


def test_host_variables_do_not_leak(description: Any) -> None:
    variables = description["environment"]

    assert HOST_SECRET not in variables
    assert variables["HOME"] != os.environ.get("HOME")
    shared = {name for name, value in variables.items() if os.environ.get(name) == value}
    assert shared <= {"PATH", "LANG", "LC_CTYPE", "TZ", "AWS_DEFAULT_REGION"}


def test_layers_are_importable(description: Any) -> None:
    assert description["library"] == "probe_library"


def test_records_look_like_lambdas(description: Any) -> None:
    record = description["record"]

    assert record["eventSource"] == "aws:sqs"
    assert record["awsRegion"] == "us-east-1"
    assert record["eventSourceARN"].startswith("arn:aws:sqs:us-east-1:")
    assert json.loads(record["body"])["do"] == "describe"
    assert {"messageId", "receiptHandle", "md5OfBody", "messageAttributes"} <= record.keys()
    assert {"ApproximateReceiveCount", "SentTimestamp"} <= record["attributes"].keys()


def test_role_limits_function(probe: Probe) -> None:
    probe.run({"do": "trespass", "name": "trespass"})

    assert probe.note("trespass")["code"] == "AccessDenied"


def test_invocations_record_time_and_memory(probe: Probe, description: Any) -> None:
    lines = (probe.stack.log_dir / "invocations.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    cold = [record for record in records if record["init_milliseconds"] is not None]

    assert len(records) == len(probe.stack.invocations)
    assert cold and all(record["configured_memory_mb"] == 256 for record in records)
    assert all(0 < record["milliseconds"] < 10_000 for record in records if record["status"] == "success")
    if Path("/proc/self/status").exists():
        assert any((record["memory_mb"] or 0) > 10 for record in records)


def test_handler_exception_is_reported(probe: Probe) -> None:
    result = probe.stack.invoke("probe", {"Records": [{"body": json.dumps({"do": "no such thing"})}]})

    assert result.status == "error"
    assert result.payload["errorType"] == "KeyError"
