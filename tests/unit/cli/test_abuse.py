"""Hostile input to the commands: a message and an exit code, never a traceback; what is printed is harmless."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.cli import stacks
from scanproof.cli.admin.replay import Replay
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.commands import correct as correct_module
from scanproof.cli.commands import search as search_module
from scanproof.cli.commands import show as show_module
from scanproof.cli.commands import up as up_module
from scanproof.cli.commands import upload as upload_module
from scanproof.cli.console import ExitCode, PlainConsole, printable
from scanproof.cli.failures import failure_of
from scanproof.cli.json_rows import Row, RowError, RowText, read_rows
from scanproof.cli.main import main
from scanproof.cli.read_results import output_folders
from scanproof.cli.render import before_and_after, render_document
from scanproof.cli.stacks import only_local_stack
from scanproof.cli.upload_options import metadata_of, requested_options
from scanproof.document import ObjectId
from scanproof.errors import PermanentError
from scanproof.workers.records import Reason, Record, Status
from tests.builders import UpperCase, document, edit, line, page

FEW = settings(max_examples=50)
HOSTILE = [
    "incoming/x[/i].pdf",
    "incoming/[bold red]x[/].pdf",
    "incoming/:smile:\x1b[2J\x1b]0;title\x07.pdf",
    "incoming/a\nb\r\u2028\u202ec.pdf",
    "incoming/\ud800.pdf",
    "incoming/=1+1 " + "é" * 300,
]
keys = pytest.mark.parametrize("key", HOSTILE, ids=range(len(HOSTILE)))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Records", "eventSource", "eventName", "s3", "object", "bucket", "key", "body", "kind", "id"]
            )
            | st.sampled_from(["object_id", "text", "lang", "Event"]),
            inner | st.sampled_from(["aws:sqs", "aws:s3", "pages", "{}", '{"kind": "pages"}']),
            max_size=4,
        )
    ),
    max_leaves=8,
)


def run(*arguments: str, text: str | bytes | None = None, **environment: str | None) -> Result:
    return CliRunner(env=environment).invoke(main, arguments, input=text, catch_exceptions=False)


def record(key: str, status: Status = Status.FAILED) -> Record:
    reason = Reason(code="x", message=f"{printable(key)} is [/damaged]", next_step="[/] again")
    return Record.model_construct(
        bucket="scans", key=key, version_id="1", attempt=1, status=status, updated_at="2026-11-28T00:00:00",
        reason=reason, fields={"invoice_number": key, "total": "[/1]"}, warnings=(), pages_total=1,
    )  # fmt: skip


def harmless(text: str) -> bool:
    return all(printable(part) == part for part in text.split("\n"))


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A stack with a failed document under every key."""
    client = SimpleNamespace(
        current=lambda key: ObjectId.model_construct(bucket="scans", key=key, version_id="1"),
        records=SimpleNamespace(get=lambda scan: record(scan.key)),
        search=lambda *_, **__: [record(key) for key in HOSTILE],
        upload=lambda path, key, options: ObjectId(bucket="scans", key=key, version_id="1"),
        wait=lambda scans, timeout, *_, on_poll: ((scan, record(scan.key)) for scan in scans),
    )
    for module in (show_module, search_module, upload_module):
        monkeypatch.setattr(module, "stack_client_for", lambda _: client)
    return client


def test_search_prints_hostile_keys(stack: SimpleNamespace) -> None:
    result = run("search", "--status", "failed")
    assert result.exit_code == ExitCode.OK
    assert "incoming/x[/i].pdf" in result.stdout
    assert "[bold red]" in result.stdout
    assert harmless(result.stdout)


@keys
def test_show_prints_hostile_keys(key: str, stack: SimpleNamespace) -> None:
    result = run("show", key)
    assert result.exit_code == ExitCode.FAILED
    assert "[/damaged]" in result.stdout
    assert harmless(result.stdout)


@keys
def test_upload_takes_hostile_keys(key: str, stack: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "scan.png").touch()
    result = run("upload", str(tmp_path / "scan.png"), "--key", key)
    assert result.exit_code == (ExitCode.USAGE if "\ud800" in key else ExitCode.FAILED)
    assert harmless(result.stdout)
    assert harmless(result.stderr)


@keys
def test_error_names_hostile_key(key: str, stack: SimpleNamespace) -> None:
    stack.current = lambda key: None
    result = run("show", key)
    assert result.exit_code == ExitCode.FAILED
    assert "There is no document with the key" in result.stderr
    assert harmless(result.stderr)


@keys
def test_json_keeps_hostile_keys(key: str, stack: SimpleNamespace) -> None:
    result = run("show", key, "--json")
    assert json.loads(result.stdout)["key"] == key
    assert harmless(result.stdout)


@settings(max_examples=20)  # each lays out two tables
@given(st.text(max_size=20), st.text(min_size=1, max_size=20), st.booleans())
def test_any_text_is_rendered(raw: str, corrected: str, terminal: bool) -> None:
    text = raw.replace("\n", " ").encode(errors="replace").decode()
    corrected = corrected.encode(errors="replace").decode()
    edited = line(text, edit(text, 0, len(text[:1]), corrected), text=corrected + text[1:])
    console = PlainConsole(file=io.StringIO(), force_terminal=terminal, color_system=None, width=80)
    render_document(document(page(1, edited)), console)
    console.print(before_and_after(page(1, edited), text))
    assert harmless(console.file.getvalue())  # type: ignore[attr-defined]


