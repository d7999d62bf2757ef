"""Builds, packages and validates what `make deploy` would deploy, without Docker and without AWS (`make check-aws`).

    .venv-sam/bin/python -m devstack.check_aws dev gpu

SAM itself does all of it, but for two things: images are not built, and nothing is uploaded. Both get the address that
they would have. Only SAM's own environment can run this; zip functions need Lambda's Python as well.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
_REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
_OFFLINE = {  # SAM asks for a region and for credentials even where it makes no call
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "offline",
    "AWS_SECRET_ACCESS_KEY": "offline",
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAM_CLI_TELEMETRY": "0",
}


class CheckFailed(Exception):
    """What SAM wrote would not deploy."""


def build_image(_: object, path: str, dockerfile: str, **__: object) -> Iterator[dict[str, Any]]:
    """Replaces Docker's build: looks for everything that the Dockerfile copies from its context.

    Raises:
        CheckFailed: a file is missing.
    """
    missing = [name for name in copied(Path(path, dockerfile)) if not Path(path, name).exists()]
    if missing:
        raise CheckFailed(f"{dockerfile} copies {', '.join(missing)}, which {path} does not have")
    yield {"stream": f"{dockerfile}: not built, Docker is replaced\n"}


def copied(dockerfile: Path) -> list[str]:
    """Lists the paths that a Dockerfile copies from its context."""
    lines = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from=" not in line]
    return [path for paths in copies for path in paths if not path.startswith("--")]


def upload_image(_: object, image: str, resource_name: str) -> str:
    """Replaces the upload of an image; returns its address."""
    return f"{_REGISTRY}/{resource_name.lower()}:{hashlib.sha256(image.encode()).hexdigest()[:12]}"


def upload_package(_: object, file_name: str, *__: object, **___: object) -> str:
    """Replaces the upload of a package; returns its address."""
    return f"s3://offline/{hashlib.sha256(Path(file_name).read_bytes()).hexdigest()}"


def unpackaged(resources: Mapping[str, Any], excluded: set[str]) -> list[str]:
    """Lists what a packaged template would deploy without code.

    Args:
        resources: of the packaged template.
        excluded: logical ids that the configuration does not deploy; an image among them keeps its placeholder.
    """
    found = []
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        code = properties.get("ImageUri") or properties.get("CodeUri") or properties.get("ContentUri")
        if resource["Type"] == "AWS::Lambda::Function":
            code = properties["Code"].get("ImageUri")
        if code is None or name in excluded:
            continue
        if not str(code).startswith((f"{_REGISTRY}/", "s3://")):
            found.append(f"{name}: {code}")
    return found


def check(configuration: str, sam: Callable[[list[str]], int]) -> None:
    """Builds, packages and validates one configuration of samconfig.toml.

    Args:
        configuration: its name.
        sam: runs SAM with arguments; returns its exit status.

    Raises:
        CheckFailed: see the message; or SAM's own message is on the console.
    """
    folder = ROOT / ".aws-sam" / f"check-{configuration}"
    built, packaged = folder / "template.yaml", folder / "packaged.yaml"
    registry, bucket = ["--image-repository", f"{_REGISTRY}/offline"], ["--s3-bucket", "offline"]
    for arguments in (
        ["build", "--config-env", configuration, "--build-dir", str(folder)],
        ["package", "-t", str(built), *bucket, *registry, "--output-template-file", str(packaged)],
        ["validate", "--lint", "-t", str(packaged)],
    ):
        print(f"sam {' '.join(arguments)}", flush=True)
        if sam(arguments):
            raise CheckFailed(f"`sam {arguments[0]}` failed for {configuration}")
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    excluded = set(config[configuration]["build"]["parameters"]["exclude"])
    from samcli.yamlhelper import yaml_parse  # type: ignore[import-not-found]

    left = unpackaged(yaml_parse(packaged.read_text(encoding="utf-8"))["Resources"], excluded)
    if left:
        raise CheckFailed(f"{configuration} would be deployed without code: {', '.join(left)}")


def main(configurations: list[str]) -> None:
    """Checks the configurations."""
    os.environ |= _OFFLINE
    from samcli.cli.main import cli  # type: ignore[import-not-found]

    def sam(arguments: list[str]) -> int:
        try:
            cli(arguments, prog_name="sam")
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        return 0

    with (
        patch("samcli.lib.build.app_builder.get_validated_container_client"),
        patch("samcli.local.docker.image_build_client.SDKBuildClient.build_image", build_image),
        patch("samcli.lib.package.ecr_uploader.ECRUploader.upload", upload_image),
        patch("samcli.lib.package.s3_uploader.S3Uploader.upload_with_dedup", upload_package),
        patch("samcli.lib.package.s3_uploader.S3Uploader.upload", upload_package),
    ):
        for configuration in configurations:
            check(configuration, sam)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CheckFailed as failed:
        sys.exit(f"check-aws: {failed}")
