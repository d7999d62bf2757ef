"""Translates template.yaml as SAM does, without an AWS call, and finds each function's code.

Placeholders replace the code that `sam package` would upload: the emulator only stores the functions.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# samtranslator gets the region's partition from boto3.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.public.translator import ManagedPolicyLoader  # type: ignore[import-untyped]
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

# Its telemetry, which warns at exit that nothing collected it.
logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)

JsonObject = dict[str, Any]

ARTIFACTS_BUCKET = "local-artifacts"
_MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "AWSLambdaSQSQueueExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
    "AWSXRayDaemonWriteAccess": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
}


class TemplateError(ValueError):
    """The template uses something that the local stack cannot run."""


@dataclass(frozen=True)
class CodeSource:
    """Code of a function: ``module.function``, its folder, and the folders that its layers or its image add."""

    handler: str
    folder: Path
    libraries: tuple[Path, ...]


@dataclass(frozen=True)
class Translation:
    """A translated template: plain CloudFormation, and the code of its functions by logical id."""

    cloudformation: JsonObject
    sources: dict[str, CodeSource]


def translate(template: Path, parameters: Mapping[str, str] | None = None) -> Translation:
    """Translates a SAM template; its parameters stay parameters.

    Raises:
        TemplateError: a function names neither its code nor the Dockerfile that builds it.
        samtranslator.model.exceptions.InvalidDocumentException: the template is not valid.
    """
    sam: JsonObject = yaml_parse(template.read_text())
    sources = code_sources(sam, template.resolve().parent)
    for logical_id, resource in sam["Resources"].items():
        _point_to_package(logical_id, resource)
    return Translation(transform(sam, dict(parameters or {}), _OfflinePolicies()), sources)


def code_sources(sam: JsonObject, root: Path) -> dict[str, CodeSource]:
    """Finds the code of every function by logical id.

    Raises:
        TemplateError: as :func:`translate`.
    """
    layers = {
        name: _layer_folder(root / resource["Properties"]["ContentUri"], root)
        for name, resource in sam["Resources"].items()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    }
    return {
        name: _source(name, resource, layers, root)
        for name, resource in sam["Resources"].items()
        if resource["Type"] in ("AWS::Serverless::Function", "AWS::Lambda::Function")
    }


def _layer_folder(content: Path, root: Path) -> Path:
    """Returns what a layer adds to the path: its source, or its build for this Python (`make aspose-layer`)."""
    if not (content / "Makefile").exists() or any(content.glob("*/__init__.py")):
        return content
    return root / ".scanproof" / f"{content.name}-layer-{sys.version_info.major}.{sys.version_info.minor}" / "python"


def _source(name: str, resource: JsonObject, layers: Mapping[str, Path], root: Path) -> CodeSource:
    properties = resource["Properties"]
    if properties.get("PackageType") == "Image":
        return _image_source(name, resource, layers, root)
    if "CodeUri" not in properties:
        raise TemplateError(f"{name}: CodeUri is missing; the local stack runs zip functions from their folder")
    attached = tuple(layers[layer["Ref"]] for layer in properties.get("Layers", ()) if layer.get("Ref") in layers)
    return CodeSource(properties["Handler"], root / properties["CodeUri"], attached)


def _image_source(name: str, resource: JsonObject, layers: Mapping[str, Path], root: Path) -> CodeSource:
    """Returns the code of an image: the folder of its Dockerfile, and the library that zip functions get as a layer."""
    try:
        command = resource["Properties"]["ImageConfig"]["Command"]
        metadata = resource["Metadata"]
        dockerfile = root / metadata["DockerContext"] / metadata["Dockerfile"]
    except KeyError as missing:
        raise TemplateError(
            f"{name}: {missing} is missing; an image function is run from the folder of its Metadata.Dockerfile, "
            "with the handler that ImageConfig.Command names"
        ) from missing
    libraries = dict.fromkeys(folder for folder in layers.values() if folder.name != "python")
    return CodeSource(command[0], dockerfile.parent, tuple(libraries))


def _point_to_package(logical_id: str, resource: JsonObject) -> None:
    properties = resource.get("Properties", {})
    if properties.get("PackageType") == "Image" and resource["Type"] == "AWS::Serverless::Function":
        properties.setdefault("ImageUri", f"{logical_id.lower()}:local")
    for key in ("CodeUri", "ContentUri"):
        if key in properties:
            properties[key] = {"Bucket": ARTIFACTS_BUCKET, "Key": f"{logical_id}.zip"}


class _OfflinePolicies(ManagedPolicyLoader):  # type: ignore[misc]
    """Replaces the loader that lists every managed policy of the account."""

    def __init__(self) -> None:
        super().__init__(None)

    def load(self) -> dict[str, str]:
        return _MANAGED_POLICIES
