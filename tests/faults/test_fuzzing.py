"""Whatever arrives from outside ends as a value or as one of the documented errors."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from scanproof.cli.commands.correct import TextRow
from scanproof.cli.commands.evaluate import read_pairs
from scanproof.cli.json_rows import RowError, read_rows
from scanproof.cli.render import render_document
from scanproof.document import Document, parse_document
from scanproof.errors import PermanentError
from scanproof.options import Output, ScanOptions, options_for
from scanproof.output.files import output_files
from scanproof.workers.correct import parse_correct_record
from scanproof.workers.maintenance import parse_maintenance_record
from scanproof.workers.publish import parse_publish_record
from scanproof.workers.upload_events import parse_ocr_record
from tests.builders import document, edit, line, page

DEEP = "[" * 2000  # deeper than the parser of the standard library goes
NAMES = st.sampled_from(("Records", "eventName", "s3", "bucket", "object", "key", "kind", "object_id", "attempt"))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["ObjectCreated:Put", "pages", "correct", "publish", "\ud800", "%00", "a" * 2000])
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=6),
    max_leaves=15,
)
NOTIFICATIONS = st.fixed_dictionaries(
    {
        "Records": st.lists(
            st.fixed_dictionaries(
                {
                    "eventName": st.just("ObjectCreated:Put") | SCALARS,
                    "s3": st.fixed_dictionaries(
                        {
                            "bucket": st.fixed_dictionaries({"name": SCALARS}),
                            "object": st.dictionaries(st.sampled_from(["key", "versionId", "sequencer"]), SCALARS),
                        }
                    ),
                }
            ),
            max_size=2,
        )
    }
)
CLAIM_CHECKS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["pages", "correct", "publish"]),
        "object_id": st.fixed_dictionaries({name: st.text(max_size=9) for name in ("bucket", "key", "version_id")}),
        "attempt": st.integers(-1, 3),
        "page": SCALARS,
        "first_page": st.integers(),
        "last_page": st.integers(),
    }
)
BODIES = st.text(max_size=60) | (JSON_VALUES | NOTIFICATIONS | CLAIM_CHECKS).map(json.dumps)
LEAN = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def record_of(body: str, attempt: str | None = None) -> SQSRecord:
    attributes = {} if attempt is None else {"scanproof-attempt": {"stringValue": attempt, "dataType": "Number"}}
    return SQSRecord({"body": body, "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": attributes})


@pytest.mark.parametrize(
    "parse", [parse_ocr_record, parse_correct_record, parse_publish_record, parse_maintenance_record]
)
@LEAN
@given(body=BODIES, attempt=st.none() | st.text(max_size=9) | st.integers().map(str))
def test_messages_parse_or_are_foreign(
    parse: Callable[[SQSRecord], Sequence[Any]], body: str, attempt: str | None
) -> None:
    try:
        messages = parse(record_of(body, attempt))
        assert all(message.correlation_id and message.idempotency_key for message in messages)
    except ValueError:  # the queue moves it to the dead letters
        return


@LEAN
@given(
    key=st.text(max_size=30),
    metadata=st.dictionaries(
        st.sampled_from([f"scanproof-{name.replace('_', '-')}" for name in ScanOptions.model_fields])
        | st.text(max_size=12).map("scanproof-".__add__),
        st.text(max_size=40) | st.sampled_from(["%ff", "lists/%00", "true", "json,,text", "zz-ZZ", "%ed%a0%80"]),
        max_size=4,
    ),
)
def test_options_are_valid_or_refused(key: str, metadata: dict[str, str]) -> None:
    try:
        options = options_for(key, metadata, {"/": {}, "incoming/": {"profile": "financial"}})
    except PermanentError as error:
        assert error.code in ("unknown_prefix", "unknown_option", "invalid_option")
    else:
        assert ScanOptions.model_validate(options.model_dump()) == options


ROWS = st.lists(st.binary(max_size=40) | JSON_VALUES.map(lambda value: json.dumps(value).encode()), max_size=3)
PAIRS = st.dictionaries(st.sampled_from(["id", "ocr", "truth", "lang", "text"]), SCALARS, max_size=5)


@LEAN
@given(rows=ROWS | st.lists(PAIRS.map(lambda row: json.dumps(row).encode()), max_size=3))
def test_pairs_are_read_or_refused(tmp_path: Path, rows: list[bytes]) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(b"\n".join(rows))
    try:
        pairs = read_pairs(path)
    except RowError:
        return
    except SystemExit as ended:  # there are no rows
        assert ended.code == 2
    else:
        assert all(isinstance(text, str) for pair in pairs for text in (pair.id, pair.ocr, pair.truth))


@LEAN
@given(row=st.text(max_size=40) | (JSON_VALUES | PAIRS).map(json.dumps))
def test_rows_are_read_or_refused(row: str) -> None:
    try:
        assert all(isinstance(found.text, str) for found in rows_of(row))
    except RowError:
        return


def rows_of(content: str) -> list[TextRow]:
    return [row for _, row in read_rows([content.encode("utf-8", "surrogatepass")], TextRow, "-", "-")]


CONTENT = json.loads(
    document(page(1, line("page x", edit("page x", 5, 6, "X"), text="page X"), warnings=["one"])).model_dump_json()
)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Lists the paths of every value in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, child in inner for found in places(child, (*path, name)))]


def replaced(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """Returns a copy with another value at a path."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@LEAN
@given(changes=st.lists(st.tuples(st.sampled_from(places(CONTENT)[1:]), JSON_VALUES), min_size=1, max_size=3))
def test_altered_documents_are_read_or_refused(changes: list[tuple[tuple[Any, ...], object]]) -> None:
    content = CONTENT
    for path, new in changes:
        try:
            content = replaced(content, path, new)
        except (KeyError, IndexError, TypeError):  # an earlier change took the place away
            continue
    read_and_render(json.dumps(content))


@pytest.mark.parametrize(
    "change",
    [(("pages", 0, "flags"), [[]]), (("review_reasons",), [{"code": []}])],
    ids=["flag", "review code"],
)
def test_names_of_wrong_types_are_refused(change: tuple[tuple[Any, ...], object]) -> None:
    with pytest.raises(PermanentError, match="is not a document"):
        parse_document(json.dumps(replaced(CONTENT, *change)))


@LEAN
@given(content=st.text(max_size=60) | JSON_VALUES.map(json.dumps))
def test_other_json_is_no_document(content: str) -> None:
    read_and_render(content)


@pytest.mark.parametrize(
    ("parse", "refusal"),
    [
        pytest.param(lambda: parse_ocr_record(record_of(DEEP)), ValueError, id="message"),
        pytest.param(lambda: parse_document(DEEP), PermanentError, id="document"),
        pytest.param(lambda: rows_of(DEEP), RowError, id="row"),
    ],
)
def test_deep_nesting_is_refused(parse: Callable[[], object], refusal: type[BaseException]) -> None:
    with pytest.raises(refusal):
        parse()


def read_and_render(content: str) -> None:
    try:
        found: Document = parse_document(content)
    except PermanentError as error:
        assert error.code in ("document_invalid", "document_version_unsupported")
        return
    output_files(found, list(Output))
    render_document(found, Console(file=io.StringIO(), width=80))
