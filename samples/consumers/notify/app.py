"""A consumer of Scanproof's events: fetches the result of a published document and says what is in it.

An event may come twice, with the same event_id. Where a repetition would do harm, remember that id before acting.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import boto3

logger = logging.getLogger()
logger.setLevel(logging.INFO)
s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handles one event. What it returns is where a real consumer would write to its own system."""
    detail = event["detail"]
    if event["detail-type"] == "Document Failed":
        logger.warning("%s failed: %s", detail["document_id"], detail["reason"]["code"])
        return {"document_id": detail["document_id"], "failed": detail["reason"]["code"]}
    results = detail["results"]
    answer = s3.get_object(Bucket=results["bucket"], Key=results["prefix"] + "document.json")
    document = json.load(answer["Body"])
    fields = {field["name"]: field["value"] for field in document["fields"]}
    logger.info("%s has %d pages and the fields %s", detail["document_id"], detail["pages"], sorted(fields))
    return {"document_id": detail["document_id"], "needs_review": detail["needs_review"], "fields": fields}
