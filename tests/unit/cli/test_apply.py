"""`scanproof apply` without a stack."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from scanproof.cli.main import main
from scanproof.document import Document
from tests.unit.test_reviewing import decided, read, saved


def run(folder: Path, content: str, *arguments: str) -> tuple[int, str]:
    (folder / "document.json").write_text(read().model_dump_json())
    (folder / "corrections.json").write_text(content)
    result = CliRunner().invoke(main, ["apply", str(folder / "corrections.json"), *arguments])
    return result.exit_code, result.output


def test_reviewed_files_are_written(tmp_path: Path) -> None:
    content = saved(decided("year", "retyped", "week", 15))
    options = ["--document", str(tmp_path / "document.json"), "-o", str(tmp_path / "new"), "--by", "Ada"]
    assert run(tmp_path, content, *options) == (0, "scan.png: 1 change, 0 accepted; attempt 2\n")
    document = Document.model_validate_json((tmp_path / "new" / "document.json").read_text())
    assert (document.attempt, document.text) == (2, "Invoice of the week\n")
    rows = [json.loads(row) for row in (tmp_path / "new" / "audit.jsonl").read_text().splitlines()]
    assert {row["model"] for row in rows if row["corrector"] == "reviewer"} == {"Ada"}


def test_unfit_corrections_exit_with_one(tmp_path: Path) -> None:
    options = ["--document", str(tmp_path / "document.json"), "-o", str(tmp_path / "new")]
    code, output = run(tmp_path, saved(attempt=7), *options)
    assert code == 1
    assert "attempt 7" in output


def test_half_of_the_options_is_refused(tmp_path: Path) -> None:
    code, output = run(tmp_path, saved(), "--document", str(tmp_path / "document.json"))
    assert code == 2
    assert "go together" in output
