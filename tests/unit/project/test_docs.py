"""Documents name what exists: links, files, quoted code, commands and their options; harmless commands are run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from devstack import PROJECT_ROOT
from scanproof.cli.main import COMMANDS, main

FOLDERS = ("docs", "events", "samples", "models", "model_training", "model_export", "benchmarks", ".github")
DOCUMENTS = sorted(
    [*PROJECT_ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (PROJECT_ROOT / folder).rglob("*.md"))]
)
HISTORY = PROJECT_ROOT / "CHANGELOG.md"  # names what is gone

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:py|md|toml|yaml|json|txt|in|npz|xz|sh|svg|safetensors)|\w+\.py")
ASSIGNMENT = re.compile(r"\w+=\S*")
PIPED = re.compile(r"echo '([^']*)' \| ")
RUNNABLE = {"read", "correct", "models", "schema", "cost", "doctor"}  # without account or stack, in seconds

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))


def files_of(folder: Path) -> Iterator[Path]:
    """Every file below a folder, except in hidden ones (environments, caches)."""
    for path in folder.iterdir():
        if path.is_dir() and not path.name.startswith("."):
            yield from files_of(path)
        elif path.is_file():
            yield path


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def prose_of(document: Path) -> str:
    return FENCE.sub("", text_of(document))


def anchors_of(document: Path) -> set[str]:
    """The fragments that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", prose_of(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command_lines(document: Path) -> Iterator[tuple[str, list[str]]]:
    """Standard input and arguments of every ``scanproof`` command in a code block."""
    for _, language, block in FENCE.findall(text_of(document)):
        for line in block.splitlines() if language in ("", "sh", "bash", "console") else ():
            piped = PIPED.match(line.strip())
            words = shlex.split(line.strip()[piped.end() if piped else 0 :], comments=True)
            while words and ASSIGNMENT.fullmatch(words[0]):
                words = words[1:]
            if words and words[0].removeprefix(".venv/bin/") == "scanproof":
                yield piped[1] + "\n" if piped else "", [word for word in words[1:] if word not in ("|", ">")]


COMMAND_LINES = [found for path in DOCUMENTS for found in command_lines(path)]
PARSED = {" ".join(arguments): arguments for _, arguments in COMMAND_LINES}
ALONE = [found for path in DOCUMENTS if path.name != "how-to.md" for found in command_lines(path)]
"""Commands that need no other before them; those of how-to.md are run by tests/stack/test_how_to.py."""
RUN = {" ".join(arguments): (text, arguments) for text, arguments in ALONE if arguments[0] in RUNNABLE}
FILES = [f"/{path.relative_to(PROJECT_ROOT).as_posix()}" for path in files_of(PROJECT_ROOT)]


@documents
def test_relative_links_resolve(document: Path) -> None:
    for link in LINK.findall(prose_of(document)):
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), f"{link} does not exist"
        assert not anchor or anchor in anchors_of(target), f"{link}: there is no such heading"


@documents
def test_named_files_exist(document: Path) -> None:
    named = {name for name in INLINE.findall(prose_of(document)) if FILE.fullmatch(name)}
    missing = {name for name in named if not any(path.endswith(f"/{name}") for path in FILES)}
    assert document == HISTORY or not missing


@documents
def test_quoted_code_is_in_its_file(document: Path) -> None:
    for _, _, block in FENCE.findall(text_of(document)):
        first, *quoted = (line.strip() for line in block.strip().splitlines())
        if (found := re.fullmatch(r"# (\S+\.py)", first)) is None:
            continue
        source = (PROJECT_ROOT / found[1]).read_text(encoding="utf-8")
        assert [line for line in quoted if line not in source] == [], found[1]


@pytest.mark.parametrize("arguments", PARSED.values(), ids=PARSED)
def test_command_lines_parse(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in arguments:
        if "." in name and not name.startswith("-") and not re.search("[:=]", name):  # a file that has to exist
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
    assert arguments[0] in COMMANDS
    command = main.get_command(click.Context(main), arguments[0])
    assert command is not None
    command.make_context(arguments[0], arguments[1:])


@documents
def test_options_named_in_prose_exist(document: Path) -> None:
    for quoted in INLINE.findall(prose_of(document)):
        if not re.match(r"scanproof [a-z]", quoted) or document == HISTORY:
            continue
        name, *arguments = shlex.split(quoted)[1:]
        command = main.get_command(click.Context(main), name)
        assert command is not None, quoted
        command.make_parser(click.Context(command)).parse_args(arguments)


@pytest.mark.slow
@pytest.mark.parametrize(("text", "arguments"), RUN.values(), ids=RUN)
def test_harmless_commands_run(
    text: str, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "samples").symlink_to(PROJECT_ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, arguments, input=text, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert result.stdout


@pytest.mark.slow
def test_python_example_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
    blocks = FENCE.findall(text_of(PROJECT_ROOT / "README.md"))
    [example] = [block for _, language, block in blocks if language == "python"]
    exec(compile(example, "example", "exec"), {})
    assert "Invoice No: 12345" in capsys.readouterr().out
