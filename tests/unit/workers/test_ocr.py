"""OcrFunction's worker: uploads and page ranges become raw pages, finished pages or a recorded failure."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image

from scanproof.correction.deadline import Deadline
from scanproof.document import Box, Line, ObjectId, PageFlag
from scanproof.errors import TransientError
from scanproof.lattice.model import PageLattice
from scanproof.ocr.engine import EngineRefusalError, RecognisedPage
from scanproof.workers.messages import Delivery, PageRange, Upload
from scanproof.workers.objects import Objects
from scanproof.workers.ocr import MAX_RETRIES, OcrOutcome, OcrWorker
from scanproof.workers.records import Record, Status
from tests.engines import EngineDouble
from tests.unit.opening.paper import finished, new_pdf, page_image, pdf_with, saved, write
from tests.unit.workers.conftest import EventLog, Store


class OneLine(EngineDouble):
    """An engine that reads the same line everywhere, or refuses."""

    name = "one-line"

    def __init__(
        self,
        failure: BaseException | None = None,
        lattice: PageLattice | None = None,
        confidence: float | None = None,
    ) -> None:
        self.failure = failure
        self.lattice = lattice
        self.confidence = confidence

    def read(self, image: Image.Image) -> RecognisedPage:
        if self.failure:
            raise self.failure
        box = Box(left=0, top=0, right=10, bottom=10)
        line = Line(raw="Inv0ice", text="Inv0ice", box=box)
        return RecognisedPage((line,), lattice=self.lattice, confidence=self.confidence)


class Engines:
    """Stands in for the registry: one engine for all options."""

    def __init__(self, engine: OneLine | None = None) -> None:
        self.engine = engine or OneLine()

    def has(self, options: Any) -> bool:
        return True

    def get(self, options: Any) -> OneLine:
        return self.engine


def worker(store: Store, engine: OneLine | None = None, **settings: Any) -> OcrWorker:
    return OcrWorker(store.context(**settings), Engines(engine))  # type: ignore[arg-type]


def process(worker: OcrWorker, message: Upload | PageRange, redelivered: bool = False) -> OcrOutcome:
    return worker.process(Delivery(message, redelivered))


def upload_of(scan: ObjectId, attempt: int = 1) -> Upload:
    return Upload(bucket=scan.bucket, key=scan.key, version_id=scan.version_id, sequencer="0A", attempt=attempt)


def record_of(store: Store, scan: ObjectId) -> Record:
    record = store.context().records.get(scan)
    assert record is not None
    return record


def long_pdf(path: Path, pages: int) -> Path:
    pdf = new_pdf()
    for number in range(1, pages + 1):
        if number > 1:
            pdf.add_page()
        write(pdf, [(50, 50, f"Page {number} of several pages")])
    return finished(pdf, path)


def test_image_goes_to_correction(store: Store, tmp_path: Path) -> None:
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), "incoming/image.png")
    outcome = process(worker(store), upload_of(scan))
    [message] = store.receive("correct")
    assert (outcome.outcome, outcome.pages) == ("recognised", 1)
    assert (message["kind"], message["object_id"], message["page"]) == ("correct", scan.model_dump(), 1)
    assert not message["has_lattice"]
    objects: Objects = store.context().objects
    assert objects.raw_page(record_of(store, scan).document, 1).raw_text == "Inv0ice"


@pytest.mark.parametrize(("options", "corrected"), [({}, True), ({"corrector": "none"}, False)])
def test_lattice_is_stored_beside_page(store: Store, tmp_path: Path, options: dict[str, str], corrected: bool) -> None:
    lattice = PageLattice(("",), ((),))
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), f"incoming/lattice-{len(options)}.png", **options)
    process(worker(store, OneLine(lattice=lattice)), upload_of(scan))
    document, objects = record_of(store, scan).document, store.context().objects
    page = objects.raw_page(document, 1) if corrected else objects.corrected_page(document, 1)
    assert objects.lattice(document, page) == lattice
    assert [message["has_lattice"] for message in store.receive("correct")] == [True] * corrected


def test_text_layer_is_published_directly(store: Store, tmp_path: Path) -> None:
    scan = store.upload(pdf_with(tmp_path / "a.pdf", [(50, 50, "Born digital")]), "incoming/digital.pdf")
    process(worker(store), upload_of(scan))
    assert store.receive("correct") == []
    [message] = store.receive("publish")
    assert message["object_id"] == scan.model_dump()
    assert record_of(store, scan).complete


def test_long_document_fans_out_at_once(store: Store, tmp_path: Path) -> None:
    scan = store.upload(long_pdf(tmp_path / "long.pdf", 9), "incoming/long.pdf")
    assert process(worker(store), upload_of(scan)).outcome == "fanned_out"
    ranges = [PageRange.model_validate(message) for message in store.receive("ocr")]
    assert sorted((one.first_page, one.last_page) for one in ranges) == [(1, 4), (5, 8), (9, 9)]
    for one in ranges:
        process(worker(store), one)
    assert record_of(store, scan).complete


def test_bad_input_is_a_recorded_failure(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no image")
    scan = store.upload(tmp_path / "a.png", "incoming/bad.png")
    assert process(worker(store), upload_of(scan)).outcome == "failed"
    record = record_of(store, scan)
    assert record.status is Status.FAILED
    assert record.reason is not None
    assert record.event_sent


def test_deleted_scan_is_a_recorded_failure(store: Store) -> None:
    scan = ObjectId(bucket="scans", key="incoming/gone.png", version_id="00000000-0000-0000-0000-000000000000")
    assert process(worker(store), upload_of(scan)).reason == "scan_gone"


@pytest.mark.parametrize(
    ("deployed", "options", "outcome"),
    [
        ("accurate-apache", {"corrector": "accurate"}, "recognised"),
        ("accurate-apache", {"corrector": "fast+accurate"}, "recognised"),
        ("accurate-apache", {"model": "accurate-apache"}, "recognised"),
        ("accurate-apache", {"model": "gpt2"}, "failed"),
        ("fast", {"corrector": "accurate"}, "failed"),
        (None, {"model": "accurate-apache"}, "failed"),
    ],
)
def test_deployed_model_decides_what_uploads_request(
    store: Store, tmp_path: Path, deployed: str | None, options: dict[str, str], outcome: str
) -> None:
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), "incoming/models.png", **options)
    assert process(worker(store, deployed_model=deployed), upload_of(scan)).outcome == outcome


def test_duplicate_and_stale_uploads_do_nothing(store: Store, tmp_path: Path) -> None:
    scan = store.upload(pdf_with(tmp_path / "a.pdf", [(50, 50, "Once")]), "incoming/once.pdf")
    records = store.context().records
    process(worker(store), upload_of(scan, attempt=2))
    records.mark_published(record_of(store, scan).document, "documents/x/", (), {})
    assert process(worker(store), upload_of(scan, attempt=2)).outcome == "duplicate"
    assert process(worker(store), upload_of(scan, attempt=1)).outcome == "stale"
    pages = PageRange(object_id=scan, attempt=1, first_page=1, last_page=1)
    assert process(worker(store), pages).outcome == "stale"


def test_refused_pages_are_forwarded(store: Store, tmp_path: Path) -> None:
    refusal = EngineRefusalError("aspose_licence_missing", "No licence.", "Add one.")
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), "incoming/refused.png")
    outcome = process(worker(store, OneLine(refusal), fallback=True), upload_of(scan))
    [message] = store.receive("rapidocr")
    assert outcome.outcome == "forwarded"
    assert message["engine"] == "rapidocr"
    assert message["instead_because"] == "No licence. RapidOCR read it instead."
    process(worker(store), PageRange.model_validate(message))
    page = store.context().objects.raw_page(record_of(store, scan).document, 1)
    assert page.warnings[-1] == message["instead_because"]


def test_named_engine_that_refuses_fails(store: Store, tmp_path: Path) -> None:
    refusal = EngineRefusalError("aspose_licence_missing", "No licence.", "Add one.")
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), "incoming/named.png", engine="aspose")
    outcome = process(worker(store, OneLine(refusal), fallback=True), upload_of(scan))
    assert outcome.reason == "aspose_licence_missing"


def test_unreadable_page_skips_correction(store: Store, tmp_path: Path) -> None:
    scan = store.upload(saved(page_image(text="blurred"), tmp_path / "blurred.png"), "incoming/blurred.png")
    assert process(worker(store, OneLine(confidence=0.3)), upload_of(scan)).outcome == "recognised"
    assert store.receive("correct") == []
    assert len(store.receive("publish")) == 1
    page = store.context().objects.corrected_page(record_of(store, scan).document, 1)
    assert (page.confidence, page.flags) == (0.3, (PageFlag.LOW_CONFIDENCE, PageFlag.NOT_CORRECTED))


class Killed(BaseException):
    """The process ended: nothing of the worker runs after it."""


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RuntimeError("the engine fails"), "not_recognised"),
        (MemoryError(), "out_of_memory"),
        (Killed(), "out_of_memory"),
    ],
)
def test_failing_scan_is_given_up(
    store: Store, tmp_path: Path, event_log: EventLog, failure: BaseException, code: str
) -> None:
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), f"incoming/{type(failure).__name__}.png")
    failing = worker(store, OneLine(failure))
    for redelivered in [False] + [True] * (MAX_RETRIES - 1):
        with pytest.raises(type(failure)):
            process(failing, upload_of(scan), redelivered)
        assert not record_of(store, scan).finished
    outcome = process(failing, upload_of(scan), redelivered=True)
    record = record_of(store, scan)
    assert record.reason is not None
    assert (outcome.outcome, outcome.given_up) == ("failed", True)
    assert (record.status, record.reason.code, record.reason.retryable) == (Status.FAILED, code, True)
    assert "redrive" in record.reason.next_step
    assert event_log.of(record.document) == [(1, "failed")]


def test_time_limit_is_named(store: Store, tmp_path: Path) -> None:
    class Endless(OneLine):
        """Reads until the note of the time limit is there, then the process is killed."""

        def recognise(self, *args: Any, **kwargs: Any) -> RecognisedPage:
            noted.wait(5)
            raise Killed

    scan, noted = store.upload(saved(page_image(), tmp_path / "a.png"), "incoming/endless.png"), Event()
    endless = worker(store, Endless())
    records = endless._context.records
    note = records.note_end_of_try
    records.note_end_of_try = lambda *args: (note(*args), noted.set())  # type: ignore[method-assign, assignment]
    for redelivered in [False] + [True] * (MAX_RETRIES - 1):
        noted.clear()
        endless.prepare([], Deadline(lambda: 0.0))
        with pytest.raises(Killed):
            process(endless, upload_of(scan), redelivered)
    assert process(endless, upload_of(scan), redelivered=True).reason == "unreadable_in_time"


def test_success_after_failures_is_recognised(store: Store, tmp_path: Path) -> None:
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), "incoming/at-last.png")
    with pytest.raises(RuntimeError):
        process(worker(store, OneLine(RuntimeError())), upload_of(scan))
    assert process(worker(store), upload_of(scan), redelivered=True).outcome == "recognised"


def test_failed_range_announces_at_retry(store: Store, tmp_path: Path, event_log: EventLog) -> None:
    """A page range fails for good; its invocation is killed after the record was written, before the event."""
    scan = store.upload(long_pdf(tmp_path / "long.pdf", 9), "incoming/killed-range.pdf")
    process(worker(store), upload_of(scan))
    store.client("s3").delete_object(Bucket=scan.bucket, Key=scan.key, VersionId=scan.version_id)
    pages = PageRange.model_validate(store.receive("ocr")[0])
    event_log.refusing = True
    with pytest.raises(TransientError):
        process(worker(store), pages)
    event_log.refusing = False
    assert process(worker(store), pages, redelivered=True).outcome == "duplicate"
    assert event_log.of(pages.document) == [(1, "failed")]


def test_deleted_scan_is_found_by_key(store: Store) -> None:
    scan = ObjectId(bucket="scans", key="incoming/never-there.png", version_id="00000000-0000-0000-0000-000000000000")
    process(worker(store), upload_of(scan))
    client = store.stack_client()
    assert client.current(scan.key) == scan
    assert record_of(store, scan).status is Status.FAILED


def test_scan_without_version_is_refused(store: Store, tmp_path: Path) -> None:
    path = saved(page_image(), tmp_path / "a.png")
    store.client("s3").create_bucket(Bucket="unversioned")
    store.client("s3").put_object(Bucket="unversioned", Key="incoming/a.png", Body=path.read_bytes())
    message = Upload(bucket="unversioned", key="incoming/a.png", version_id=None, sequencer="0A")
    assert process(worker(store), message).reason == "bucket_unversioned"
    assert record_of(store, message.object_id).status is Status.FAILED
