"""The search index: an SQLite file with every published document, its fields and its text (FTS5).

Uses what SQLite 3.40 has, the version of Lambda's Amazon Linux 2023. Contentless tables from which rows can be deleted
need 3.43, so the text is stored; in return a hit can be shown in its surroundings.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from scanproof.document import FieldName, ObjectId
from scanproof.errors import PermanentError
from scanproof.workers.record import Record
from scanproof.workers.s3_keys import SEARCH_INDEX_VERSION
from scanproof.workers.search.query import (
    COLUMN_FIELDS,
    HIT_END,
    HIT_START,
    SearchQuery,
    indexed_text,
    readable,
    searchable,
    value_key,
)

_SNIPPET_WORDS = 16  # FTS5 allows 64
_PAGE_BYTES = 16_384  # of 4,096, the default, a text of 2,000 letters leaves half unused (`benchmarks/search.py`)
_COLUMNS = "text, vendor, tokenize = 'unicode61 remove_diacritics 2'"
_SCHEMA = (
    "CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE documents (id INTEGER PRIMARY KEY, document_id TEXT NOT NULL UNIQUE, bucket TEXT NOT NULL, "
    "key TEXT NOT NULL, version_id TEXT NOT NULL, results_prefix TEXT NOT NULL, changed_at TEXT NOT NULL, "
    "invoice_number TEXT, invoice_date TEXT, total REAL, needs_review INTEGER NOT NULL)",
    "CREATE INDEX documents_by_change ON documents (changed_at)",
    f"CREATE VIRTUAL TABLE texts USING fts5 ({_COLUMNS})",
    "CREATE TABLE found (name TEXT, value TEXT, document INTEGER, PRIMARY KEY (name, value, document)) WITHOUT ROWID",
    "CREATE INDEX found_by_document ON found (document)",
    f"PRAGMA user_version = {SEARCH_INDEX_VERSION}",
)
# Which of the indexed documents have lost their result, or their scan.
_LIVE_TABLES = (
    "CREATE TEMP TABLE live_results (prefix TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE live_scans (bucket TEXT, key TEXT, version_id TEXT, PRIMARY KEY (bucket, key, version_id)) "
    "WITHOUT ROWID",
)
_GONE = (
    "SELECT id FROM documents WHERE results_prefix NOT IN (SELECT prefix FROM live_results) OR bucket IN ({buckets}) "
    "AND NOT EXISTS (SELECT 1 FROM live_scans AS scan WHERE (scan.bucket, scan.key, scan.version_id) = "
    "(documents.bucket, documents.key, documents.version_id))"
)


class UnusableIndexError(Exception):
    """The file is damaged, or of another version: it is built anew."""


class Hit(NamedTuple):
    """A document that matches, and the words around the first match, marked; no words where no text was asked for."""

    scan: ObjectId
    results_prefix: str
    snippet: str


class SearchIndex:
    """An open index file; use it as a context manager.

    Args:
        path: of the file, which is created if it is missing.
        is_scratch: the file is deleted afterwards or replaced whole, so it needs no journal.

    Raises:
        UnusableIndexError: another version, or no database.
        PermanentError: ``search_unavailable``: this Python's SQLite has no FTS5.
    """

    def __init__(self, path: Path, *, is_scratch: bool = False) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        try:
            self._prepare(is_scratch)
        except sqlite3.OperationalError as error:
            self.close()
            if "fts5" not in str(error):
                raise
            raise PermanentError(
                "search_unavailable",
                "The SQLite library of this Python has no full-text search (FTS5).",
                "Use another build of Python, or search by the options that need no text.",
            ) from error
        except (sqlite3.DatabaseError, UnusableIndexError) as error:
            self.close()
            raise UnusableIndexError(f"{path.name} is no index of this version") from error

    @classmethod
    def of_download(cls, path: Path, *, is_scratch: bool = False) -> Self:
        """Opens a file that was downloaded, or is not there yet; begins anew where it is unusable."""
        try:
            return cls(path, is_scratch=is_scratch)
        except UnusableIndexError:
            path.unlink()
            return cls(path, is_scratch=is_scratch)

    def _prepare(self, is_scratch: bool) -> None:
        if is_scratch:
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA secure_delete = ON")  # deleted text is overwritten
        version = self._value("PRAGMA user_version")
        if version == 0 and not self._value("SELECT count(*) FROM sqlite_master"):
            self._connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            with self.changing():
                for statement in _SCHEMA:
                    self._connection.execute(statement)
        elif version != SEARCH_INDEX_VERSION:
            raise UnusableIndexError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Makes the changes of the block all or none."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def state(self, name: str) -> str:
        """Returns a value that was stored beside the documents; empty if there is none."""
        return str(self._value("SELECT value FROM state WHERE name = ?", name) or "")

    def set_state(self, name: str, value: str) -> None:
        """Stores a value beside the documents."""
        self._connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

    def __len__(self) -> int:
        return int(self._value("SELECT count(*) FROM documents"))

    @property
    def size_bytes(self) -> int:
        """Size of the file."""
        return self._path.stat().st_size

    def has(self, record: Record) -> bool:
        """Whether a record's published result is in the index: its prefix names the attempt."""
        found = self._value("SELECT results_prefix FROM documents WHERE document_id = ?", record.object_id.document_id)
        return found is not None and found == record.results_prefix

    def put(self, record: Record, text: str) -> None:
        """Adds a published result, in place of an earlier attempt's."""
        scan, fields = record.object_id, record.fields
        self.remove(scan)
        values = (
            scan.document_id,
            scan.bucket,
            scan.key,
            scan.version_id,
            record.results_prefix,
            record.updated_at,
            fields.get(FieldName.INVOICE_NUMBER),
            fields.get(FieldName.INVOICE_DATE),
            _number(fields.get(FieldName.TOTAL)),
            record.needs_review,
        )
        cursor = self._connection.execute(
            "INSERT INTO documents (document_id, bucket, key, version_id, results_prefix, changed_at, invoice_number, "
            "invoice_date, total, needs_review) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        vendor = searchable(fields.get(FieldName.VENDOR, ""))
        row = (cursor.lastrowid, indexed_text(text), vendor)
        self._connection.execute("INSERT INTO texts (rowid, text, vendor) VALUES (?, ?, ?)", row)
        self._connection.executemany(
            "INSERT OR IGNORE INTO found (name, value, document) VALUES (?, ?, ?)",
            [(name, value_key(value), cursor.lastrowid) for name, value in _other_values(record)],
        )

    def remove(self, scan: ObjectId) -> None:
        """Removes a document, if it is there."""
        if (row := self._value("SELECT id FROM documents WHERE document_id = ?", scan.document_id)) is not None:
            self._delete(row)

    def buckets(self) -> list[str]:
        """Returns the buckets of the indexed scans."""
        return [str(name) for (name,) in self._connection.execute("SELECT DISTINCT bucket FROM documents")]

    def remove_gone(self, prefixes: Iterator[str], scans: Iterator[ObjectId], buckets: list[str]) -> int:
        """Removes the documents whose result or scan is not among those that there are.

        Args:
            prefixes: of all results.
            scans: all versions in ``buckets`` whose key has not been deleted.
            buckets: whose scans were listed; documents of others keep their place.

        Returns:
            The number of removed documents.
        """
        for statement in _LIVE_TABLES:
            self._connection.execute(statement)
        with self.changing():
            self._connection.executemany(
                "INSERT OR IGNORE INTO live_results VALUES (?)", ((prefix,) for prefix in prefixes)
            )
            self._connection.executemany(
                "INSERT OR IGNORE INTO live_scans VALUES (?, ?, ?)",
                ((scan.bucket, scan.key, scan.version_id) for scan in scans),
            )
            marks = ", ".join("?" * len(buckets))
            gone = [row for (row,) in self._connection.execute(_GONE.format(buckets=marks), buckets)]
            for row in gone:
                self._delete(row)
        for table in ("live_results", "live_scans"):
            self._connection.execute(f"DROP TABLE {table}")
        return len(gone)

    def compact(self) -> None:
        """Rewrites the file without what was deleted: FTS5 keeps the words of deleted rows until it merges."""
        self._connection.execute("INSERT INTO texts (texts) VALUES ('optimize')")
        self._connection.execute("VACUUM")

    def find(self, query: SearchQuery, limit: int, offset: int = 0) -> list[Hit]:
        """Returns matching documents, the last changed first.

        Raises:
            ValueError: the query names words without a letter or digit.
        """
        conditions, values = _conditions(query)
        source, match = "documents", query.match
        if match:
            source += " JOIN texts ON texts.rowid = documents.id"
            conditions.append("texts MATCH ?")
            values.append(match)
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = self._connection.execute(
            f"SELECT documents.id, bucket, key, version_id, results_prefix FROM {source} {where} "  # noqa: S608 - no value
            "ORDER BY changed_at DESC, documents.id DESC LIMIT ? OFFSET ?",
            (*values, limit, offset),
        ).fetchall()
        snippets = self._snippets([row[0] for row in rows], match) if match and query.text else {}
        return [
            Hit(ObjectId(bucket=bucket, key=key, version_id=version), prefix, snippets.get(row, ""))
            for row, bucket, key, version, prefix in rows
        ]

    def _snippets(self, rows: Sequence[int], match: str) -> dict[int, str]:
        """Returns the words around the first match in each of these documents.

        They are matched again, in a table of their own: in the whole one, FTS5 would go through all documents that
        match before it marks the words of one.
        """
        self._connection.execute(f"CREATE VIRTUAL TABLE temp.shown USING fts5 ({_COLUMNS})")
        with self.changing():
            self._connection.executemany(
                "INSERT INTO shown (rowid, text, vendor) SELECT rowid, text, vendor FROM texts WHERE rowid = ?",
                ((row,) for row in rows),
            )
        found = self._connection.execute(
            f"SELECT rowid, snippet(shown, 0, '{HIT_START}', '{HIT_END}', ' … ', {_SNIPPET_WORDS}) "  # noqa: S608 - constants
            "FROM shown WHERE shown MATCH ?",
            (match,),
        )
        snippets = {row: readable(snippet) for row, snippet in found}
        self._connection.execute("DROP TABLE temp.shown")
        return snippets

    def _delete(self, row: int) -> None:
        self._connection.execute("DELETE FROM texts WHERE rowid = ?", (row,))
        self._connection.execute("DELETE FROM found WHERE document = ?", (row,))
        self._connection.execute("DELETE FROM documents WHERE id = ?", (row,))

    def _value(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - whatever SQLite stores
        with closing(self._connection.execute(statement, values)) as rows:
            row = rows.fetchone()
        return row[0] if row else None


def _conditions(query: SearchQuery) -> tuple[list[str], list[object]]:
    given = {
        "total >= ?": _number(query.total_from),
        "total <= ?": _number(query.total_to),
        "invoice_date >= ?": query.dated_from,
        "invoice_date <= ?": query.dated_to,
        "invoice_number = ?": query.invoice_number,
        "needs_review = ?": True if query.needs_review else None,
    }
    found = {condition: value for condition, value in given.items() if value is not None}
    conditions, values = list(found), list[object](found.values())
    for name, value in query.fields:
        conditions.append("documents.id IN (SELECT document FROM found WHERE name = ? AND value = ?)")
        values += [name, value_key(value)]
    if query.day:
        conditions.append("substr(changed_at, 1, length(?)) = ?")
        values += [query.day, query.day]
    return conditions, values


def _other_values(record: Record) -> Iterator[tuple[str, str]]:
    """Yields the names and values of the fields that have no column of their own."""
    yield from ((name, value) for name, value in record.fields.items() if name not in COLUMN_FIELDS)
    yield from ((name, value) for name, values in record.details.items() for value in values)


def _number(value: str | Decimal | None) -> float | None:
    """Returns an amount as SQLite compares it; None for none, and for what is no number."""
    try:
        return None if value is None else float(Decimal(value))
    except InvalidOperation:
        return None
