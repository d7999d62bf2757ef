"""Searches the text of a stack's documents, in a copy of its index that is brought up to date first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import ClientError

from scanproof.checkout import state_folder
from scanproof.cli.admin.stack_client import StackClient
from scanproof.document import UNVERSIONED
from scanproof.options import Output
from scanproof.output.files import FILE_NAMES
from scanproof.settings import Settings
from scanproof.workers.aws_errors import is_forbidden, is_gone
from scanproof.workers.record import Record
from scanproof.workers.search.index import Hit, SearchIndex, UnusableIndexError
from scanproof.workers.search.query import SearchQuery
from scanproof.workers.search.store import SearchStore
from scanproof.workers.search.update import add_published

_BASE = "base"  # the copy's own state: the bucket's file that it was made from, and whose table that describes
_THREADS = 8  # requests at once; they wait for the network


@dataclass(frozen=True)
class Found:
    """A document that matches: its record, and the words around the first match, see `Hit`."""

    record: Record
    snippet: str


def index_copy(results_bucket: str, *, is_local: bool) -> Path:
    """Returns where the copy of a stack's index lies: of the local stack beside its state, else in the user's cache."""
    folder = state_folder() if is_local else (Settings.from_environment().cache_home or Path.home() / ".cache")
    return folder / ("search" if is_local else "scanproof/search") / f"{results_bucket}.sqlite"


class TextSearch:
    """Finds documents by their text and fields.

    The bucket's index may lie behind by a quarter of an hour and more. What was published since is read from the
    results and added to the copy, which the next search goes on with until the bucket has a newer file. Without a file
    in the bucket, as with a stack of an earlier release, the copy is made of all results.

    Args:
        client: of the stack.
        copy: where the copy lies or is to lie.
        on_read: called with the number of results that are read next.
    """

    def __init__(self, client: StackClient, copy: Path, on_read: Callable[[int], None] = lambda _: None) -> None:
        self._client = client
        self._copy = copy
        self._on_read = on_read
        self._store = SearchStore(client.s3, client.outputs.results_bucket)

    def find(self, query: SearchQuery, limit: int) -> list[Found]:
        """Returns up to ``limit`` documents that match and still exist, the last changed first.

        Raises:
            ValueError: the query names words without a letter or digit.
            PermanentError: ``search_unavailable``.
        """
        query.match  # noqa: B018 - tells a query without words before anything is downloaded
        found: list[Found] = []
        with ThreadPoolExecutor(_THREADS) as executor, self._current_index() as index:

            def fetch(text: Callable[[Record], str | None], records: Sequence[Record]) -> Iterator[str | None]:
                self._on_read(len(records))
                return executor.map(text, records)

            add_published(index, self._client.records, self._store, datetime.now(UTC), fetch=fetch)
            offset = 0
            while len(found) < limit and (hits := index.find(query, limit, offset)):
                offset += len(hits)
                for hit, record in zip(hits, executor.map(self._existing, hits), strict=True):
                    if record:
                        found.append(Found(record, hit.snippet))
                    else:
                        index.remove(hit.scan)
                        offset -= 1
        return found[:limit]

    @contextmanager
    def _current_index(self) -> Iterator[SearchIndex]:
        """Opens the copy; downloads it first where the bucket has another file than it was made from."""
        stored, table = self._store.head(), self._client.outputs.documents_table
        base = f"{table} {stored.etag}"
        self._copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _base_of(self._copy) != base:
            with TemporaryDirectory(dir=self._copy.parent) as folder:  # of this process alone, and readable to its user
                fresh = Path(folder) / self._copy.name
                if stored.etag:
                    self._store.download(stored, fresh)
                with SearchIndex.of_download(fresh) as made:
                    made.set_state(_BASE, base)
                fresh.chmod(0o600)
                fresh.replace(self._copy)
        with SearchIndex(self._copy) as index:
            yield index

    def _existing(self, hit: Hit) -> Record | None:
        """Returns the record of a hit; None if the document, its scan or this attempt's result is gone."""
        record = self._client.records.get(hit.scan)
        if record is None or record.results_prefix != hit.results_prefix:
            return None
        name, scan = f"{hit.results_prefix}{FILE_NAMES[Output.JSON]}", hit.scan
        if self._version(self._client.outputs.results_bucket, name) is None:
            return None
        current = self._version(scan.bucket, scan.key, if_hidden=scan.version_id)
        is_there = current == scan.version_id or (
            current is not None and self._version(scan.bucket, scan.key, scan.version_id) is not None
        )
        return record if is_there else None

    def _version(self, bucket: str, key: str, version_id: str = "", *, if_hidden: str = "") -> str | None:
        """Returns the version of an object, the current one by default; None if there is none, or only its marker.

        Args:
            if_hidden: returned where the caller may read results, but not the object.
        """
        which: Any = {"VersionId": version_id} if version_id else {}
        try:
            answer = self._client.s3.head_object(Bucket=bucket, Key=key, **which)
        except ClientError as error:
            if is_gone(error):
                return None
            if is_forbidden(error):
                return if_hidden
            raise
        return answer.get("VersionId", UNVERSIONED)


def _base_of(copy: Path) -> str | None:
    if not copy.exists():
        return None
    try:
        with SearchIndex(copy) as index:
            return index.state(_BASE)
    except UnusableIndexError:
        return None
