"""Exit codes, JSON and messages of the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scanproof.cli import main as main_module
from scanproof.cli.console import ExitCode
from scanproof.cli.main import main
from tests.unit.opening.paper import pdf_with


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=text, catch_exceptions=False)


@pytest.mark.parametrize("command", list(main_module.COMMANDS))
def test_help_has_examples(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Examples:" in result.output


def test_correct_keeps_line_ends() -> None:
    text = "Inv0ice No: 12345\r\nDate: 2023/07/15\n\nTotal Am0unt: $1,200.00"
    result = run("correct", text=text)
    assert result.stdout_bytes.decode() == "Invoice No: 12345\r\nDate: 2023/07/15\n\nTotal Amount: $1,200.00"


def test_correct_jsonl_keeps_row_order() -> None:
    rows = [{"id": 7, "text": "Inv0ice No: 12345"}, {"id": "b", "text": "", "lang": "fr"}]
    result = run("correct", "--jsonl", text="".join(json.dumps(row) + "\n" for row in rows))
    first, second = (json.loads(row) for row in result.stdout.splitlines())
    assert (first["id"], first["text"]) == (7, "Invoice No: 12345")
    [edit] = first["edits"]
    assert (edit["line"], edit["raw"], edit["corrected"]) == (1, "0", "o")
    assert second == {"id": "b", "text": "", "edits": []}


@pytest.mark.parametrize("row", ["not json", '{"id": 1}', '["text"]', '{"text": 5}'])
def test_correct_names_malformed_row(row: str) -> None:
    result = run("correct", "--jsonl", text='{"text": "fine"}\n' + row + "\n")
    assert result.exit_code == ExitCode.USAGE
    assert "row 2" in result.stderr


def test_correct_takes_words_and_replacements(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("Inv0ice\n")
    (tmp_path / "style.toml").write_text("[[replacement]]\npattern = 'No: (.*)'\nwith = 'no. \\1'\n")
    lists = "--words", str(tmp_path / "words.txt"), "--replacements", str(tmp_path / "style.toml")
    result = run("correct", *lists, text="Inv0ice No: 12345\nTotal Am0unt\n")
    assert result.stdout == "Inv0ice no. 12345\nTotal Amount\n"


def test_correct_reports_slow_pattern(tmp_path: Path) -> None:
    (tmp_path / "style.toml").write_text("[[replacement]]\npattern = '(a|a)+(a|a)+(a|a)+c'\nwith = ''\n")
    result = run("correct", "--replacements", str(tmp_path / "style.toml"), text="a" * 3000 + "-c")
    assert result.exit_code == ExitCode.OK
    assert "warning: Entry 1" in result.stderr


@pytest.mark.parametrize("command", [("correct",), ("read", "page.pdf"), ("evaluate", "pairs.jsonl")])
def test_invalid_list_is_a_usage_error(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("page.pdf", "pairs.jsonl"):
        Path(name).touch()
    Path("words.txt").write_bytes(b"fine\n\xff")
    result = run(*command, "--words", "words.txt", text="x")
    assert result.exit_code == ExitCode.USAGE
    assert "words.txt, line 2: it is not UTF-8." in result.stderr
    assert "one word or phrase a line" in result.stderr
    assert run(*command, "--replacements", "gone.toml", text="x").exit_code == ExitCode.USAGE


def test_read_takes_files_not_keys(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "page.pdf", [(50, 50, "Inv0ice No: 12345")])
    (tmp_path / "words.txt").write_text("Inv0ice\n")
    result = run("read", str(path), "-O", "correct-digital=true", "--words", str(tmp_path / "words.txt"), "--json")
    [line] = json.loads(result.stdout)[0]["document"]["pages"][0]["lines"]
    assert (line["text"], line["refusals"][0]["guard"]) == ("Inv0ice No: 12345", "known_word")
    result = run("read", str(path), "--option", "words=lists/words.txt")
    assert result.exit_code == ExitCode.USAGE
    assert "--words FILE" in result.stderr


def test_unknown_model_lists_presets() -> None:
    result = run("correct", "--model", "fsat", text="x")
    assert result.exit_code == ExitCode.USAGE
    assert "fast" in result.stderr


@pytest.mark.slow
def test_read_writes_every_output_file(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "page.pdf", [(50, 50, "Invoice No: 12345"), (50, 70, "Total: $100.00")])
    result = run("read", str(path), "--json", "-o", str(tmp_path / "out"))
    [read] = json.loads(result.stdout)
    assert read["document"]["source"]["name"] == "page.pdf"
    written = sorted(file.name for file in (tmp_path / "out").iterdir())
    names = ["audit.jsonl", "document.json", "document.pdf", "document.raw.txt", "document.txt", "review.html"]
    assert written == names
    assert (tmp_path / "out" / "document.txt").read_text() == "Invoice No: 12345\nTotal: $100.00\n"


def test_read_continues_after_unreadable_file(tmp_path: Path) -> None:
    good = pdf_with(tmp_path / "good.pdf", [(50, 50, "This one can be read")])
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    result = run("read", str(bad), str(good))
    assert result.exit_code == ExitCode.FAILED
    assert "bad.png" in result.stderr
    assert "This one can be read" in result.stdout


def test_read_names_unknown_option(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "page.pdf", [(50, 50, "text")])
    result = run("read", str(path), "--option", "colour=blue")
    assert result.exit_code == ExitCode.USAGE
    assert "colour" in result.stderr


def test_evaluate_prints_the_measures(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text('{"id": "1", "ocr": "Inv0ice", "truth": "Invoice"}\n\n{"ocr": "", "truth": "no reading"}\n')
    [summary] = json.loads(run("evaluate", str(pairs), "--json").stdout)
    assert (summary["file"], summary["texts"]) == (str(pairs), 2)
    assert summary["cer_after"] <= summary["cer_before"] == round(11 / 17, 5)
    low, high = summary["intervals"]["cer_before"]
    assert low <= summary["cer_before"] <= high
    assert summary["worst"][0] == {"row": 3, "id": "3", "errors_before": 10, "errors_after": 10}
    table = run("evaluate", str(pairs), "--corrector", "none").stdout
    assert "character error rate" in table
    assert "row 3" in table


def test_evaluate_takes_a_folder_of_pairs(tmp_path: Path) -> None:
    for name in ("letters", "bills"):
        (tmp_path / f"{name}.jsonl").write_text('{"id": "1", "ocr": "tbe bill", "truth": "the bill"}\n')
    results = json.loads(run("evaluate", str(tmp_path), "--json", "--corrector", "none").stdout)
    assert [Path(result["file"]).name for result in results] == ["bills.jsonl", "letters.jsonl"]
    (tmp_path / "empty").mkdir()
    assert "no .jsonl file" in run("evaluate", str(tmp_path / "empty")).stderr


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"id": "1", "ocr": "a"}', "'truth': Field required"),
        ('{"id": "1", "truth": "a"}', "'ocr': Field required"),
        ('{"id": "1", "ocr": null, "truth": "a"}', "'ocr'"),
        ('{"id": "1", "ocr": "a", "truth": " "}', "'truth': it is empty"),
    ],
)
def test_evaluate_refuses_rows_without_texts(row: str, reason: str, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text('{"ocr": "a", "truth": "a"}\n' + row + "\n")
    result = run("evaluate", str(pairs))
    assert result.exit_code == ExitCode.USAGE
    assert f"pairs.jsonl, row 2: {reason}" in result.stderr


@pytest.mark.parametrize("arguments", [("show", "incoming/x.png"), ("search", "--status", "failed")])
def test_missing_stack_exits_with_advice(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("scanproof.cli.stacks.access_file", lambda: tmp_path / "stack.json")
    result = run(*arguments)
    assert result.exit_code == ExitCode.NO_STACK
    assert "scanproof up" in result.stderr


def test_search_requires_exactly_one_criterion() -> None:
    assert run("search").exit_code == ExitCode.USAGE
    assert run("search", "--status", "failed", "--invoice-number", "1").exit_code == ExitCode.USAGE
