"""`scanproof search` by words and fields, and `scanproof show --open`."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import boto3
import pytest
from click.testing import CliRunner, Result

from scanproof.cli.admin.stack_client import StackClient, StackOutputs
from scanproof.cli.admin.text_search import Found
from scanproof.cli.commands import search as search_module
from scanproof.cli.commands import show as show_module
from scanproof.cli.console import ExitCode
from scanproof.cli.main import main
from scanproof.workers.record import Record, Status
from scanproof.workers.search.query import SearchQuery

LONG_KEY = "incoming/" + "a very long folder name/" * 8 + "März & Söhne [1].pdf"
RECORD = Record(
    bucket="scans",
    key=LONG_KEY,
    version_id="v1",
    attempt=1,
    status=Status.PUBLISHED,
    updated_at="2026-11-28T00:00:00.000+00:00",
    results_prefix="documents/1/",
    fields={"vendor": "Acme", "total": "264.66", "currency": "EUR"},
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[SearchQuery, int]]:
    """What a search asks the index for; it finds one document, however often it was asked for."""
    made: list[tuple[SearchQuery, int]] = []

    class Search:
        def __init__(self, *_: object) -> None: ...

        def find(self, query: SearchQuery, limit: int) -> list[Found]:
            query.match  # noqa: B018 - refuses as the real one
            made.append((query, limit))
            return [Found(RECORD, "is \x02due\x03 [soon]")] * limit

    outputs = SimpleNamespace(results_bucket="results")
    monkeypatch.setattr(search_module, "stack_client_for", lambda _: SimpleNamespace(outputs=outputs))
    monkeypatch.setattr(search_module, "TextSearch", Search)
    return made


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(main, ["search", *arguments], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        (["late", "payment"], SearchQuery("late payment")),
        (["purchase order", "4711*"], SearchQuery('"purchase order" 4711*')),
        (['"a b" c'], SearchQuery('"a b" c')),
        (["--vendor", "acme"], SearchQuery(vendor="acme")),
        (["--total", "264.66"], SearchQuery(total_from=Decimal("264.66"), total_to=Decimal("264.66"))),
        (["--total-from", "0"], SearchQuery(total_from=Decimal(0))),
        (["--from", "2026-01-01"], SearchQuery(dated_from="2026-01-01")),
        (["--field", "iban=DE1", "--field", "a=b=c"], SearchQuery(fields=(("iban", "DE1"), ("a", "b=c")))),
        (
            ["x", "--invoice-date", "2026-01-01", "--needs-review", "--day", "2026-11"],
            SearchQuery("x", dated_from="2026-01-01", dated_to="2026-01-01", needs_review=True, day="2026-11"),
        ),
    ],
)
def test_arguments_make_the_query(
    asked: list[tuple[SearchQuery, int]], arguments: list[str], query: SearchQuery
) -> None:
    assert run(*arguments).exit_code == ExitCode.OK
    assert asked == [(query, 51)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["x", "--status", "failed"], ["--total", "1", "--total-to", "2"], ["--total", "much"], ["--total-from", "nan"],
        ["--from", "yesterday"], ["--vendor", "--"], ["..."], ['"'], ["x", "--limit", "0"],
        ["--field", "iban"], ["--field", "=x"], ["--field", "iban=-"], ["--field", "vendor=acme"],
    ],
)  # fmt: skip
def test_bad_queries_are_usage_errors(asked: list[tuple[SearchQuery, int]], arguments: list[str]) -> None:
    assert run(*arguments).exit_code == ExitCode.USAGE
    assert asked == []


def test_whole_key_is_on_one_line(asked: list[tuple[SearchQuery, int]]) -> None:
    answer = run("due", "--limit", "1")
    assert LONG_KEY in answer.stdout.splitlines()
    assert "is [due] [soon]" in answer.stdout
    assert "published · Acme · 264.66 EUR" in answer.stdout
    assert "more than 1 document match" in answer.stderr


def test_json_rows_are_records(asked: list[tuple[SearchQuery, int]]) -> None:
    [row] = json.loads(run("due", "--limit", "1", "--json").stdout)
    assert (row["key"], row["snippet"]) == (LONG_KEY, "is due [soon]")
    assert Record.model_validate(row) == RECORD


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], lambda out: out.startswith("review.html   https://signed/")),
        (["--json"], lambda out: json.loads(out) == {"review.html": "https://signed/"}),
    ],
)
def test_links_are_printed(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: Callable[[str], bool]
) -> None:
    answer = show_links(monkeypatch, {"review.html": "https://signed/"}, *arguments)
    assert answer.exit_code == ExitCode.OK
    assert expected(answer.stdout)


def test_nothing_to_open_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = show_links(monkeypatch, {})
    assert answer.exit_code == ExitCode.FAILED
    assert "--option outputs=" in answer.stderr


def show_links(monkeypatch: pytest.MonkeyPatch, links: dict[str, str], *arguments: str) -> Result:
    client = SimpleNamespace(
        current=lambda _: RECORD.object_id,
        records=SimpleNamespace(get=lambda _: RECORD),
        links=lambda _: links,
    )
    monkeypatch.setattr(show_module, "stack_client_for", lambda _: client)
    return CliRunner().invoke(main, ["show", "key", "--open", *arguments], catch_exceptions=False)


def test_link_names_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session("key", "secret", region_name="eu-central-1")
    client = StackClient(StackOutputs("scans", "results", "table", {}, {}), session)
    names = ["document.json", "document.pdf", "review-10.html", "review-2.html", "review.html"]
    monkeypatch.setattr(client, "result_names", lambda _: names)
    links = client.links(RECORD)
    assert list(links) == ["review.html", "review-2.html", "review-10.html", "document.pdf"]
    assert links["document.pdf"].startswith("https://results.s3.eu-central-1.amazonaws.com/documents/1/document.pdf?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in links["document.pdf"]
    assert "X-Amz-Expires=900" in links["document.pdf"]