class _TextRow(Row):
    text: RowText


def rows_of(content: bytes) -> list[tuple[int, _TextRow]]:
    return list(read_rows(io.BytesIO(content), _TextRow, "rows.jsonl", "{}"))


@FEW
@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_row_is_read_or_refused(content: bytes) -> None:
    with suppress(RowError):
        for _, row in rows_of(content):
            row.text.encode()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b'{"text": "\xff"}', "it is not UTF-8 (byte 11)"),
        (b'{"text": "\\ud800"}', "'text': it holds half of a surrogate pair"),
        (b'{"text": "a", "id": "\\udc00"}', "'id': it holds half of a surrogate pair"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"text": "a", "id": ' + b"9" * 5000 + b"}", "Exceeds the limit (4300 digits)"),
        (b'{"text": "a", "id": NaN}', "NaN is not JSON"),
        (b'{"text": "a", "id": 1e999}', "'id'"),
        (b'{"text": "a", "id": ["1"]}', "'id'"),
        (b'{"text": ["a"]}', "'text': Input should be a valid string"),
        (b'{"text": "a", "lang": "english"}', "'lang': 'english' is not a language tag"),
        (b'{"text": "a", "lang": "xx"}', "'lang': The language 'xx' is unknown"),
        (b"null", "it is not a JSON object"),
        (b'{"text": "a"', "it is not JSON"),
    ],
)
def test_malformed_row_gets_a_reason(row: bytes, reason: str) -> None:
    with pytest.raises(RowError, match=r"^rows\.jsonl, row 3: ") as raised:
        rows_of(b'\xef\xbb\xbf{"text": "a\xe2\x80\xa8b"}\n\n' + row + b"\n")
    assert reason in raised.value.message


def test_line_separator_ends_no_row() -> None:
    rows = rows_of('{"text": "a\u2028b"}\r\n{"text": "c"}'.encode())
    assert [(number, row.text) for number, row in rows] == [(1, "a\u2028b"), (2, "c")]


def test_correct_names_line_of_other_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correct_module, "load_chosen_corrector", lambda *_: UpperCase())
    result = run("correct", text=b"x\n\xe9\n")
    assert result.exit_code == ExitCode.USAGE
    assert "standard input, line 2: it is not UTF-8." in result.stderr
    assert run("correct", text="x\u2028é".encode()).stdout_bytes.decode() == "X\u2028é"


def test_region_of_language_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    corrector = UpperCase()
    monkeypatch.setattr(correct_module, "load_chosen_corrector", lambda *_: corrector)
    rows = '{"text": "x"}\n{"text": "x", "lang": "de-CH"}\n'
    assert run("correct", "--language", "fr-CH", "--jsonl", text=rows).exit_code == ExitCode.OK
    assert [str(language) for _, language in corrector.calls] == ["fr", "de"]


@FEW
@given(JSON)
def test_any_event_is_replayed_or_refused(event: Any) -> None:
    client = SimpleNamespace(
        send=lambda *_: None,
        current=lambda key: ObjectId(bucket="scans", key=key, version_id="1"),
        records=SimpleNamespace(get=lambda _: None),
    )
    with suppress(PermanentError):
        list(Replay(client, lambda _: None).replay(event))  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 100_000, b"9" * 5000, b'{"Records": [{"eventSource": '])
def test_event_file_is_no_json(content: bytes, stack: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_bytes(content)
    result = run("replay", str(tmp_path / "event.json"))
    assert result.exit_code in (ExitCode.USAGE, ExitCode.NO_STACK)
    assert result.stderr.startswith("error: ")


@FEW
@given(st.lists(st.text() | st.builds("{}={}".format, st.sampled_from(["prompt", "language", "model"]), st.text())))
def test_any_option_is_taken_or_refused(pairs: list[str]) -> None:
    with suppress(PermanentError):
        metadata = metadata_of(requested_options(pairs, {}))
        assert all(value.isascii() and value.isprintable() for value in metadata.values())


def test_option_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scan.png").touch()
    for command in ("read", "upload"):
        result = run(command, str(tmp_path / "scan.png"), "--language", "fr", "--option", "language=de")
        assert result.exit_code == ExitCode.USAGE
        assert "--language and --option language=... are both given" in result.stderr


@pytest.mark.parametrize("command", ["read", "upload", "correct", "evaluate"])
@pytest.mark.parametrize("option", ["--language", "--profile", "--corrector"])
def test_shared_options_are_validated_alike(command: str, option: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    files = [] if command == "correct" else [str(tmp_path / "file")]
    result = run(command, *files, option, "x[/i]", text="")
    assert result.exit_code == ExitCode.USAGE
    assert f"Invalid value for '{option}'" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("correct", "--corrector", "accurate"),
        ("correct", "--corrector", "fast", "--model", "gpt2"),
        ("read", "{file}", "--text", "--json"),
        ("read", "{file}", "--option", "language"),
        ("read", "{file}", "--option", "layout=x"),
        ("show", "x", "--text", "--json"),
        ("upload", "{file}", "--key", ""),
        ("upload", "{file}", "--key", "é" * 513),
        ("upload", "{file}", "{file}"),
        ("backfill", "bucket"),
        ("backfill", "s3://bucket", "--per-second", "0"),
        ("evaluate", "{file}", "--worst", "-1"),
        ("schema", "x"),
        ("cost", "--ocr-seconds", "nan"),
        ("cost", "--ocr-seconds", "1e308"),
        ("cost", "--pages-per-document", "inf"),
        ("replay", "{file}", "--timeout", "nan"),
    ],
)
def test_bad_arguments_are_usage_errors(arguments: tuple[str, ...], tmp_path: Path, stack: SimpleNamespace) -> None:
    (tmp_path / "file").touch()
    result = run(*(argument.format(file=tmp_path / "file") for argument in arguments), text="")
    assert result.exit_code == ExitCode.USAGE
    assert "rror: " in result.stderr


