"""The index file alone: what a query finds, and what no query can do."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from scanproof.document import ObjectId
from scanproof.workers.record import Record, Status
from scanproof.workers.search.index import SearchIndex, UnusableIndexError
from scanproof.workers.search.query import HIT_END, HIT_START, SearchQuery


def record(key: str, attempt: int = 1, changed: str = "2026-11-28T00:00:00.000+00:00", **more: object) -> Record:
    return Record.model_validate(
        {
            "bucket": "scans", "key": key, "version_id": "v1", "attempt": attempt, "status": Status.PUBLISHED,
            "updated_at": changed, "results_prefix": f"documents/{key}/v1/{attempt}/", **more,
        }
    )  # fmt: skip


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchIndex]:
    with SearchIndex(tmp_path / "index.sqlite") as made:
        yield made


def keys(index: SearchIndex, text: str = "", **more: object) -> list[str]:
    return [hit.scan.key for hit in index.find(SearchQuery(text, **more), 50)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Total due: 264.66 EUR", "264.66"),
        ("Total due: 264.66 EUR", "eur TOTAL"),
        ("Total due: 264.66 EUR", '"total due"'),
        ("Total due: 264.66 EUR", "tot* du*"),
        ("Müller & Söhne GmbH", "muller sohne"),
        ("Łódź, Straße 5", "straße"),
        ("the agree-\nment of both", "agreement"),
        ("a well-\nknown fact", "well-known"),
        ("収入印紙 2,000円", "印紙"),
        ("ﬁnal o\ufb03ce", "final office"),
        ("line one\nline two\fline three", "two line"),
    ],
)
def test_words_find_their_document(index: SearchIndex, text: str, query: str) -> None:
    index.put(record("wanted"), text)
    index.put(record("other"), "nothing of this")
    assert keys(index, query) == ["wanted"]


def test_details_find_their_document(index: SearchIndex) -> None:
    details = {"iban": ["DE89370400440532013000"], "tax_rate": ["7", "19"], "cost_centre": ["4430-MG"]}
    index.put(record("wanted", fields={"due_date": "2026-11-30"}, details=details), "text")
    index.put(record("other", details={"tax_rate": ["7"]}), "text")
    assert keys(index, fields=(("iban", "de89 3704 0044 0532 0130 00"),)) == ["wanted"]
    assert keys(index, fields=(("tax_rate", "19"), ("cost_centre", "4430 mg"))) == ["wanted"]
    assert keys(index, fields=(("due_date", "2026-11-30"),)) == ["wanted"]
    assert set(keys(index, fields=(("tax_rate", "7"),))) == {"wanted", "other"}
    assert keys(index, fields=(("buyer", "7"),)) == []


def test_removed_document_loses_its_details(index: SearchIndex) -> None:
    index.put(record("wanted", details={"buyer": ["Ada"]}), "text")
    index.put(record("wanted", attempt=2, details={"buyer": ["Eve"]}), "text")
    assert keys(index, fields=(("buyer", "ada"),)) == []
    assert keys(index, fields=(("buyer", "eve"),)) == ["wanted"]


@pytest.mark.parametrize("query", ["absent", '"due total"', "tota", "26466", "印収"])
def test_other_words_find_nothing(index: SearchIndex, query: str) -> None:
    index.put(record("wanted"), "Total due: 264.66 EUR 収入印紙")
    assert keys(index, query) == []


OPERATORS = [
    'a" OR "b', "NOT a", "a AND", "OR", "NEAR(a b, 2)", "text:a", "vendor : a", "{text vendor}: a", "-a", "^a", "a + b",
    "(a", "a)", "a*b*", "**", "*a", '"a', '"""', "a\0b", "a\x01\x02b\x7f", "a\ud800", "'; DROP TABLE texts --", "a\nb",
    "%", "_", "\\", "a:b:c", "🙂 a", "\u202ea", "a " * 500,
]  # fmt: skip


@pytest.mark.parametrize("query", OPERATORS)
def test_operators_are_words(index: SearchIndex, query: str) -> None:
    index.put(record("plain"), "zebra")
    for column in ("text", "vendor"):
        try:
            assert index.find(SearchQuery(**{column: query}), 50) == []  # type: ignore[arg-type]
        except ValueError as error:
            assert "no letter or digit" in str(error)


def test_random_queries_never_fail(index: SearchIndex) -> None:
    index.put(record("plain"), "zebra")
    choose = random.Random(1)
    signs = "\"*()^:+-{}\\/'\0\x1f\u00ad\u0301 aZ9éß印\U0001f600"
    for _ in range(2000):
        query = SearchQuery("".join(choose.choices(signs, k=choose.randrange(1, 12))))
        try:
            index.find(query, 5)
        except ValueError:
            assert not any(sign.isalnum() for sign in query.text)


