"""Runs the SAM command line without Docker and without uploads, to check that the template builds and packages.

    .venv-sam/bin/python -m devstack.sam_offline build --config-env dev

Images are not built and nothing is uploaded: an image gets the address that it would have, a package too. Zip functions
and layers are built as `sam build` builds them. Only SAM's own environment can run this.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

_REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


def build_image(_: object, path: str, dockerfile: str, **__: object) -> Iterator[dict[str, Any]]:
    """Replaces Docker's build: looks for the Dockerfile and for everything that it copies from its context.

    Raises:
        FileNotFoundError: a file is missing.
    """
    missing = [name for name in copied(Path(path, dockerfile)) if not Path(path, name).exists()]
    if missing:
        raise FileNotFoundError(f"{dockerfile} copies {', '.join(missing)}, which {path} does not have")
    yield {"stream": f"{dockerfile}: not built, Docker is replaced\n"}


def copied(dockerfile: Path) -> list[str]:
    """Lists the paths that a Dockerfile copies from its context."""
    lines = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from=" not in line]
    return [path for paths in copies for path in paths if not path.startswith("--")]


def upload_image(_: object, image: str, resource_name: str) -> str:
    """Returns the address that an image would have."""
    return f"{_REGISTRY}/{resource_name.lower()}:{hashlib.sha256(image.encode()).hexdigest()[:12]}"


def upload_package(_: object, file_name: str, *__: object, **___: object) -> str:
    """Returns the address that a package would have."""
    return f"s3://offline/{hashlib.sha256(Path(file_name).read_bytes()).hexdigest()}"


def main(arguments: list[str]) -> None:
    """Runs `sam` with the arguments."""
    from samcli.cli.main import cli  # type: ignore[import-not-found]

    with (
        patch("samcli.local.docker.image_build_client.SDKBuildClient.build_image", build_image),
        patch("samcli.lib.package.ecr_uploader.ECRUploader.upload", upload_image),
        patch("samcli.lib.package.s3_uploader.S3Uploader.upload_with_dedup", upload_package),
        patch("samcli.lib.package.s3_uploader.S3Uploader.upload", upload_package),
    ):
        cli(arguments, prog_name="sam")


if __name__ == "__main__":
    main(sys.argv[1:])
