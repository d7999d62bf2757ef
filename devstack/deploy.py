"""Deploys a translated template into the emulator and reads back what was deployed, which is what runs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from devstack.template import ARTIFACTS_BUCKET, CodeSource, Translation
from devstack.template_changes import adapt_to_emulator

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_DEPLOY_SECONDS = 60.0
_CAPABILITIES: Any = ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


class DeploymentError(RuntimeError):
    """The emulator did not create the stack; the message contains its reasons."""


@dataclass(frozen=True)
class DeployedFunction:
    """A function's deployed configuration, and the code that replaces its package."""

    name: str
    arn: str
    role_arn: str
    timeout_seconds: float
    memory_mb: int
    variables: Mapping[str, str]
    log_group: str
    log_format: str
    source: CodeSource
    killed_after_seconds: float | None = None  # None: at the time-out (see `timeouts` of stack.LocalStack)


@dataclass(frozen=True)
class EventSource:
    """A deployed event source mapping from a queue to a function."""

    function_name: str
    queue_url: str
    queue_arn: str
    batch_size: int
    window_seconds: float
    partial_failures: bool
    maximum_concurrency: int

    @property
    def queue_name(self) -> str:
        """Name of the queue, for messages."""
        return self.queue_arn.rsplit(":", 1)[1]


@dataclass(frozen=True)
class Deployment:
    """A deployed stack with its functions by name."""

    outputs: Mapping[str, str]
    functions: Mapping[str, DeployedFunction]
    event_sources: tuple[EventSource, ...]


def deploy(
    translation: Translation,
    stack_name: str,
    parameters: Mapping[str, str],
    session: boto3.Session,
    endpoint_url: str,
) -> Deployment:
    """Creates the stack, or updates one that was kept from an earlier run.

    Raises:
        DeploymentError: the stack was not created or updated.
    """
    cloudformation = session.client("cloudformation", endpoint_url=endpoint_url)
    template = json.dumps(adapt_to_emulator(translation.cloudformation))
    request: dict[str, Any] = {
        "StackName": stack_name,
        "TemplateURL": _stored_template(template, session, endpoint_url),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": _CAPABILITIES,
    }
    _create_or_update(cloudformation, request)
    outputs = _wait(cloudformation, stack_name)
    resources = cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    logical_ids = {
        resource["PhysicalResourceId"]: resource["LogicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }
    functions = _functions(
        session, endpoint_url, {name: translation.sources[logical_ids[name]] for name in logical_ids}
    )
    return Deployment(outputs, functions, _event_sources(session, endpoint_url, functions))


def _stored_template(text: str, session: boto3.Session, endpoint_url: str) -> str:
    """Stores the template in S3, as `sam deploy` does: a request takes 51,200 bytes at most. Returns its URL."""
    s3 = session.client("s3", endpoint_url=endpoint_url)
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # by a stack that was kept
        s3.create_bucket(Bucket=ARTIFACTS_BUCKET)
    s3.put_object(Bucket=ARTIFACTS_BUCKET, Key="template.json", Body=text.encode())
    return f"{endpoint_url}/{ARTIFACTS_BUCKET}/template.json"


def _create_or_update(cloudformation: CloudFormationClient, request: dict[str, Any]) -> None:
    try:
        cloudformation.create_stack(**request)
    except ClientError as error:
        if error.response["Error"].get("Code") != "AlreadyExistsException":
            raise
        _update(cloudformation, request)


def _update(cloudformation: CloudFormationClient, request: dict[str, Any]) -> None:
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise


def _wait(cloudformation: CloudFormationClient, stack_name: str) -> dict[str, str]:
    deadline = time.monotonic() + _DEPLOY_SECONDS
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    while stack["StackStatus"].endswith("IN_PROGRESS") and time.monotonic() < deadline:
        time.sleep(0.05)
        stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise DeploymentError(f"{stack_name} is {stack['StackStatus']}: {_failure_reasons(cloudformation, stack_name)}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _failure_reasons(cloudformation: CloudFormationClient, stack_name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack_name)["StackEvents"]
    failed = [event for event in events if "FAILED" in event.get("ResourceStatus", "")]
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)


def _functions(
    session: boto3.Session, endpoint_url: str, sources: Mapping[str, CodeSource]
) -> dict[str, DeployedFunction]:
    client = session.client("lambda", endpoint_url=endpoint_url)
    return {
        name: _function(client.get_function_configuration(FunctionName=name), source)
        for name, source in sources.items()
    }


def _function(configuration: Mapping[str, Any], source: CodeSource) -> DeployedFunction:
    name, logging = configuration["FunctionName"], configuration.get("LoggingConfig", {})
    return DeployedFunction(
        name=name,
        arn=configuration["FunctionArn"],
        role_arn=configuration["Role"],
        timeout_seconds=float(configuration["Timeout"]),
        memory_mb=int(configuration["MemorySize"]),
        # CloudFormation turns numbers from a mapping into strings; the emulator does not.
        variables={key: str(value) for key, value in configuration.get("Environment", {}).get("Variables", {}).items()},
        log_group=logging.get("LogGroup", f"/aws/lambda/{name}"),
        log_format=logging.get("LogFormat", "Text"),
        source=source,
    )


def _event_sources(
    session: boto3.Session, endpoint_url: str, functions: Mapping[str, DeployedFunction]
) -> tuple[EventSource, ...]:
    client = session.client("lambda", endpoint_url=endpoint_url)
    sqs = session.client("sqs", endpoint_url=endpoint_url)
    names = {function.arn: function.name for function in functions.values()}
    mappings = client.list_event_source_mappings()["EventSourceMappings"]

    def source(mapping: Mapping[str, Any]) -> EventSource:
        queue_arn = mapping["EventSourceArn"]
        return EventSource(
            function_name=names[mapping["FunctionArn"]],
            queue_url=sqs.get_queue_url(QueueName=queue_arn.rsplit(":", 1)[1])["QueueUrl"],
            queue_arn=queue_arn,
            batch_size=mapping["BatchSize"],
            window_seconds=mapping.get("MaximumBatchingWindowInSeconds", 0),
            partial_failures="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", ()),
            maximum_concurrency=mapping.get("ScalingConfig", {}).get("MaximumConcurrency", 1000),
        )

    return tuple(source(mapping) for mapping in mappings if mapping["FunctionArn"] in names)  # not another stack's
