"""A page that cannot be read costs itself only; a document without a readable page fails."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from scanproof.document import DocumentRef, PageFlag, ReviewCode, parse_document
from scanproof.errors import PermanentError
from scanproof.opening.unreadable import unreadable_page
from scanproof.workers import s3_keys
from scanproof.workers.publish import PublishWorker
from scanproof.workers.records import Status
from tests.builders import line, page
from tests.unit.workers.conftest import Store
from tests.unit.workers.test_ocr import process, record_of, upload_of, worker
from tests.unit.workers.test_publish import prepared

DAMAGE = PermanentError("pdf_corrupt", "a.pdf is a damaged PDF: page 2 cannot be read.", "Save it again.")


def tiff_with_damage(path: Path) -> Path:
    """Writes three pages, the last of which is cut off."""
    data = io.BytesIO()
    sheets = [Image.effect_noise((300, 300), 80).convert("RGB") for _ in range(3)]
    sheets[0].save(data, "TIFF", save_all=True, append_images=sheets[1:])
    path.write_bytes(data.getvalue()[:-1000])
    return path


def test_damaged_page_leaves_the_others(store: Store, tmp_path: Path) -> None:
    scan = store.upload(tiff_with_damage(tmp_path / "a.tiff"), "incoming/damaged.tiff")
    assert process(worker(store), upload_of(scan)).outcome == "recognised"
    assert [message["page"] for message in store.receive("correct")] == [1, 2]
    record = record_of(store, scan)
    assert (record.status, record.pages_done) == (Status.CORRECTING, {3})
    damaged = store.context().objects.corrected_page(record.document, 3)
    assert damaged.flags == (PageFlag.UNREADABLE,)
    assert damaged.warnings == ("damaged.tiff is damaged: page 3 is truncated or cannot be decoded.",)


def test_unreadable_page_is_listed(store: Store, document: DocumentRef) -> None:
    message, context = prepared(store, document, (1,)), store.context()
    context.objects.put_corrected_page(document, unreadable_page(2, DAMAGE))
    context.records.add_page_done(document, 2)
    assert PublishWorker(context).process(message).outcome == "published"
    key = s3_keys.results_prefix(document) + "document.json"
    found = parse_document(store.client("s3").get_object(Bucket="results", Key=key)["Body"].read())
    assert [(reason.code, reason.pages) for reason in found.review_reasons] == [(ReviewCode.UNREADABLE, (2,))]
    assert found.warnings == (DAMAGE.message,)


def test_document_without_readable_page_fails(store: Store, document: DocumentRef) -> None:
    message, context = prepared(store, document, ()), store.context()
    for number in (1, 2):
        context.objects.put_corrected_page(document, unreadable_page(number, DAMAGE))
        context.records.add_page_done(document, number)
    assert PublishWorker(context).process(message).outcome == "failed"
    record = context.records.get(document.object_id)
    assert record is not None
    assert record.status is Status.FAILED
    assert record.reason is not None
    assert record.reason.code == "no_readable_page"
    assert DAMAGE.message in record.reason.message


def test_record_has_room_for_hostile_pages(store: Store, document: DocumentRef) -> None:
    message, context = prepared(store, document, (), total=60), store.context()
    rows = ["Sold by: " + "Muster Handel und Transport " * 20_000, "Invoice No: 4711", "Total due: 12.30 EUR"]
    context.objects.put_corrected_page(document, page(1, *map(line, rows)))
    for number in range(2, 61):
        error = PermanentError("pdf_corrupt", f"{'a' * 1_000}.pdf is damaged: page {number}", "-")
        context.objects.put_corrected_page(document, unreadable_page(number, error))
    for number in range(1, 61):
        context.records.add_page_done(document, number)
    assert PublishWorker(context).process(message).outcome == "published"
    record = context.records.get(document.object_id)
    assert record is not None
    assert len(record.warnings) == 50
