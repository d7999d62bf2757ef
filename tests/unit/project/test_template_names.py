"""No two resources of the template ever need the same name: CloudFormation creates before it deletes."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from devstack.stack import TEMPLATE
from devstack.template import translate

# Where AWS refuses a second resource that agrees in these, although none of them is a name.
UNIQUE_TOGETHER = {
    "AWS::Lambda::EventSourceMapping": ("FunctionName", "EventSourceArn"),
    "AWS::EC2::VPCEndpoint": ("VpcId", "ServiceName"),
    "AWS::EC2::Route": ("RouteTableId", "DestinationCidrBlock"),
    "AWS::EC2::SubnetRouteTableAssociation": ("SubnetId",),
}


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = translate(TEMPLATE, {}).cloudformation["Resources"]
    return found


def shared_names(resources: dict[str, Any]) -> list[tuple[str, str]]:
    """Finds the pairs of resources that would have the same physical name, under whatever conditions."""
    names = {name: set(physical_names(resource)) for name, resource in resources.items()}
    return [(one, other) for one, other in itertools.combinations(sorted(names), 2) if names[one] & names[other]]


def physical_names(resource: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yields what identifies a resource: its type with its name, once for each alternative of a conditional name."""
    kind, properties = resource["Type"], resource.get("Properties", {})
    keys = UNIQUE_TOGETHER.get(kind) or tuple(key for key in create_only(kind) if key.endswith("Name"))
    if keys and all(key in properties for key in keys):
        for combination in itertools.product(*(alternatives(properties[key]) for key in keys)):
            yield (kind, *(json.dumps(value, sort_keys=True) for value in combination))


def create_only(kind: str) -> list[str]:
    """Lists the top-level properties whose change replaces a resource of this kind."""
    paths = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema.get("createOnlyProperties", [])
    return [path.removeprefix("/properties/") for path in paths]


def alternatives(value: Any) -> list[Any]:
    match value:
        case {"Fn::If": [_, yes, no]}:
            return [*alternatives(yes), *alternatives(no)]
    return [value]


def test_no_two_resources_share_names(resources: dict[str, Any]) -> None:
    named = [name for name, resource in resources.items() if list(physical_names(resource))]
    assert {"CorrectFunction", "CorrectGpuFunction", "CorrectGpuSource", "OcrQueue", "CorrectLogs", "OcrSource"} <= {
        *named
    }
    assert shared_names(resources) == []


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        ("CorrectFunction", "CorrectGpuFunction", "FunctionName"),  # as it was: switching compute rolled back
        ("OcrLogs", "AsposeOcrLogs", "LogGroupName"),
        ("OcrQueue", "RapidOcrQueue", "QueueName"),
        ("OcrSource", "RapidOcrSource", "EventSourceArn"),
    ],
)
def test_shared_names_are_found(resources: dict[str, Any], one: str, other: str, key: str) -> None:
    changed = copy.deepcopy(resources)
    name = changed[one]["Properties"][key]
    changed[other]["Properties"][key] = {"Fn::If": ["UseGpu", "another", name]}
    assert shared_names(changed) == [tuple(sorted((one, other)))]


def test_existing_names_are_kept(resources: dict[str, Any]) -> None:
    """The log group keeps its name, too: both functions write into it, so what is stored about it stays true."""
    assert resources["CorrectFunction"]["Properties"]["FunctionName"] == {"Fn::Sub": "${NamePrefix}-correct"}
    assert resources["CorrectLogs"]["Properties"]["LogGroupName"] == {"Fn::Sub": "/aws/lambda/${NamePrefix}-correct"}
    for function in ("CorrectFunction", "CorrectGpuFunction"):
        assert resources[function]["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": "CorrectLogs"}
