"""Ways in and out besides the scans bucket: an existing bucket, forms without AWS credentials, a consumer of events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devstack import PROJECT_ROOT
from scanproof.document import UNVERSIONED, ObjectId
from scanproof.workers.records import Status
from tests.stack.conftest import EXISTING_BUCKET, Pipeline
from tests.unit.opening.paper import pdf_with
from tests.unit.project.test_samples import consumer
from tests.unit.workers.test_upload_forms import post

KEY = "incoming/100 % certain+signed.pdf"  # EventBridge does not encode it, notifications do


def upload_to_existing_bucket(pipeline: Pipeline, folder: Path) -> tuple[ObjectId, ObjectId]:
    """Uploads a scan before the bucket has versions, and one afterwards."""
    s3, content = pipeline.stack_client.s3, pdf_with(folder / "existing.pdf", [(50, 50, "Total 12.00")]).read_bytes()
    if EXISTING_BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=EXISTING_BUCKET)
    s3.put_bucket_notification_configuration(
        Bucket=EXISTING_BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_object(Bucket=EXISTING_BUCKET, Key="elsewhere/ignored.pdf", Body=content)
    s3.put_object(Bucket=EXISTING_BUCKET, Key="incoming/early.pdf", Body=content)
    early = ObjectId(bucket=EXISTING_BUCKET, key="incoming/early.pdf", version_id=UNVERSIONED)
    pipeline.finished(early)
    s3.put_bucket_versioning(Bucket=EXISTING_BUCKET, VersioningConfiguration={"Status": "Enabled"})
    outputs = {"scanproof-outputs": "text,pdf"}
    version = s3.put_object(Bucket=EXISTING_BUCKET, Key=KEY, Body=content, Metadata=outputs)["VersionId"]
    scan = ObjectId(bucket=EXISTING_BUCKET, key=KEY, version_id=version)
    pipeline.finished(scan)
    return early, scan


def test_existing_bucket_is_processed(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    early, scan = upload_to_existing_bucket(pipeline, tmp_path)
    refused, published = pipeline.finished(early, scan)
    assert (refused.status, refused.reason and refused.reason.code) == (Status.FAILED, "bucket_unversioned")
    assert published.status is Status.PUBLISHED
    assert pipeline.document(published).pages[0].text == "Total 12.00"
    versions = pipeline.stack_client.s3.list_object_versions(Bucket=EXISTING_BUCKET, Prefix="elsewhere/")["Versions"]
    ignored = ObjectId(bucket=EXISTING_BUCKET, key="elsewhere/ignored.pdf", version_id=versions[0]["VersionId"])
    assert pipeline.stack_client.records.get(ignored) is None

    pipeline.stack.wait_idle()
    [event] = pipeline.events_of(scan)
    assert consumer(pipeline.stack_client.s3, monkeypatch).handler(event, None)["document_id"] == scan.document_id
    sample = json.loads((PROJECT_ROOT / "events/published/document-published.json").read_text(encoding="utf-8"))
    assert shape(event) == shape(sample)


def test_form_needs_no_credentials(pipeline: Pipeline, tmp_path: Path) -> None:
    request = {"name": "scan.pdf", "options": {"language": "fr"}}
    event = {"requestContext": {"authorizer": {"jwt": {"claims": {"sub": "alice"}}}}, "body": json.dumps(request)}
    form = json.loads(pipeline.stack.invoke("scanproof-upload", event).payload["body"])
    bucket = pipeline.stack_client.outputs.scans_bucket
    form["url"] = f"{pipeline.stack.endpoint_url}/{bucket}"  # not by way of the function's own connection
    content = pdf_with(tmp_path / "scan.pdf", [(50, 50, "Somme 12,00")]).read_bytes()
    assert post(form, content) in (200, 201, 204)
    [version] = pipeline.stack_client.s3.list_object_versions(Bucket=bucket, Prefix=form["key"])["Versions"]
    [record] = pipeline.finished(ObjectId(bucket=bucket, key=form["key"], version_id=version["VersionId"]))
    assert record.status is Status.PUBLISHED
    assert record.key.startswith("incoming/alice/")


def shape(value: Any) -> Any:
    """The names in an event without what they stand for."""
    return {name: shape(part) for name, part in value.items()} if isinstance(value, dict) else None
