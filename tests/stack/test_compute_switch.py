"""Switching the corrector from the CPU to a GPU and back updates the stack in place: names stay, nothing collides."""

from __future__ import annotations

from typing import Any

import boto3

from devstack.deploy import Deployment, deploy
from devstack.stack import TEMPLATE
from devstack.template import Translation, translate
from tests.stack.conftest import Pipeline

STACK, PREFIX = "switched", "switched"
ON_CPU, ON_GPU = f"{PREFIX}-correct", f"{PREFIX}-correct-gpu"
KEPT = {
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
}


def test_compute_switches_there_and_back(pipeline: Pipeline) -> None:
    template = translate(TEMPLATE)
    before = switch(pipeline, template, "cpu")
    assert consumers(before[0]) == {ON_CPU}
    on_gpu = switch(pipeline, template, "gpu")
    assert consumers(on_gpu[0]) == {ON_GPU}
    assert on_gpu[1] == before[1]
    assert on_gpu[0].functions[ON_GPU].log_group == before[0].functions[ON_CPU].log_group
    back = switch(pipeline, template, "cpu")
    assert consumers(back[0]) == {ON_CPU}
    assert back[1] == before[1]
    pipeline.client("cloudformation").delete_stack(StackName=STACK)


def switch(pipeline: Pipeline, template: Translation, compute: str) -> tuple[Deployment, dict[str, str]]:
    """Deploys or updates the stack; returns it, and the physical ids of what it keeps by logical id."""
    parameters = {"NamePrefix": PREFIX, "CorrectCompute": compute}
    session: boto3.Session = pipeline.stack.session()
    deployment = deploy(template, STACK, parameters, session, pipeline.stack.endpoint_url)
    resources: list[dict[str, Any]] = pipeline.client("cloudformation").describe_stack_resources(StackName=STACK)[
        "StackResources"
    ]
    kept = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources if r["ResourceType"] in KEPT}
    return deployment, kept


def consumers(deployment: Deployment) -> set[str]:
    """Functions that consume the correct queue; none of the two is deployed without doing so."""
    found = {source.function_name for source in deployment.event_sources if source.queue_name == f"{PREFIX}-correct"}
    assert found == {name for name in deployment.functions if name.startswith(ON_CPU)}
    return found
