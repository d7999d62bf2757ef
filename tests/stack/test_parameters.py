"""The template's rules, as the emulator's CloudFormation applies them before it creates anything."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from devstack.stack import TEMPLATE
from devstack.template import translate
from devstack.template_changes import adapt_to_emulator
from tests.stack.conftest import Pipeline

REFUSED = {
    "half a network": ({"CorrectCompute": "gpu", "GpuSubnetIds": "subnet-1,subnet-2"}, "belong together"),
    "the other half": ({"CorrectCompute": "gpu", "GpuSecurityGroupIds": "sg-1"}, "belong together"),
    "a network without a GPU": ({"GpuSubnetIds": "subnet-1", "GpuSecurityGroupIds": "sg-1"}, "outside of any VPC"),
    "no instance at first, then two": ({"CorrectCompute": "gpu", "GpuMinEnvironments": "0"}, "both 0"),
    "a large model on the CPU": ({"CorrectModel": "accurate", "AcceptModelLicence": "yes"}, "needs CorrectCompute=gpu"),
    "a licence not agreed to": ({"CorrectModel": "accurate", "CorrectCompute": "gpu"}, "not for commercial use"),
    "a prefix that no bucket may have": ({"NamePrefix": "Scan Proof"}, "NamePrefix"),
}


@pytest.fixture(scope="module")
def template() -> str:
    """Parameters stay parameters, so one translation does for all."""
    return json.dumps(adapt_to_emulator(translate(TEMPLATE).cloudformation))


@pytest.mark.parametrize("case", REFUSED)
def test_invalid_parameters_are_refused(pipeline: Pipeline, template: str, case: str) -> None:
    parameters, message = REFUSED[case]
    with pytest.raises(ClientError, match=message):
        pipeline.client("cloudformation").create_stack(
            StackName="refused",
            TemplateBody=template,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
