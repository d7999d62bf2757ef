"""The search index as the deployed functions keep it, and the command that searches it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanproof.cli.admin.text_search import TextSearch
from scanproof.cli.commands import search as search_module
from scanproof.cli.main import main
from scanproof.document import ObjectId
from scanproof.workers.records import Status
from scanproof.workers.s3_keys import SEARCH_INDEX_KEY
from scanproof.workers.search.index import SearchIndex
from scanproof.workers.search.query import SearchQuery
from scanproof.workers.search.store import SearchStore
from tests.stack.conftest import Pipeline
from tests.unit.opening.paper import pdf_with


def make_sweep_due(pipeline: Pipeline) -> None:
    """Makes the index look as if it had last been searched for deleted documents long ago."""
    client = pipeline.stack_client
    bucket = client.outputs.results_bucket
    metadata = client.s3.head_object(Bucket=bucket, Key=SEARCH_INDEX_KEY)["Metadata"]
    client.s3.copy_object(
        Bucket=bucket,
        Key=SEARCH_INDEX_KEY,
        CopySource={"Bucket": bucket, "Key": SEARCH_INDEX_KEY},
        Metadata={**metadata, "swept-at": "2000"},
        MetadataDirective="REPLACE",
    )


def indexed(pipeline: Pipeline, words: str, folder: Path) -> list[str]:
    store = SearchStore(pipeline.stack_client.s3, pipeline.stack_client.outputs.results_bucket)
    path = folder / "downloaded.sqlite"
    store.download(store.head(), path)
    with SearchIndex(path) as index:
        return [hit.scan.key for hit in index.find(SearchQuery(words), 50)]


def found(pipeline: Pipeline, words: str, folder: Path) -> list[str]:
    search = TextSearch(pipeline.stack_client, folder / "copy.sqlite")
    return [each.record.key for each in search.find(SearchQuery(words), 50)]


@pytest.fixture
def scan(pipeline: Pipeline, tmp_path: Path) -> ObjectId:
    path = pdf_with(tmp_path / "pangolins.pdf", [(50, 50, "An invoice for seven pangolins"), (50, 80, "Total 264.66")])
    uploaded = pipeline.upload(path, key="incoming/März/7 pangolins & more.pdf")
    assert [record.status for record in pipeline.finished(uploaded)] == [Status.PUBLISHED]
    pipeline.stack.wait_idle()
    return uploaded


def test_index_follows_the_documents(pipeline: Pipeline, scan: ObjectId, tmp_path: Path) -> None:
    assert found(pipeline, "seven pangolins", tmp_path) == [scan.key]  # before maintenance has run
    pipeline.maintain()
    assert indexed(pipeline, "pangolins", tmp_path) == [scan.key]

    pipeline.stack_client.s3.delete_object(Bucket=scan.bucket, Key=scan.key)
    assert found(pipeline, "pangolins", tmp_path) == []
    make_sweep_due(pipeline)
    pipeline.maintain()
    assert indexed(pipeline, "pangolins", tmp_path) == []


def test_command_prints_whole_keys(
    pipeline: Pipeline, scan: ObjectId, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_module, "stack_client_for", lambda _: pipeline.stack_client)
    monkeypatch.setattr(search_module, "index_copy", lambda *_, **__: tmp_path / "copy.sqlite")
    run = CliRunner().invoke(main, ["search", "pangolins", "--limit", "1"], catch_exceptions=False)
    assert scan.key in run.stdout.splitlines()
    assert "[pangolins]" in run.stdout
    run = CliRunner().invoke(main, ["search", "--total", "264.66", "--json"], catch_exceptions=False)
    assert scan.key in {row["key"] for row in json.loads(run.stdout)}
    run = CliRunner().invoke(main, ["search", "--total", "264.67", "--json"], catch_exceptions=False)
    assert scan.key not in {row["key"] for row in json.loads(run.stdout)}
