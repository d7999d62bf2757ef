"""Every block of docs/how-to.md, in its order, on the local stack: the first one that fails names its heading."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from devstack import PROJECT_ROOT
from scanproof.cli import stacks
from scanproof.cli.local_stack import access_to
from scanproof.cli.main import main
from scanproof.document import Document, parse_document
from scanproof.output.review_page import review_items
from tests.stack.conftest import Pipeline

HOW_TO = PROJECT_ROOT / "docs" / "how-to.md"
PARTS = re.compile(r"^## ([^\n]+)$|^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PIPED = re.compile(r"echo '([^']*)' \| (.*)")


def blocks() -> Iterator[tuple[str, str, str]]:
    """Yields heading, language and content of each block."""
    heading = ""
    for title, language, content in PARTS.findall(HOW_TO.read_text(encoding="utf-8")):
        heading = title or heading
        if language:
            yield heading, language, content


@pytest.fixture
def folder(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder in which the commands find the local stack, and Python its credentials."""
    access = access_to(pipeline.stack)
    access.save(tmp_path / "stack.json")
    monkeypatch.setattr(stacks, "access_file", lambda: tmp_path / "stack.json")
    variables = {
        "AWS_ENDPOINT_URL": access.endpoint_url,
        "AWS_DEFAULT_REGION": access.region,
        "AWS_ACCESS_KEY_ID": access.access_key_id,
        "AWS_SECRET_ACCESS_KEY": access.secret_access_key,
        "SCANS_BUCKET": pipeline.stack_client.outputs.scans_bucket,
        "RESULTS_BUCKET": pipeline.stack_client.outputs.results_bucket,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in ("samples", "models"):
        (tmp_path / name).symlink_to(PROJECT_ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_every_block_runs(pipeline: Pipeline, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = ""
    for heading, language, content in blocks():
        if "corrections.json" in content:
            decide(folder / "results" / "document.json", folder / "corrections.json")
        if language == "python":
            exec(compile(content, heading, "exec"), {})
            said += capsys.readouterr().out
        else:
            for line in content.splitlines():
                said += run(heading, line, folder)
        pipeline.stack.wait_idle()
    assert "incoming/noisy-invoice.png 264.66" in said
    assert "1 accepted" in said or "accepted; attempt 2" in said
    assert "what the engine read" in said
    rows = [json.loads(row) for row in (folder / "pairs.jsonl").read_text().splitlines()]
    assert rows
    assert all(row["lang"] == "en" for row in rows)
    outcomes = pipeline.stack_client.s3.list_objects_v2(
        Bucket=pipeline.stack_client.outputs.results_bucket, Prefix="outcomes/noisy-invoice.json/"
    )
    assert outcomes["KeyCount"] == 1
    assert parse_document((folder / "letter-reviewed" / "document.json").read_bytes()).reviewed is not None


def run(heading: str, line: str, folder: Path) -> str:
    """Runs one line as a shell would; returns what it prints."""
    piped = PIPED.fullmatch(line)
    text, command = piped.groups() if piped else ("", line)
    words = shlex.split(command)
    if words[0] != "scanproof":
        return subprocess.run(["/bin/sh", "-c", line], check=True, cwd=folder, capture_output=True, text=True).stdout
    if words[1] == "apply" and words[2] == "letter.json":
        decide(folder / "letter" / "document.json", folder / "letter.json")
    result = CliRunner().invoke(main, words[1:], input=text)
    assert result.exit_code == 0, f"{heading}: {line}\n{result.output}"
    return result.output


def decide(path: Path, target: Path) -> None:
    """Saves what the review page would: everything that it lists is accepted."""
    document: Document = parse_document(path.read_bytes())
    made: list[dict[str, Any]] = [
        {
            "page": page.number,
            "line": index,
            "start": item["start"],
            "end": item["end"],
            "text": item["text"],
            "action": "accepted",
            "replacement": item["text"],
        }
        for page in document.pages
        for index, line in enumerate(page.lines)
        for item in review_items(line)
    ]
    content = {"format_version": 1, "document_id": document.id, "attempt": document.attempt, "made_at": "now"}
    scan = document.object_id.model_dump() if document.object_id else None
    target.write_text(json.dumps({**content, "scan": scan, "corrections": made}))
