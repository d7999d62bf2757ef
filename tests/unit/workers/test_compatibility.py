"""Documents, records, pages and messages of earlier releases are read as before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanproof.document import SCHEMA_VERSION, Page, parse_document
from scanproof.errors import PermanentError
from scanproof.workers import s3_keys
from scanproof.workers.messages import CorrectPage, DocumentMessage, PageRange, PublishDocument
from scanproof.workers.objects import ScanInfo
from scanproof.workers.records import Record, Status
from tests.compatibility.stored import RELEASES, load

MESSAGES: dict[str, type[DocumentMessage]] = {"pages": PageRange, "correct": CorrectPage, "publish": PublishDocument}

releases = pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)


def published(release: Path) -> str:
    [content] = [text for key, text in load(release, "objects.json").items() if key.endswith("/document.json")]
    return str(content)


def record_items(release: Path) -> list[dict[str, Any]]:
    return [item for item in load(release, "items.json") if item["pk"].startswith("document#")]


def without_new_fields(read: Any, stored: Any) -> Any:
    """Removes the fields, at any depth, that a later minor version added."""
    if isinstance(stored, dict):
        return {name: without_new_fields(read[name], value) for name, value in stored.items()}
    if isinstance(stored, list):
        return [without_new_fields(one, other) for one, other in zip(read, stored, strict=True)]
    return read


@releases
def test_documents_keep_their_content(release: Path) -> None:
    stored = json.loads(published(release))
    document = parse_document(published(release))
    assert "MF-20418" in document.text
    read = document.model_dump(mode="json", by_alias=True)
    assert without_new_fields(read, stored) == stored


@releases
def test_pages_in_flight_are_read(release: Path) -> None:
    stored = load(release, "objects.json")
    pages = [Page.model_validate_json(text) for key, text in stored.items() if "/raw/" in key or "/corrected/" in key]
    [info] = [ScanInfo.model_validate_json(text) for key, text in stored.items() if key.endswith("scan.json")]
    assert [page.number for page in pages] == [1, 1]
    assert info.source.name == "noisy-invoice.png"


@releases
def test_earlier_documents_need_no_review(release: Path) -> None:
    document = parse_document(published(release))
    assert (document.needs_review, document.review_reasons) == (False, ())
    assert all(page.confidence is None for page in document.pages)
    records = [Record.model_validate(item) for item in record_items(release)]
    assert [(record.needs_review, record.review_reasons) for record in records] == [(False, ())] * len(records)


@releases
def test_records_keep_keys_and_prefixes(release: Path) -> None:
    stored = set(load(release, "objects.json"))
    for item in record_items(release):
        record = Record.model_validate(item)
        assert item["pk"] == f"document#{record.object_id.document_id}"
        if record.status is Status.PUBLISHED:
            assert record.results_prefix == s3_keys.results_prefix(record.document)
            assert s3_keys.scan_info_key(record.document) in stored
            assert s3_keys.raw_page_key(record.document, 1) in stored
            assert s3_keys.corrected_page_key(record.document, 1) in stored
        else:
            assert record.reason is not None


@releases
def test_messages_in_flight_are_read(release: Path) -> None:
    keys = load(release, "idempotency_keys.json")
    for stored, key in zip(load(release, "messages.json"), keys, strict=True):
        message = MESSAGES[stored["kind"]].model_validate(stored)
        assert message.idempotency_key == key
        read = message.model_dump(mode="json", by_alias=True)
        assert without_new_fields(read, stored) == stored


@releases
def test_unknown_fields_are_ignored(release: Path) -> None:
    """A later minor version adds fields; during an update both versions read the same queues, pages and records."""
    document = json.loads(published(release)) | {"schema_version": "1.99", "added": [1]}
    document |= {"needs_review": True, "review_reasons": [{"code": "added", "count": 1}]}
    document["pages"][0]["flags"] = ["added"]
    document["pages"][0]["added"] = document["pages"][0]["lines"][0]["added"] = {"later": True}
    assert parse_document(json.dumps(document)).schema_version == "1.99"
    message = load(release, "messages.json")[0] | {"added": "later"}
    assert PageRange.model_validate(message).first_page == 1
    record = Record.model_validate(record_items(release)[0] | {"added": 1, "review_reasons": [{"code": "added"}]})
    assert (record.attempt, record.review_reasons) == (1, ())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"schema_version": "2.0"}', "document_version_unsupported"),
        ('{"schema_version": "1.0"}', "document_invalid"),
        ("[]", "document_invalid"),
        ("not json", "document_invalid"),
    ],
)
def test_other_content_is_refused(content: str, code: str) -> None:
    with pytest.raises(PermanentError) as refusal:
        parse_document(content, "received.json")
    assert refusal.value.code == code
    assert "received.json" in refusal.value.message


def test_new_documents_carry_the_current_version() -> None:
    assert (
        parse_document(published(RELEASES[-1]).replace('"1.0"', f'"{SCHEMA_VERSION}"')).schema_version == SCHEMA_VERSION
    )