def test_operator_words_are_found(index: SearchIndex) -> None:
    index.put(record("words"), "this AND that OR NOT near")
    assert keys(index, "or and NOT") == ["words"]


def test_fields_narrow_the_search(index: SearchIndex) -> None:
    fields = {"vendor": "Müller GmbH", "total": "264.66", "invoice_date": "2026-03-01", "invoice_number": "A 1"}
    index.put(record("first", fields=fields, needs_review=True), "paper")
    index.put(record("second", changed="2026-11-29T00:00:00.000+00:00", fields={"total": "not read"}), "paper")
    assert keys(index, "paper") == ["second", "first"]
    for only_first in (
        {"vendor": "gmbh muller"}, {"total_from": Decimal("264.66")}, {"total_to": Decimal("264.66")},
        {"dated_from": "2026-03-01", "dated_to": "2026-03-01"}, {"invoice_number": "A 1"}, {"needs_review": True},
        {"day": "2026-11-28"}, {"vendor": "Müller", "text": "paper"},
    ):  # fmt: skip
        assert [hit.scan.key for hit in index.find(SearchQuery(**only_first), 50)] == ["first"]  # type: ignore[arg-type]
    for nothing in (
        {"vendor": "paper"},
        {"total_from": Decimal("264.67")},
        {"dated_to": "2026-02-28"},
        {"day": "2025"},
    ):
        assert index.find(SearchQuery(**nothing), 50) == []  # type: ignore[arg-type]


def test_pages_of_hits_follow_each_other(index: SearchIndex) -> None:
    for number in range(5):
        index.put(record(f"k{number}", changed=f"2026-11-2{number}"), "paper")
    found = [index.find(SearchQuery("paper"), 2, offset) for offset in (0, 2, 4)]
    assert [hit.scan.key for hits in found for hit in hits] == ["k4", "k3", "k2", "k1", "k0"]


def test_snippet_marks_the_words(index: SearchIndex) -> None:
    index.put(record("a"), "one\ntwo \x02 three 収入印紙 four")
    [hit] = index.find(SearchQuery("two 印紙"), 5)
    assert hit.snippet.replace(HIT_START, "[").replace(HIT_END, "]") == "one [two] three 収入[印紙] four"


def test_new_attempt_replaces_old_text(index: SearchIndex) -> None:
    index.put(record("a"), "misread")
    assert index.has(record("a"))
    assert not index.has(record("a", attempt=2))
    index.put(record("a", attempt=2), "right")
    assert (keys(index, "misread"), keys(index, "right"), len(index)) == ([], ["a"], 1)


def test_deleted_words_leave_the_file(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    with SearchIndex(path) as index:
        for number in range(50):
            index.put(record(f"kept{number}"), "ordinary words")
        index.put(record("secret"), "unmistakable")
        assert b"unmistakable" in path.read_bytes()
        kept = (f"documents/kept{number}/v1/1/" for number in range(50))
        assert index.remove_gone(kept, iter(()), []) == 1
        index.compact()
        assert (keys(index, "unmistakable"), len(index)) == ([], 50)
    assert b"unmistakable" not in path.read_bytes()


def test_documents_without_scan_go(index: SearchIndex) -> None:
    for key in ("kept", "gone", "elsewhere"):
        index.put(record(key, bucket="other" if key == "elsewhere" else "scans"), "paper")
    prefixes = [f"documents/{key}/v1/1/" for key in ("kept", "gone", "elsewhere")]
    scans = [ObjectId(bucket="scans", key=key, version_id=v) for key, v in (("kept", "v1"), ("gone", "v2"))]
    assert index.remove_gone(iter(prefixes), iter(scans), ["scans"]) == 1
    assert sorted(keys(index, "paper")) == ["elsewhere", "kept"]
    assert index.remove_gone(iter(prefixes), iter(scans), ["scans"]) == 0


def test_failed_change_leaves_nothing(index: SearchIndex) -> None:
    with pytest.raises(RuntimeError), index.changing():
        index.put(record("a"), "paper")
        raise RuntimeError
    assert len(index) == 0


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + bytes(4096)])
def test_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(content)
    with pytest.raises(UnusableIndexError):
        SearchIndex(path)


def test_other_version_is_told(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE documents (id)")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UnusableIndexError):
        SearchIndex(path)
