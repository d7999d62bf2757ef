"""`show` and `search` answer from the published result while a later attempt is on its way, and after one failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from scanproof.cli.commands import search as search_module
from scanproof.cli.commands import show as show_module
from scanproof.cli.console import ExitCode
from scanproof.cli.main import main
from scanproof.workers.records import Reason, Record, Status
from tests.builders import document, line, page

REASON = Reason(code="scan_gone", message="The scan was deleted.", next_step="Upload it again.")
PUBLISHED = Record(
    bucket="scans",
    key="incoming/a.png",
    version_id="v1",
    attempt=1,
    status=Status.PUBLISHED,
    updated_at="2026-11-28T00:00:00.000+00:00",
    results_prefix="documents/1/",
    published_attempt=1,
)
RUNNING = PUBLISHED.model_copy(update={"attempt": 2, "status": Status.CORRECTING})
FAILED = PUBLISHED.model_copy(update={"attempt": 2, "reason": REASON})
NEVER = PUBLISHED.model_copy(update={"status": Status.FAILED, "reason": REASON, "results_prefix": None})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Result:
    """Result of a command on a stack with one record: ``request.param`` is the record and the arguments."""
    record, arguments = request.param
    client = SimpleNamespace(
        current=lambda _: record.object_id,
        records=SimpleNamespace(get=lambda _: record),
        results=lambda _: {"document.json": document(page(1, line("kept"))).model_dump_json().encode()},
        search=lambda *_, **__: [record],
    )
    for module in (show_module, search_module):
        monkeypatch.setattr(module, "stack_client_for", lambda _: client)
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def show(record: Record) -> tuple[Record, Sequence[str]]:
    return record, ["show", "incoming/a.png", "--text"]


@pytest.mark.parametrize(
    ("run", "noted"),
    [
        (show(PUBLISHED), ""),
        (show(RUNNING), "attempt 2 is on its way; this is the result of attempt 1"),
        (show(FAILED), "attempt 2 failed; this is the result of attempt 1"),
    ],
    indirect=["run"],
    ids=["published", "running", "failed"],
)
def test_published_result_is_shown(run: Result, noted: str) -> None:
    assert (run.exit_code, run.stdout) == (ExitCode.OK, "kept\n")
    assert noted in run.stderr
    assert ("scan was deleted" in run.stderr) == ("failed" in noted)


@pytest.mark.parametrize("run", [show(NEVER)], indirect=True)
def test_failure_without_result_is_shown(run: Result) -> None:
    assert run.exit_code == ExitCode.FAILED
    assert "The scan was deleted." in run.stdout


@pytest.mark.parametrize(
    ("run", "status"),
    [
        ((PUBLISHED, ["search", "--status", "published"]), "published "),
        ((RUNNING, ["search", "--status", "published"]), "published (correcting)"),
        ((FAILED, ["search", "--status", "published"]), "published (failed)"),
    ],
    indirect=["run"],
    ids=["published", "running", "failed"],
)
def test_search_tells_later_attempts(run: Result, status: str) -> None:
    assert set(status.split()) <= set(run.stdout.split())  # the table may break lines
    assert ("(" in run.stdout) == ("(" in status)


@pytest.mark.parametrize("run", [(FAILED, ["search", "--status", "published", "--json"])], indirect=True)
def test_json_carries_reason_of_later_attempt(run: Result) -> None:
    [row] = json.loads(run.stdout)
    assert (row["status"], row["published_attempt"], row["reason"]["code"]) == ("published", 1, "scan_gone")
