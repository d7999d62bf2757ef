"""What samples/ holds besides scans: a consumer of events and a deployment from CI."""

from __future__ import annotations

import importlib.util
import io
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
import yaml
from cfnlint.api import lint_file

from devstack import PROJECT_ROOT

CONSUMER = PROJECT_ROOT / "samples/consumers/notify"
EVENTS = PROJECT_ROOT / "events/published"


class Results:
    """Stands in for S3: one document."""

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        document = {"fields": [{"name": "total", "value": "12.00"}]}
        return {"Body": io.BytesIO(json.dumps(document).encode())} if Key.endswith("/document.json") else {}


def consumer(s3: Any, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Loads the consumer's code, as Lambda does, with this client of S3."""
    spec = importlib.util.spec_from_file_location("consumer", CONSUMER / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(boto3, "client", lambda _: s3)
    spec.loader.exec_module(module)
    return module


def load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def test_consumer_template_is_valid() -> None:
    assert [match.message for match in lint_file(CONSUMER / "template.yaml")] == []


@pytest.mark.parametrize("name", [path.name for path in EVENTS.glob("document-*.json")])
def test_consumer_handles_published_events(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    event = load(name)
    answer = consumer(Results(), monkeypatch).handler(event, None)
    assert answer["document_id"] == event["detail"]["document_id"]
    assert answer.get("fields") == ({"total": "12.00"} if event["detail"]["status"] == "published" else None)


def test_consumer_rule_matches_events() -> None:
    text = (CONSUMER / "template.yaml").read_text(encoding="utf-8")
    pattern = text.split("Pattern:")[1]
    for name in ("document-published.json", "document-failed.json"):
        assert load(name)["source"] in pattern
        assert load(name)["detail-type"] in pattern


def test_ci_deployment_has_no_credentials() -> None:
    text = (PROJECT_ROOT / "samples/ci/deploy.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["deploy"]["permissions"]["id-token"] == "write"
    assert "secrets." not in text
    assert "access-key" not in text
    assert any("make deploy" in step.get("run", "") for step in workflow["jobs"]["deploy"]["steps"])


@pytest.mark.parametrize("path", sorted(PROJECT_ROOT.glob("functions/*/Dockerfile*")), ids=lambda path: path.name)
def test_images_make_files_readable(path: Path) -> None:
    last = path.read_text(encoding="utf-8").split("\nFROM ")[-1]
    readable = last.index("chmod -R a+rX")
    assert last.rindex("\nCOPY ") < readable  # nothing that a checkout keeps to itself comes later
