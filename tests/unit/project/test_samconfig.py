"""The deployments of samconfig.toml fit the template."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from devstack import PROJECT_ROOT
from devstack.stack import TEMPLATE
from devstack.template import translate

CONFIG = {
    name: value
    for name, value in tomllib.loads((PROJECT_ROOT / "samconfig.toml").read_text(encoding="utf-8")).items()
    if name != "version"
}

SAM = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def parameters() -> dict[str, Any]:
    found: dict[str, Any] = translate(TEMPLATE, {}).cloudformation["Parameters"]
    return found


def overrides(environment: str, command: str) -> dict[str, str]:
    pairs = CONFIG[environment][command]["parameters"]["parameter_overrides"]
    return dict(pair.split("=", 1) for pair in pairs)


def test_documented_configurations_exist() -> None:
    assert set(CONFIG) == {"dev", "prod", "gpu", "aspose"}


@pytest.mark.parametrize("environment", CONFIG)
def test_overrides_are_valid_parameters(environment: str, parameters: dict[str, Any]) -> None:
    for name, value in overrides(environment, "deploy").items():
        parameter = parameters[name]
        assert value in map(str, parameter.get("AllowedValues", [value]))
        assert re.search(parameter.get("AllowedPattern", ""), value)


@pytest.mark.parametrize("environment", CONFIG)
def test_build_and_deploy_parameters_agree(environment: str) -> None:
    deployed = overrides(environment, "deploy")
    assert overrides(environment, "build") == deployed
    excluded = set(CONFIG[environment]["build"]["parameters"].get("exclude", []))
    compute = deployed.get("CorrectCompute", "cpu")
    assert ("CorrectGpuFunction" in excluded) == (compute == "cpu")
    assert ("CorrectFunction" in excluded) == (
        compute == "gpu"
    )  # else the image of a language model would be built twice
    for image in excluded & {"CorrectFunction", "CorrectGpuFunction"}:  # not built, so it needs an address all the same
        properties = SAM["Resources"][image]["Properties"]
        assert "ImageUri" in (properties if "ImageUri" in properties else properties["Code"])
    built = [name for name, resource in SAM["Resources"].items() if "Aspose" in name and "BuildMethod" in str(resource)]
    assert built
    assert (excluded >= {"AsposeOcrFunction", *built}) == (deployed.get("OcrEngine", "rapidocr") == "rapidocr")
    assert excluded <= set(SAM["Resources"])


@pytest.mark.parametrize("environment", CONFIG)
def test_cost_tag_matches_the_budget(environment: str) -> None:
    prefix = overrides(environment, "deploy")["NamePrefix"]
    assert CONFIG[environment]["deploy"]["parameters"]["tags"] == [f"scanproof={prefix}"]
