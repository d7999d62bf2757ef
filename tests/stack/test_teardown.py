"""Teardown deletes only what was requested, and only after the name was typed."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from devstack.stack import STACK_NAME, LocalStack
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.admin.teardown import Teardown, companion_name
from scanproof.cli.commands.teardown import run
from scanproof.cli.local_stack import access_to
from scanproof.errors import PermanentError


def test_teardown_needs_typed_name(tmp_path: Path) -> None:
    with LocalStack(tmp_path) as stack:
        client = access_to(stack).stack_client()
        for _ in range(2):
            client.s3.put_object(Bucket=client.outputs.scans_bucket, Key="elsewhere/scan.png", Body=b"x")
        client.s3.delete_object(Bucket=client.outputs.scans_bucket, Key="elsewhere/scan.png")
        stack.wait_idle()
        worker = Teardown(STACK_NAME, stack.session(), stack.endpoint_url)
        kept = worker.kept()
        assert set(kept.buckets) == {client.outputs.scans_bucket, client.outputs.results_bucket}
        assert kept.tables == (client.outputs.documents_table,)
        assert len(kept.keys) == 1

        refused = typed("scanproof-other", worker)
        assert refused.exit_code == 2
        assert worker.objects_in(client.outputs.scans_bucket) == 2

        repository = store_image(stack)
        done = typed(STACK_NAME, worker)
        assert done.exit_code == 0, done.output
        assert "2 object versions" in done.output
        assert buckets(client) == set()
        assert f"deleted the images in {repository}" in done.output
        ecr = stack.session().client("ecr", endpoint_url=stack.endpoint_url)
        assert ecr.describe_repositories()["repositories"] == []
        cloudformation = stack.session().client("cloudformation", endpoint_url=stack.endpoint_url)
        left = cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE", "DELETE_FAILED"])["StackSummaries"]
        assert left == []
        kms = stack.session().client("kms", endpoint_url=stack.endpoint_url)
        assert kms.describe_key(KeyId=kept.keys[0])["KeyMetadata"]["KeyState"] == "PendingDeletion"
        with pytest.raises(PermanentError, match="No stack"):
            Teardown("never-deployed", stack.session(), stack.endpoint_url).kept()


def store_image(stack: LocalStack) -> str:
    """Leaves what `sam deploy` leaves: a companion stack with a repository that holds an image."""
    repository = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "scanproof/ocrfunction"}}
    cloudformation = stack.session().client("cloudformation", endpoint_url=stack.endpoint_url)
    name = companion_name(STACK_NAME)
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Repository": repository}}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name)
    ecr = stack.session().client("ecr", endpoint_url=stack.endpoint_url)
    ecr.put_image(repositoryName="scanproof/ocrfunction", imageManifest="{}", imageTag="latest")
    return "scanproof/ocrfunction"


def typed(name: str, worker: Teardown) -> click.testing.Result:
    command = click.Command("teardown", callback=lambda: run(worker, STACK_NAME, keep_data=False))
    return CliRunner().invoke(command, [], input=f"{name}\n")


def buckets(client: StackClient) -> set[str]:
    return {bucket["Name"] for bucket in client.s3.list_buckets()["Buckets"]} - {"local-artifacts"}
