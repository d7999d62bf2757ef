"""Translation of the template without AWS."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from devstack import PROJECT_ROOT
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
        assert re.search(rf"^{name} = make_\w*handler\(", (source.folder / f"{module}.py").read_text(), re.MULTILINE)
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


def _resources(translation: Translation) -> dict[str, Any]:
    resources: dict[str, Any] = translation.cloudformation["Resources"]
    return resources
