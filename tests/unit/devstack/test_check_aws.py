"""What `make check-aws` finds beside SAM's own checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from devstack import PROJECT_ROOT
from devstack.check_aws import CheckFailed, build_image, copied, unpackaged

UPLOADED = "123456789012.dkr.ecr.us-east-1.amazonaws.com/correctfunction:1"
PLACEHOLDER = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/x:latest"}


@pytest.mark.parametrize(
    ("resource", "excluded", "found"),
    [
        ({"Type": "AWS::Serverless::Function", "Properties": {"ImageUri": UPLOADED}}, False, False),
        ({"Type": "AWS::Serverless::Function", "Properties": {"ImageUri": PLACEHOLDER}}, False, True),
        ({"Type": "AWS::Serverless::Function", "Properties": {"ImageUri": PLACEHOLDER}}, True, False),
        ({"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ImageUri": PLACEHOLDER}}}, False, True),
        ({"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ImageUri": UPLOADED}}}, False, False),
        ({"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "layers/scanproof"}}, False, True),
        ({"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "s3://offline/1"}}, False, False),
        ({"Type": "AWS::SQS::Queue", "Properties": {}}, False, False),
    ],
)
def test_resources_without_code_are_found(resource: dict[str, object], excluded: bool, found: bool) -> None:
    assert bool(unpackaged({"One": resource}, {"One"} if excluded else set())) == found


@pytest.mark.parametrize("dockerfile", sorted((PROJECT_ROOT / "functions").glob("*/Dockerfile*")), ids=lambda p: p.name)
def test_dockerfiles_copy_what_exists(dockerfile: Path) -> None:
    assert copied(dockerfile)
    assert list(build_image(None, str(PROJECT_ROOT), str(dockerfile.relative_to(PROJECT_ROOT))))


def test_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM x AS export\nCOPY --from=export /a /b\nCOPY --chown=1 here \\\n    gone to/\n"
    )
    (tmp_path / "here").touch()
    with pytest.raises(CheckFailed, match="copies gone, which"):
        list(build_image(None, str(tmp_path), "Dockerfile"))