@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_missing_region_or_credentials_exit_3(region: str | None, tmp_path: Path) -> None:
    nothing = str(tmp_path / "nothing")
    result = run(
        "search", "--status", "failed", "--stack", "prod",
        AWS_CONFIG_FILE=nothing, AWS_SHARED_CREDENTIALS_FILE=nothing, AWS_EC2_METADATA_DISABLED="true",
        AWS_DEFAULT_REGION=region, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_PROFILE=None,
    )  # fmt: skip
    assert result.exit_code == ExitCode.NO_STACK
    assert ("credentials" if region else "region") in result.stderr


def _refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "[/no]"}}, "Query")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (_refusal("ExpiredToken"), ExitCode.NO_STACK),
        (_refusal("AccessDenied"), ExitCode.FAILED),
        (NoCredentialsError(), ExitCode.NO_STACK),
        (EndpointConnectionError(endpoint_url="http://x"), ExitCode.NO_STACK),
        (PermissionError(13, "Permission denied", "out[/i]"), ExitCode.FAILED),
        (PermanentError("stack_not_found", "No stack", "Check"), ExitCode.NO_STACK),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), ExitCode.USAGE),
    ],
)
def test_errors_have_exit_codes(error: Exception, code: ExitCode) -> None:
    failure = failure_of(error)
    assert failure is not None
    assert (failure.exit_code, bool(failure.message)) == (code, True)


def test_defects_and_broken_pipes_are_raised() -> None:
    assert failure_of(KeyError("x")) is None
    assert failure_of(BrokenPipeError(32, "Broken pipe")) is None


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"pid": "x"}', b"[" * 100_000])
def test_damaged_access_file_is_no_stack(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stack.json").write_bytes(content)
    monkeypatch.setattr(stacks, "access_file", lambda: tmp_path / "stack.json")
    assert run("search", "--status", "failed").exit_code == ExitCode.NO_STACK


def test_second_local_stack_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "access_file", lambda: tmp_path / "stack.json")
    monkeypatch.setattr(up_module, "require_installation", lambda purpose: None)
    with only_local_stack():
        result = run("up", "--logs", str(tmp_path))
    assert result.exit_code == ExitCode.FAILED
    assert "is running already" in result.stderr
    with only_local_stack():  # free again
        pass


class _Bucket:
    """An S3 client with the keys of one bucket."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def get_paginator(self, name: str) -> _Bucket:
        return self

    def paginate(self, Bucket: str, Prefix: str, Delimiter: str) -> Iterator[dict[str, Any]]:
        for name in self.names:
            below = name.removeprefix(Prefix)
            if name.startswith(Prefix) and Delimiter not in below:
                yield {"Contents": [{"Key": name}]}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(Key.encode())}


def test_results_are_of_one_document() -> None:
    prefix = "documents/incoming/a/1/1/"
    names = ("document.json", "document.txt", "", ".", "..", "..\\x", "b.png/2/1/document.json", "../../x")
    client = StackClient.__new__(StackClient)
    client.outputs = SimpleNamespace(results_bucket="results")  # type: ignore[assignment]
    client.s3 = _Bucket(*(prefix + name for name in names), "documents/incoming/a/1/10/document.json")  # type: ignore[assignment]
    found = client.results(record("a", Status.PUBLISHED).model_copy(update={"results_prefix": prefix}))
    assert sorted(found) == ["document.json", "document.txt"]


@FEW
@given(st.lists(st.sampled_from(["a", "A", "a-2", "A-2", "a-3", "b"]), min_size=2, max_size=8))
def test_output_folders_are_distinct(names: list[str]) -> None:
    folders = output_folders([Path(str(number)) / name for number, name in enumerate(names)], Path("out"))
    assert len({folder.name.casefold() for folder in folders}) == len(names)
    assert all(folder.parent == Path("out") for folder in folders)


def test_single_output_needs_no_folder() -> None:
    assert output_folders([Path("x/a.png")], Path("out")) == [Path("out")]
