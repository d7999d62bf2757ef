"""What `models`, `schema`, `read --text` and the end of `demo` print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scanproof.cli.commands.demo import _print_summary
from scanproof.cli.main import main
from scanproof.cli.read_results import ReadFailure, ReadResult
from scanproof.correction.models.presets import PRESETS
from scanproof.document import CheckCode, CheckFlag, CheckPlace
from scanproof.workers.records import Record, Status
from tests.builders import BOX, document, line, page
from tests.unit.correction.lm.test_load import describe
from tests.unit.opening.paper import pdf_with


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_models_are_presets_and_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, damaged = tmp_path / "own@newest-int8" / "cpu", tmp_path / "damaged@newest-int8" / "cpu"
    for folder in (own, damaged):
        folder.mkdir(parents=True)
    for name in ("model.onnx", "tokenizer.json", "config.json"):
        (own / name).touch()
    describe(own)
    (damaged / "manifest.json").write_text("[/no]")
    monkeypatch.setenv("SCANPROOF_MODEL_CACHE", str(tmp_path))
    listed = json.loads(run("models", "--json").stdout)
    assert [model["name"] for model in listed] == [*PRESETS, str(damaged), str(own)]
    fast, *_, broken, exported = listed
    assert Path(fast["folders"][0]).name == "fast"
    assert "is not a manifest" in broken["problem"]
    assert exported["folders"] == [str(own)]
    table = run("models").stdout
    assert all(model["name"] in table for model in listed)


@pytest.mark.parametrize("name", ["document", "audit", "alternatives", "read", "record"])
def test_schema_names_its_fields(name: str) -> None:
    schema = json.loads(run("schema", name).stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema.get("properties") or schema["items"]
    if name == "document":
        assert schema == json.loads(run("schema").stdout)
        assert {"schema_version", "pages", "fields"} <= set(schema["properties"])


def test_read_prints_text_alone(tmp_path: Path) -> None:
    first, second = (pdf_with(tmp_path / f"{name}.pdf", [(50, 50, f"Page of {name}")]) for name in ("a", "b"))
    assert run("read", str(first), str(second), "--text").stdout == "Page of a\n\fPage of b\n"


def test_read_results_hold_failures(tmp_path: Path) -> None:
    good = pdf_with(tmp_path / "good.pdf", [(50, 50, "Fine")])
    (tmp_path / "x[_i].png").write_bytes(b"")
    result = run("read", str(tmp_path / "x[_i].png"), str(good), "--json")
    assert result.exit_code == 1
    failed, read = (ReadResult.model_validate(value) for value in json.loads(result.stdout))
    assert (failed.document, read.error) == (None, None)
    assert isinstance(failed.error, ReadFailure)
    assert "x[_i].png" in failed.error.message
    assert read.document
    assert read.document.text == "Fine\n"


def test_read_goes_on_after_write_failure(tmp_path: Path) -> None:
    files = [pdf_with(tmp_path / f"{name}.pdf", [(50, 50, name)]) for name in ("a", "b")]
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.pdf").write_text("in the way")
    result = run("read", *map(str, files), "-o", str(tmp_path / "out"), "--text")
    assert (result.exit_code, result.stdout) == (1, "\fb\n")
    assert "a.pdf: File exists." in result.stderr.replace("\n", " ")
    assert (tmp_path / "out" / "b.pdf" / "document.txt").read_text() == "b\n"


def test_demo_ends_with_next_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = Record(
        bucket="scans", key="incoming/noisy-invoice.png", version_id="1", attempt=1, status=Status.PUBLISHED,
        updated_at="2026", edits=2,
    )  # fmt: skip
    place = CheckPlace(page=1, line=0, box=BOX, written="34.25")
    flag = CheckFlag(code=CheckCode.ROW_PRODUCT, message="5 x 6.05 is 30.25", places=(place,))
    read = document(page(1, line("MARLOWE"))).model_copy(update={"flags": (flag,)})
    _print_summary({"noisy-invoice.png": record}, {"noisy-invoice.png": read}, 3.2, tmp_path)
    shown = capsys.readouterr().out
    for part in (
        "1 of 1 documents published, 1 page, 2 corrections, 3 s",
        "wrong characters: ",
        "inconsistent numbers: 1\n  noisy-invoice.png: page 1, line 1: 5 x 6.05 is 30.25\n",
        f"files: {tmp_path / 'results'}\n",
        "next: scanproof read samples/noisy-invoice.png",
    ):
        assert part in shown
