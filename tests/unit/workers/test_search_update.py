"""The index in the bucket, and the copy that a search makes of it, against the emulator."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scanproof.cli.admin.text_search import TextSearch
from scanproof.correction.deadline import Deadline
from scanproof.document import DocumentRef, ObjectId
from scanproof.workers import s3_keys
from scanproof.workers.maintenance import MaintenanceWorker, Tick
from scanproof.workers.search import update
from scanproof.workers.search.index import SearchIndex
from scanproof.workers.search.query import SearchQuery
from scanproof.workers.search.store import SearchStore
from scanproof.workers.search.update import IndexWriter
from tests.builders import document as made_document
from tests.builders import line, page
from tests.unit.workers.conftest import Store

_names = itertools.count()
LATER = timedelta(hours=1)


class Shelf:
    """A results bucket of its own beside the shared table and scans, so that each test has an index of its own."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.bucket = f"search-{next(_names)}"
        self.s3 = store.client("s3")
        self.s3.create_bucket(Bucket=self.bucket)
        client = store.stack_client()
        client.outputs = replace(client.outputs, results_bucket=self.bucket)
        self.client = client
        self.store = SearchStore(self.s3, self.bucket)
        self.writer = IndexWriter(client.records, self.store)
        self.search = TextSearch(client, folder / "copy.sqlite")

    def publish(self, text: str, scan: ObjectId | None = None, attempt: int = 1, **fields: str) -> ObjectId:
        key = f"incoming/{self.bucket}-{next(_names)}.png"
        if scan is None:
            answer = self.s3.put_object(Bucket="scans", Key=key, Body=b"scan")
            scan = ObjectId(bucket="scans", key=key, version_id=answer["VersionId"])
        document, records = DocumentRef(object_id=scan, attempt=attempt), self.client.records
        records.start_attempt(document)
        records.set_pages_total(document, 1)
        prefix = s3_keys.results_prefix(document)
        whole = made_document(page(1, *(line(part) for part in text.split("\n"))))
        self.put(f"{prefix}document.json", whole.model_dump_json())
        self.put(f"{prefix}document.txt", whole.text)
        records.mark_published(document, prefix, (), {"fields": fields} if fields else {})
        records.mark_event_sent(document)
        return scan

    def put(self, key: str, content: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content.encode())

    def maintain(self, after: timedelta = timedelta(), deadline: Deadline = update.NO_DEADLINE) -> dict[str, int]:
        return dict(self.writer.run(datetime.now(UTC) + after, deadline))

    def etag(self) -> str:
        return self.store.head().etag

    def indexed(self, words: str, folder: Path) -> list[str]:
        """Keys that the bucket's file alone has."""
        path = folder / f"file-{next(_names)}.sqlite"
        self.store.download(self.store.head(), path)
        with SearchIndex(path) as index:
            return [hit.scan.key for hit in index.find(SearchQuery(words), 50)]

    def found(self, words: str) -> list[str]:
        return [found.record.key for found in self.search.find(SearchQuery(words), 50)]


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(store, tmp_path)
    yield made
    paginator = made.s3.get_paginator("list_object_versions")
    for listed in paginator.paginate(Bucket="scans", Prefix=f"incoming/{made.bucket}-"):
        for version in listed.get("Versions", []):
            made.s3.delete_object(Bucket="scans", Key=version["Key"], VersionId=version["VersionId"])


def test_new_documents_are_indexed(shelf: Shelf, tmp_path: Path) -> None:
    scan = shelf.publish("zebra crossing")
    assert shelf.maintain() == {"indexed": 1}
    assert shelf.indexed("zebra", tmp_path) == [scan.key]


def test_nothing_new_writes_nothing(shelf: Shelf) -> None:
    shelf.publish("zebra")
    shelf.maintain(LATER)  # the watermark is behind everything
    before = shelf.etag()
    assert shelf.maintain(LATER) == {}
    assert shelf.etag() == before


def test_repeated_run_changes_nothing(shelf: Shelf, tmp_path: Path) -> None:
    scan = shelf.publish("zebra")
    shelf.maintain()
    assert shelf.maintain() == {}
    assert shelf.indexed("zebra", tmp_path) == [scan.key]


def test_search_is_ahead_of_index(shelf: Shelf, tmp_path: Path) -> None:
    first = shelf.publish("zebra one")
    shelf.maintain()
    second = shelf.publish("zebra two")
    assert shelf.found("zebra") == [second.key, first.key]
    assert shelf.indexed("zebra", tmp_path) == [first.key]


