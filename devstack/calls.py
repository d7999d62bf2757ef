"""Reads the IAM action and resource off each AWS call that leaves a function's environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from devstack.emulator import REGION

ACCOUNT = "000000000000"


@dataclass(frozen=True, order=True)
class Call:
    """An IAM action on a resource."""

    action: str
    resource: str


def call_of(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Call:
    """Reads the action and resource off a request.

    Raises:
        ValueError: the service is one that no function of the template uses.
    """
    service, _, operation = headers.get("X-Amz-Target", "").rpartition(".")
    if not operation:
        return _s3_call(method, path)
    content = json.loads(body)
    if service.startswith("DynamoDB"):
        index = f"/index/{content['IndexName']}" if "IndexName" in content else ""
        return Call(f"dynamodb:{operation}", _arn("dynamodb", f"table/{content['TableName']}{index}"))
    if service == "AmazonSQS":
        queue = content["QueueUrl"].rsplit("/", 1)[1]
        return Call(f"sqs:{operation.removesuffix('Batch')}", _arn("sqs", queue))  # IAM has no batch actions
    if service == "AWSEvents":
        return Call(f"events:{operation}", _arn("events", "event-bus/default"))
    if service == "secretsmanager":
        return Call(f"secretsmanager:{operation}", content["SecretId"])
    raise ValueError(f"a call to {service}, a service that the local stack does not know")


def _s3_call(method: str, path: str) -> Call:
    parts = urlsplit(path)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    query = parse_qs(parts.query)
    if not key:
        action = "ListBucketVersions" if "versions" in parse_qs(parts.query, keep_blank_values=True) else "ListBucket"
        return Call(f"s3:{action}", f"arn:aws:s3:::{bucket}")
    action = {"GET": "GetObject", "HEAD": "GetObject", "DELETE": "DeleteObject"}.get(method, "PutObject")
    version = "Version" if "versionId" in query and action != "PutObject" else ""
    return Call(f"s3:{action}{version}", f"arn:aws:s3:::{bucket}/{key}")


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"
