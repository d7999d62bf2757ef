"""Processes every sample in the whole pipeline, as `make demo` does."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdfium2  # type: ignore[import-untyped]
import pytest

from scanproof.cli.evaluation import normalised
from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.document import Document, ObjectId
from scanproof.local_run import read_scan
from scanproof.ocr.registry import Engines
from scanproof.options import Output, ScanOptions
from scanproof.workers.records import Record, Status
from tests.stack.conftest import Pipeline

SAMPLES = Path(__file__).parents[2] / "samples"
READABLE = [
    "born-digital.pdf",
    "chinese-note.png",
    "clean-letter.png",
    "french-invoice.png",
    "multi-page.tiff",
    "noisy-invoice.png",
    "polish-note.png",
    "receipt-photo.jpg",
    "report-3-pages.pdf",
    "vietnamese-note.png",
]
# Of words as they stand between blanks. The noisy invoice was made to be misread, Vietnamese lacks letters.
LEAST_RECALL = {"noisy-invoice.png": 0.75, "vietnamese-note.png": 0.4}
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def uploaded(pipeline: Pipeline) -> dict[str, ObjectId]:
    names = [*READABLE, "encrypted.pdf", "not-an-image.png"]
    outputs = ",".join(Output)
    return {name: pipeline.upload(SAMPLES / name, f"incoming/samples/{name}", outputs=outputs) for name in names}


@pytest.fixture(scope="module")
def records(pipeline: Pipeline, uploaded: dict[str, ObjectId]) -> dict[str, Record]:
    return dict(zip(uploaded, pipeline.finished(*uploaded.values()), strict=True))


@pytest.fixture(scope="module")
def documents(pipeline: Pipeline, records: dict[str, Record]) -> dict[str, Document]:
    return {name: pipeline.document(records[name]) for name in READABLE}


def test_samples_are_published_or_explained(records: dict[str, Record]) -> None:
    ended = {name: record.status for name, record in records.items()}
    assert ended == dict.fromkeys(READABLE, Status.PUBLISHED) | {
        "encrypted.pdf": Status.FAILED,
        "not-an-image.png": Status.FAILED,
    }
    reasons = {name: record.reason.code for name, record in records.items() if record.reason}
    assert reasons == {"encrypted.pdf": "pdf_encrypted", "not-an-image.png": "unknown_format"}


@pytest.mark.parametrize("name", READABLE)
def test_sample_words_arrive(documents: dict[str, Document], name: str) -> None:
    truth = Counter(normalised("\n".join(EXPECTED[name]["pages"])).split())
    words = Counter(normalised(documents[name].text).split())
    recall = (truth & words).total() / truth.total()
    assert recall >= LEAST_RECALL.get(name, 0.95)


@pytest.mark.parametrize(
    "name", ["clean-letter.png", "polish-note.png", "french-invoice.png", "chinese-note.png", "vietnamese-note.png"]
)
def test_correction_never_harms_samples(documents: dict[str, Document], name: str) -> None:
    truth = Counter(normalised("\n".join(EXPECTED[name]["pages"])).split())
    before = (truth & Counter(documents[name].raw_text.split())).total()
    after = (truth & Counter(documents[name].text.split())).total()
    assert after >= before


@pytest.mark.parametrize("name", READABLE)
def test_searchable_pdf_has_corrected_words(
    pipeline: Pipeline, records: dict[str, Record], documents: dict[str, Document], name: str
) -> None:
    content = pipeline.stack_client.result(records[name], "document.pdf")
    with pypdfium2.PdfDocument(content) as pdf:
        found = "\n".join(page.get_textpage().get_text_range() for page in pdf)
    # PDFium writes a hyphen at the end of a line in its own way.
    words = [word.strip("-") for word in documents[name].text.split()]
    assert [word.strip("-\ufffe\x02") for word in found.split()] == words


def test_review_page_shows_scan_and_changes(pipeline: Pipeline, records: dict[str, Record]) -> None:
    page = (pipeline.stack_client.result(records["noisy-invoice.png"], "review.html") or b"").decode()
    assert 'id="image-1">/9j/' in page  # a JPEG
    assert '"kind":"change"' in page
    for name in ("document.hocr", "document.alto.xml"):
        ElementTree.fromstring(pipeline.stack_client.result(records["report-3-pages.pdf"], name) or b"")


def test_noisy_invoice_improves(documents: dict[str, Document]) -> None:
    noisy = documents["noisy-invoice.png"]
    truth = Counter(normalised("\n".join(EXPECTED["noisy-invoice.png"]["pages"])).split())
    assert (truth & Counter(noisy.text.split())).total() > (truth & Counter(noisy.raw_text.split())).total()


def test_inconsistent_numbers_are_flagged(documents: dict[str, Document]) -> None:
    flagged = {name: document.flags for name, document in documents.items() if document.flags}
    assert "noisy-invoice.png" in flagged  # 6.85 is read as 6.05 there
    for name, flags in flagged.items():
        truth = set(normalised("\n".join(EXPECTED[name]["pages"])).split())
        assert all(any(place.written not in truth for place in flag.places) for flag in flags)
    suggestions = [flag.suggestion for flag in flagged["noisy-invoice.png"]]
    assert [each and (each.raw, each.suggested) for each in suggestions] == [("6.05", "6.85")]


def test_missing_letters_are_warned_about(documents: dict[str, Document], records: dict[str, Record]) -> None:
    assert any("ộ" in warning or "ố" in warning for warning in documents["vietnamese-note.png"].warnings)
    assert records["vietnamese-note.png"].warnings == documents["vietnamese-note.png"].warnings
    assert documents["polish-note.png"].warnings == ()


def test_review_reasons_reach_record_and_event(
    pipeline: Pipeline, uploaded: dict[str, ObjectId], documents: dict[str, Document], records: dict[str, Record]
) -> None:
    expected = {"noisy-invoice.png": "inconsistent_numbers", "vietnamese-note.png": "missing_letters"}
    pipeline.stack.wait_idle()
    for name, code in expected.items():
        assert code in {reason.code for reason in documents[name].review_reasons}
        assert records[name].review_reasons == documents[name].review_reasons
        [event] = pipeline.events_of(uploaded[name])
        assert event["detail"]["needs_review"] is True
        assert code in {reason["code"] for reason in event["detail"]["review_reasons"]}
    found = pipeline.stack_client.search("by_status_and_day", "status", "published", needs_review=True)
    keys = {record.object_id for record in found}
    assert {uploaded[name] for name in expected} <= keys
    assert uploaded["clean-letter.png"] not in keys
    assert not documents["clean-letter.png"].needs_review


def test_every_document_is_announced_once(
    pipeline: Pipeline, uploaded: dict[str, ObjectId], records: dict[str, Record]
) -> None:
    pipeline.stack.wait_idle()
    for name, scan in uploaded.items():
        [event] = pipeline.events_of(scan)
        published = records[name].status is Status.PUBLISHED
        assert event["detail-type"] == ("Document Published" if published else "Document Failed")
        assert event["detail"]["scan"]["key"] == scan.key
        assert records[name].event_sent or pipeline.stack_client.records.get(scan).event_sent  # type: ignore[union-attr]


def test_search_finds_the_invoice(pipeline: Pipeline, records: dict[str, Record]) -> None:
    fields = records["french-invoice.png"].fields
    by_number = pipeline.stack_client.search("by_invoice_number", "invoice_number", fields["invoice_number"])
    by_date = pipeline.stack_client.search("by_invoice_date", "invoice_date", fields["invoice_date"])
    assert records["french-invoice.png"].object_id in {record.object_id for record in by_number}
    assert records["french-invoice.png"].object_id in {record.object_id for record in by_date}


@pytest.mark.parametrize("name", ["noisy-invoice.png", "multi-page.tiff", "born-digital.pdf"])
def test_local_run_equals_the_stack(documents: dict[str, Document], name: str) -> None:
    mine = read_scan(SAMPLES / name, ScanOptions(), Engines(), ModelPool(load_corrector()))
    assert _without_ids_and_times(mine) == _without_ids_and_times(documents[name])


def _without_ids_and_times(document: Document) -> dict[str, Any]:
    return document.model_dump(exclude={"id", "object_id", "attempt", "published_at", "duration_seconds"})