def test_search_works_without_index(shelf: Shelf) -> None:
    scan = shelf.publish("zebra")
    assert shelf.found("zebra") == [scan.key]
    another = shelf.publish("zebra")
    assert shelf.found("zebra") == [another.key, scan.key]
    assert shelf.etag() == ""


def test_new_attempt_is_found_alone(shelf: Shelf, tmp_path: Path) -> None:
    scan = shelf.publish("misread zebra")
    shelf.maintain()
    assert shelf.found("misread") == [scan.key]
    shelf.publish("corrected zebra", scan, attempt=2)
    assert (shelf.found("misread"), shelf.found("corrected")) == ([], [scan.key])
    shelf.maintain()
    assert shelf.indexed("misread", tmp_path) == []
    assert shelf.indexed("corrected", tmp_path) == [scan.key]


def test_running_attempt_keeps_old_result(shelf: Shelf) -> None:
    scan = shelf.publish("zebra")
    shelf.maintain()
    shelf.client.records.start_attempt(DocumentRef(object_id=scan, attempt=2))
    assert shelf.found("zebra") == [scan.key]


def delete_scan(shelf: Shelf, scan: ObjectId) -> None:
    shelf.s3.delete_object(Bucket=scan.bucket, Key=scan.key)  # leaves a marker, and the version


def delete_version(shelf: Shelf, scan: ObjectId) -> None:
    shelf.s3.delete_object(Bucket=scan.bucket, Key=scan.key, VersionId=scan.version_id)


def delete_result(shelf: Shelf, scan: ObjectId) -> None:
    prefix = s3_keys.results_prefix(DocumentRef(object_id=scan, attempt=1))
    for name in ("document.json", "document.txt"):
        shelf.s3.delete_object(Bucket=shelf.bucket, Key=prefix + name)


@pytest.mark.parametrize("delete", [delete_scan, delete_version, delete_result])
def test_deleted_documents_disappear(shelf: Shelf, tmp_path: Path, delete: Any) -> None:
    kept, gone = shelf.publish("zebra kept"), shelf.publish("zebra gone")
    shelf.maintain()
    assert shelf.found("zebra") == [gone.key, kept.key]
    delete(shelf, gone)
    assert shelf.found("zebra") == [kept.key]  # at once
    assert shelf.indexed("zebra", tmp_path) == [gone.key, kept.key]
    assert shelf.maintain(update.SWEEP_EVERY + LATER)["unindexed"] == 1
    assert shelf.indexed("zebra", tmp_path) == [kept.key]


def test_missing_bucket_is_left_out(shelf: Shelf, tmp_path: Path) -> None:
    foreign = ObjectId(bucket="no-such-bucket", key="zebra.png", version_id="v1")
    gone = shelf.publish("zebra")
    shelf.publish("zebra", foreign)
    shelf.maintain()
    delete_scan(shelf, gone)
    assert shelf.maintain(update.SWEEP_EVERY + LATER) == {"unindexed": 1}
    assert shelf.indexed("zebra", tmp_path) == [foreign.key]
    assert shelf.found("zebra") == []


