"""Updating a stack of an earlier release keeps its data, its physical names and the messages in flight."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devstack.stack import STACK_NAME, LocalStack
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.local_stack import access_to
from scanproof.document import ObjectId, parse_document
from scanproof.workers.records import Status
from tests.compatibility.stored import RELEASES, load
from tests.unit.opening.paper import pdf_with

HOLDS_DATA = {
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::SQS::Queue",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
}


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_update_keeps_data_and_messages(release: Path, tmp_path: Path) -> None:
    stored_items, data = load(release, "items.json"), tmp_path / "data"
    with LocalStack(tmp_path / "before", data, release / "template.yaml") as stack:
        for source in stack.deployment.event_sources:
            stack.pause(source.function_name)
        before, client = physical_ids(stack), access_to(stack).stack_client()
        published, in_flight = restore(stack, client, stored_items, load(release, "objects.json"))
        waiting = client.upload(pdf_with(tmp_path / "late.pdf", [(50, 50, "Uploaded before")]), "incoming/late.pdf", {})
    with LocalStack(tmp_path / "after", data) as stack:
        after, client = physical_ids(stack), access_to(stack).stack_client()
        assert {name: after.get(name) for name in before} == before
        records = dict(client.wait([waiting, in_flight], 120))
        assert {record.status for record in records.values()} == {Status.PUBLISHED}
        finished = parse_document(client.results(records[in_flight])["document.json"])
        record = client.records.get(published)
        assert record is not None
        old = parse_document(client.results(record)["document.json"])
        assert old.text == finished.text  # the same raw page, corrected before and after the update
        failed = [item for item in stored_items if item.get("status") == "failed"]
        assert [record.key for record in client.search("by_status_and_day", "status", "failed")] == [failed[0]["key"]]


def physical_ids(stack: LocalStack) -> dict[str, str]:
    """Of the resources that hold data, by logical id."""
    cloudformation = stack.session().client("cloudformation", endpoint_url=stack.endpoint_url)
    resources = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources if r["ResourceType"] in HOLDS_DATA}


def restore(
    stack: LocalStack, client: StackClient, items: list[dict[str, Any]], objects: dict[str, str]
) -> tuple[ObjectId, ObjectId]:
    """Stores what the release stored: a published document, and a copy of it whose page waits for its correction."""
    table = stack.session().resource("dynamodb", endpoint_url=stack.endpoint_url).Table(client.outputs.documents_table)
    for item in items:
        table.put_item(Item=item)
    for key, content in objects.items():
        client.s3.put_object(Bucket=client.outputs.results_bucket, Key=key, Body=content.encode())
    [record] = [item for item in items if item.get("status") == "published"]
    published = ObjectId(**{name: record[name] for name in ("bucket", "key", "version_id")})
    in_flight = published.model_copy(update={"version_id": "in-flight"})
    unfinished = {**record, **in_flight.model_dump(), "pk": f"document#{in_flight.document_id}", "status": "correcting"}
    for name in ("results_prefix", "pages_done", "event_sent", "fields"):
        del unfinished[name]
    table.put_item(Item=unfinished)
    for name in ("raw/00001.json", "scan.json"):
        content = objects[f"pages/{published.document_id}/1/{name}"]
        key = f"pages/{in_flight.document_id}/1/{name}"
        client.s3.put_object(Bucket=client.outputs.results_bucket, Key=key, Body=content.encode())
    message = {"object_id": in_flight.model_dump(), "attempt": 1, "kind": "correct", "page": 1}
    client.sqs.send_message(QueueUrl=client.outputs.queue_urls["correct"], MessageBody=json.dumps(message))
    return published, in_flight
