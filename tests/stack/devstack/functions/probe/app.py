"""Handles each message as its body requests, so that tests can observe how the stack reacts."""

import ctypes
import json
import os
import subprocess
import sys
import time
from typing import Any

import boto3
import probe_library  # type: ignore[import-not-found]
from botocore.exceptions import ClientError

s3 = boto3.client("s3")
RESULTS = os.environ["RESULTS_BUCKET"]


def handler(event: dict[str, Any], context: Any) -> Any:
    answer = None
    for record in event["Records"]:
        task = json.loads(record["body"])
        answer = ACTIONS[task["do"]](task, record, event) or answer
    return answer


def succeed(task: dict[str, Any], record: dict[str, Any], event: dict[str, Any]) -> None:
    note(task["name"], {"batch": len(event["Records"]), "received": record["attributes"]["ApproximateReceiveCount"]})


def report_itself(task: dict[str, Any], record: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    note(task["name"], {"received": record["attributes"]["ApproximateReceiveCount"]})
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}


def answer_nonsense(task: dict[str, Any], record: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    first = int(record["attributes"]["ApproximateReceiveCount"]) == 1
    return {"batchItemFailures": [{"itemIdentifier": "no such message"}] if first else []}


def raise_once(task: dict[str, Any], record: dict[str, Any], event: dict[str, Any]) -> None:
    if int(record["attributes"]["ApproximateReceiveCount"]) == 1:
        raise RuntimeError("a bad day")
    succeed(task, record, event)


def hang_once(task: dict[str, Any], record: dict[str, Any], event: dict[str, Any]) -> None:
    if int(record["attributes"]["ApproximateReceiveCount"]) == 1:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        note("hung", {"pid": os.getpid(), "child": child.pid})
        time.sleep(600)
    succeed(task, record, event)


def exit_once(task: dict[str, Any], record: dict[str, Any], event: dict[str, Any]) -> None:
    if int(record["attributes"]["ApproximateReceiveCount"]) == 1:
        os._exit(3)
    succeed(task, record, event)


def segfault_once(task: dict[str, Any], record: dict[str, Any], event: dict[str, Any]) -> None:
    if int(record["attributes"]["ApproximateReceiveCount"]) == 1:
        ctypes.string_at(0)
    succeed(task, record, event)


def describe(task: dict[str, Any], record: dict[str, Any], event: dict[str, Any]) -> None:
    note(task["name"], {"environment": dict(os.environ), "record": record, "library": probe_library.NAME})


def trespass(task: dict[str, Any], record: dict[str, Any], event: dict[str, Any]) -> None:
    try:
        s3.list_buckets()
        code = "allowed"
    except ClientError as error:
        code = error.response["Error"]["Code"]
    note(task["name"], {"code": code})


def note(name: str, content: dict[str, Any]) -> None:
    s3.put_object(Bucket=RESULTS, Key=name, Body=json.dumps(content).encode())


ACTIONS = {
    "succeed": succeed,
    "fail": report_itself,
    "nonsense": answer_nonsense,
    "raise once": raise_once,
    "hang once": hang_once,
    "exit once": exit_once,
    "segfault once": segfault_once,
    "describe": describe,
    "trespass": trespass,
}