def test_reader_of_results_alone_finds(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = shelf.publish("zebra")
    head = shelf.client.s3.head_object

    def refusing(**arguments: Any) -> Any:
        if arguments["Bucket"] == "scans":
            raise ClientError({"Error": {"Code": "403"}}, "HeadObject")
        return head(**arguments)

    monkeypatch.setattr(shelf.client.s3, "head_object", refusing)
    assert shelf.found("zebra") == [scan.key]


def test_older_version_stays_found(shelf: Shelf) -> None:
    scan = shelf.publish("zebra")
    shelf.s3.put_object(Bucket="scans", Key=scan.key, Body=b"newer")
    shelf.maintain()
    shelf.maintain(update.SWEEP_EVERY + LATER)
    assert shelf.found("zebra") == [scan.key]


def test_overtaken_run_writes_nothing(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.publish("zebra")
    shelf.maintain()
    before = shelf.store.head()
    shelf.publish("zebra")
    replace_file = shelf.store.replace

    def overtaken(*arguments: Any) -> bool:
        monkeypatch.setattr(shelf.store, "replace", replace_file)
        assert shelf.maintain() == {"indexed": 1}
        return replace_file(*arguments)

    monkeypatch.setattr(shelf.store, "replace", overtaken)
    assert shelf.maintain() == {"index_lost": 1}
    assert before.etag != shelf.etag()
    assert len(shelf.indexed("zebra", tmp_path)) == 2


def test_first_index_has_one_winner(shelf: Shelf, tmp_path: Path) -> None:
    shelf.publish("zebra")
    none = shelf.store.head()
    path = tmp_path / "index.sqlite"
    SearchIndex(path).close()
    assert shelf.store.replace(none, path, "", "")
    assert not shelf.store.replace(none, path, "", "")


def test_deadline_leaves_rest_to_next(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "_BATCH", 1)
    scans = [shelf.publish(f"zebra {number}") for number in range(4)]
    already = (
        sum(1 for _ in shelf.client.records.published_since("")) - 4
    )  # of other tests, whose results are elsewhere
    left = iter(range(already + 2, -10_000, -1))
    shelf.maintain(deadline=Deadline(lambda: float(next(left))))
    first = shelf.indexed("zebra", tmp_path)
    assert 0 < len(first) < 4
    shelf.maintain()
    assert sorted(shelf.indexed("zebra", tmp_path)) == sorted(scan.key for scan in scans)


def test_unfinished_sweep_removes_nothing(shelf: Shelf, tmp_path: Path) -> None:
    scan = shelf.publish("zebra")
    shelf.maintain()
    delete_scan(shelf, scan)
    over = Deadline(lambda: -1.0)
    assert shelf.maintain(update.SWEEP_EVERY + LATER, over) == {"index_errors": 1}
    assert shelf.indexed("zebra", tmp_path) == [scan.key]


def test_full_index_takes_no_more(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.publish("zebra")
    shelf.maintain()
    monkeypatch.setattr(update, "MAX_INDEX_BYTES", 1)
    late = shelf.publish("zebra late")
    assert shelf.maintain() == {"index_errors": 1}
    assert len(shelf.indexed("zebra", tmp_path)) == 1
    assert late.key in shelf.found("zebra")  # read from the results instead


@pytest.mark.parametrize("content", [b"damaged", b""])
def test_damaged_file_is_built_anew(shelf: Shelf, content: bytes, tmp_path: Path) -> None:
    scan = shelf.publish("zebra")
    shelf.s3.put_object(Bucket=shelf.bucket, Key=s3_keys.SEARCH_INDEX_KEY, Body=content)
    assert shelf.found("zebra") == [scan.key]
    shelf.maintain()
    assert shelf.indexed("zebra", tmp_path) == [scan.key]


def test_damaged_copy_is_made_anew(shelf: Shelf, tmp_path: Path) -> None:
    scan = shelf.publish("zebra")
    shelf.maintain()
    (tmp_path / "copy.sqlite").write_bytes(b"damaged")
    assert shelf.found("zebra") == [scan.key]
    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o077 == 0


def test_text_comes_from_json(shelf: Shelf, tmp_path: Path) -> None:
    scan = shelf.publish("zebra in json")
    prefix = s3_keys.results_prefix(DocumentRef(object_id=scan, attempt=1))
    shelf.s3.delete_object(Bucket=shelf.bucket, Key=f"{prefix}document.txt")
    unreadable = shelf.publish("zebra")
    prefix = s3_keys.results_prefix(DocumentRef(object_id=unreadable, attempt=1))
    shelf.s3.delete_object(Bucket=shelf.bucket, Key=f"{prefix}document.txt")
    shelf.put(f"{prefix}document.json", '{"schema_version": "9.0", "text": "zebra"}')
    assert shelf.maintain() == {"indexed": 2}
    assert shelf.indexed("zebra", tmp_path) == [scan.key]


def test_failing_index_stops_nothing(
    store: Store, document: DocumentRef, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(IndexWriter, "run", fail)
    outcome = MaintenanceWorker(store.context()).process(Tick(id="1"))
    names = {metric.name: metric.value for metric in outcome.metrics}
    assert (names["MaintenanceRuns"], names["SearchIndexErrors"]) == (1, 1)


def test_logs_hold_no_text(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="scanproof")
    scan = shelf.publish("unmistakable")
    shelf.maintain()
    delete_scan(shelf, scan)
    shelf.maintain(update.SWEEP_EVERY + LATER)
    assert "unmistakable" not in caplog.text
