"""Each function's deployment holds only what its requirements file lists: what it imports must be among that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Imported where they are installed, and done without elsewhere: by botocore, requests and omegaconf.
TAKEN_IF_THERE = {"certifi", "simplejson", "attrs"}
IN_LAMBDAS_RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "urllib3"}  # where a layer has no room for them
IMPORTED = """
import sys
before = set(sys.modules)
import {modules}
print(*{{module.split(".")[0] for module in set(sys.modules) - before}})
"""
HANDLER_MODULES = ("handler", "upload_events")
HANDLER = ", ".join(f"scanproof.workers.{module}" for module in HANDLER_MODULES)


def listed(path: Path) -> set[str]:
    """The distributions that a locked requirements file names."""
    return {
        m.group(1).lower().replace("_", "-")
        for m in re.finditer(r"^([A-Za-z0-9._-]+)==", path.read_text(), re.MULTILINE)
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("modules", "requirements"),
    [
        ("scanproof.workers.publish, scanproof.workers.maintenance", "layers/scanproof/requirements.txt"),
        ("scanproof.workers.correct, scanproof.correction.fast.corrector", "requirements/correct.txt"),
        ("scanproof.workers.ocr, scanproof.ocr.rapidocr", "requirements/ocr.txt"),
        ("scanproof.workers.ocr, scanproof.workers.engines", "layers/scanproof/requirements-aspose.txt"),
    ],
    ids=["publish", "correct", "ocr", "ocr-aspose"],
)
def test_functions_import_listed_requirements_only(modules: str, requirements: str) -> None:
    of_package = packages_distributions()
    imported = {
        distribution.lower().replace("_", "-")
        for package in packages_imported_by(f"{HANDLER}, {modules}")
        for distribution in of_package.get(package, [])
    }
    there = listed(ROOT / requirements) | TAKEN_IF_THERE
    assert imported - {"scanproof"} <= (there if "boto3" in there else there | IN_LAMBDAS_RUNTIME)


def packages_imported_by(modules: str) -> set[str]:
    """Top-level packages that importing ``modules`` brings in, in a fresh process."""
    environment = os.environ | {"IDEMPOTENCY_TABLE": "none", "AWS_DEFAULT_REGION": "us-east-1"}
    command = [sys.executable, "-c", IMPORTED.format(modules=modules)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return set(answer.stdout.split())


def test_stages_import_no_aws() -> None:
    imported = packages_imported_by("scanproof.local_run, scanproof.output.files, scanproof.extraction.extract")
    assert not {"boto3", "botocore", "aws_lambda_powertools"} & imported


def test_lock_files_name_no_index() -> None:
    for path in [*ROOT.glob("requirements/*.txt"), *ROOT.glob("*/requirements.txt"), *ROOT.glob("layers/*/*.txt")]:
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", path.read_text()), path
