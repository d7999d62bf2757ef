"""What is made of template.yaml before it is deployed: translated without AWS, changed only by the listed edits."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from devstack import PROJECT_ROOT
from devstack.edits import EDITS, localise
from devstack.stack import TEMPLATE
from devstack.template import TemplateError, Translation, code_sources, translate

IMAGE_FUNCTION: dict[str, Any] = {
    "Type": "AWS::Serverless::Function",
    "Metadata": {"Dockerfile": "functions/reader/Dockerfile", "DockerContext": "."},
    "Properties": {"PackageType": "Image", "ImageConfig": {"Command": ["app.handler"]}},
}
LAYER: dict[str, Any] = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "layers/library"}}


@pytest.fixture(scope="module")
def translation() -> Translation:
    return translate(TEMPLATE)


def test_every_function_has_code(translation: Translation) -> None:
    functions = {name for name, it in _resources(translation).items() if it["Type"] == "AWS::Lambda::Function"}

    assert translation.sources.keys() == functions >= {"OcrFunction", "CorrectFunction", "PublishFunction"}
    for source in translation.sources.values():
        module, name = source.handler.split(".")
        assert f"def {name}(" in (source.folder / f"{module}.py").read_text()
        assert PROJECT_ROOT / "layers/scanproof" in source.libraries


def test_image_runs_from_dockerfile_folder() -> None:
    sources = code_sources({"Resources": {"Reader": IMAGE_FUNCTION, "Library": LAYER}}, Path("/project"))

    assert sources["Reader"].handler == "app.handler"
    assert sources["Reader"].folder == Path("/project/functions/reader")
    assert sources["Reader"].libraries == (Path("/project/layers/library"),)


def test_image_without_command_is_refused() -> None:
    function = copy.deepcopy(IMAGE_FUNCTION)
    del function["Properties"]["ImageConfig"]

    with pytest.raises(TemplateError, match=r"Reader: 'ImageConfig' is missing"):
        code_sources({"Resources": {"Reader": function}}, Path("/project"))


def test_zip_function_gets_named_layers() -> None:
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"CodeUri": "functions/writer", "Handler": "app.handler", "Layers": [{"Ref": "Library"}]},
    }
    resources = {"Writer": function, "Library": LAYER, "Unused": LAYER}

    assert code_sources({"Resources": resources}, Path("/p"))["Writer"].libraries == (Path("/p/layers/library"),)


def test_only_listed_resources_change(translation: Translation) -> None:
    original, local = _resources(translation), localise(translation.cloudformation)["Resources"]
    changed = {original[name]["Type"] for name in original if local.get(name) != original[name]}

    assert changed <= {
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::CapacityProvider",
        "AWS::Lambda::Function",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::CloudWatch::Alarm",
        "AWS::Budgets::Budget",
        "AWS::IAM::Role",
    }
    assert local.keys() <= original.keys()
    assert all(edit.__doc__ for edit in EDITS)


def test_original_template_stays_unchanged(translation: Translation) -> None:
    before = copy.deepcopy(translation.cloudformation)
    localise(translation.cloudformation)

    assert translation.cloudformation == before


def test_only_tls_denials_are_removed() -> None:
    tls = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    other = {"Effect": "Deny", "Condition": {"StringNotEquals": {"s3:prefix": "x"}}}
    resources = {
        "Both": {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": [tls, other]}}},
        "Tls": {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": [tls]}}},
    }

    local = localise({"Resources": resources})["Resources"]

    assert list(local) == ["Both"]
    assert local["Both"]["Properties"]["PolicyDocument"]["Statement"] == [other]


def test_enabled_mappings_are_kept_disabled() -> None:
    resources = {
        "On": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {}},
        "Off": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"Enabled": False}},
    }

    local = localise({"Resources": resources})["Resources"]

    assert local == {"On": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"Enabled": False}}}


def test_capacity_providers_are_removed() -> None:
    function = {"CapacityProviderConfig": {"Arn": {"Ref": "Gpus"}}, "AcceleratorConfig": {}, "Timeout": 9}
    resources = {
        "Gpus": {"Type": "AWS::Lambda::CapacityProvider", "Properties": {}},
        "Corrector": {"Type": "AWS::Lambda::Function", "Properties": function},
    }

    local = localise({"Resources": resources})["Resources"]

    assert local == {"Corrector": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 9}}}


def test_batch_actions_are_added() -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "queue"}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}

    local = localise({"Resources": {"Role": role}})["Resources"]["Role"]

    (edited,) = local["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert edited["Action"] == ["sqs:SendMessage", "sqs:SendMessageBatch"]
    assert edited["Resource"] == "queue"


def _resources(translation: Translation) -> dict[str, Any]:
    resources: dict[str, Any] = translation.cloudformation["Resources"]
    return resources
