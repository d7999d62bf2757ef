"""Brings an index up to date. MaintenanceFunction does it for the file in the bucket, each search for its own copy."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.errors import OutOfTimeError
from scanproof.workers.record import Record
from scanproof.workers.records import Records, iso_time
from scanproof.workers.search.index import SearchIndex
from scanproof.workers.search.store import SearchStore

# Clocks of functions differ, and the table's indexes lag behind its items: records of the last minutes are read again.
# What is in the index already costs a comparison.
OVERLAP = timedelta(minutes=10)
# Deleted documents are not found at once, as a search looks up what it shows; their words leave the file by then.
SWEEP_EVERY = timedelta(days=1)
# Less than half of the function's /tmp (512 MB), as compacting needs the size again. `python -m benchmarks.search`
# measures how many documents that holds; docs/operations.md describes other services for more.
MAX_INDEX_BYTES = 220_000_000
_BATCH = 8  # documents whose texts are in memory at a time: of the longest documents, 12 MB each
_SWEPT_AT = "swept_at"
WATERMARK = "watermark"

T = TypeVar("T")
FetchTexts = Callable[[Callable[[Record], str | None], Sequence[Record]], Iterable[str | None]]

logger = logging.getLogger(__name__)


def add_published(
    index: SearchIndex,
    records: Records,
    store: SearchStore,
    now: datetime,
    deadline: Deadline = NO_DEADLINE,
    fetch: FetchTexts = map,
) -> int:
    """Adds what was published since the index's watermark, and moves the watermark.

    May be repeated, and interrupted at any point: a result that is in the index already is left as it is.

    Args:
        now: when reading the records begins.
        deadline: after which no further batch is begun; the watermark then is at the last one.
        fetch: applies a function to records, in their order; an executor's ``map`` does it at once.

    Returns:
        The number of documents that were added.
    """
    reached, added = iso_time(now), 0
    for batch in _batches(records.published_since(index.state(WATERMARK)), _BATCH):
        if deadline.is_over:
            reached = batch[0].updated_at
            break
        fresh = [record for record in batch if record.has_result and not index.has(record)]
        texts = list(fetch(lambda record: store.text(record.results_prefix or ""), fresh))
        with index.changing():
            for record, text in zip(fresh, texts, strict=True):
                if text is None:  # deleted since; an earlier attempt's text must not stay either
                    index.remove(record.object_id)
                else:
                    index.put(record, text)
                    added += 1
    mark = min(reached, iso_time(now - OVERLAP))
    if mark > index.state(WATERMARK):
        index.set_state(WATERMARK, mark)
    return added


def remove_deleted(index: SearchIndex, store: SearchStore, deadline: Deadline = NO_DEADLINE) -> int:
    """Removes documents whose result or scan is gone.

    Returns:
        The number of removed documents.

    Raises:
        OutOfTimeError: the deadline passed before everything was listed; nothing is removed.
    """
    buckets = [bucket for bucket in index.buckets() if store.can_list(bucket)]
    scans = (scan for bucket in buckets for scan in store.live_scans(bucket))
    removed = index.remove_gone(_in_time(store.live_results(), deadline), _in_time(scans, deadline), buckets)
    if removed:
        index.compact()
    return removed


class IndexWriter:
    """Keeps the index file in the bucket. Runs may overlap: S3 takes only the one that began with the current file."""

    def __init__(self, records: Records, store: SearchStore) -> None:
        self._records = records
        self._store = store

    def run(self, now: datetime, deadline: Deadline) -> Mapping[str, int]:
        """Adds new documents, and once a day removes deleted ones. Nothing is written where nothing changed.

        The only write is that of the finished file, so a run that ends early leaves the old one.

        Returns:
            Numbers of documents by what was done to them: ``indexed``, ``unindexed``; of what was not done:
            ``index_errors``, and ``index_lost`` for a run that another one overtook.
        """
        stored = self._store.head()
        is_sweep_due = bool(stored.etag) and stored.swept_at < iso_time(now - SWEEP_EVERY)
        counts: Counter[str] = Counter()
        has_news = any(True for _ in self._records.published_since(stored.watermark))
        if has_news and stored.size_bytes >= MAX_INDEX_BYTES:
            logger.warning("the search index is full; docs/operations.md says what then")
            counts["index_errors"], has_news = 1, False
        if not (has_news or is_sweep_due):
            return +counts
        with TemporaryDirectory(prefix="scanproof-") as folder:
            path = Path(folder) / "index.sqlite"
            if stored.etag:
                self._store.download(stored, path)
            with SearchIndex.of_download(path, is_scratch=True) as index:
                if has_news:
                    counts["indexed"] = add_published(index, self._records, self._store, now, deadline)
                if is_sweep_due:
                    counts += self._sweep(index, deadline)
                if is_sweep_due or not stored.etag:
                    index.set_state(_SWEPT_AT, iso_time(now))
                watermark, swept_at = index.state(WATERMARK), index.state(_SWEPT_AT)
            if not self._store.replace(stored, path, watermark, swept_at):
                return {"index_lost": 1}
        return +counts

    def _sweep(self, index: SearchIndex, deadline: Deadline) -> Counter[str]:
        """Removes deleted documents; a failure is left to the next day, and costs no new document its place."""
        try:
            return Counter(unindexed=remove_deleted(index, self._store, deadline))
        except (ClientError, OutOfTimeError):
            logger.warning("deleted documents were not removed from the search index", exc_info=True)
            return Counter(index_errors=1)


def _in_time(items: Iterator[T], deadline: Deadline) -> Iterator[T]:
    for item in items:
        if deadline.is_over:
            raise OutOfTimeError("looking for deleted documents took too long")
        yield item


def _batches(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(islice(items, size)):
        yield batch
