"""OcrFunction's worker: uploads and page ranges become raw pages, finished pages or a recorded failure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from scanproof.document import Box, Line, ObjectId, PageFlag
from scanproof.lattice.model import PageLattice
from scanproof.ocr.engine import EngineRefusalError, Layout, RecognisedPage
from scanproof.workers.messages import PageRange, Upload
from scanproof.workers.objects import Objects
from scanproof.workers.ocr import OcrWorker
from scanproof.workers.records import Record, Status
from tests.unit.opening.paper import finished, new_pdf, page_image, pdf_with, saved, write
from tests.unit.workers.conftest import Store


class OneLine:
    """An engine that reads the same line everywhere, or refuses."""

    name = "one-line"
    version = "1"
    supports_handwritten = False
    text_locator = None

    def __init__(
        self,
        refusal: EngineRefusalError | None = None,
        lattice: PageLattice | None = None,
        confidence: float | None = None,
    ) -> None:
        self.refusal = refusal
        self.lattice = lattice
        self.confidence = confidence

    def recognise(
        self,
        image: Image.Image,
        dpi: float,
        language: str | None = None,
        handwritten: bool = False,
        layout: Layout = "page",
    ) -> RecognisedPage:
        if self.refusal:
            raise self.refusal
        box = Box(left=0, top=0, right=10, bottom=10)
        line = Line(raw="Inv0ice", text="Inv0ice", box=box)
        return RecognisedPage((line,), lattice=self.lattice, confidence=self.confidence)

    def free(self) -> None:
        pass


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
    outcome = worker(store).process(upload_of(scan))
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
    worker(store, OneLine(lattice=lattice)).process(upload_of(scan))
    document, objects = record_of(store, scan).document, store.context().objects
    page = objects.raw_page(document, 1) if corrected else objects.corrected_page(document, 1)
    assert objects.lattice(document, page) == lattice
    assert [message["has_lattice"] for message in store.receive("correct")] == [True] * corrected


def test_text_layer_is_published_directly(store: Store, tmp_path: Path) -> None:
    scan = store.upload(pdf_with(tmp_path / "a.pdf", [(50, 50, "Born digital")]), "incoming/digital.pdf")
    worker(store).process(upload_of(scan))
    assert store.receive("correct") == []
    [message] = store.receive("publish")
    assert message["object_id"] == scan.model_dump()
    assert record_of(store, scan).complete


def test_long_document_fans_out_at_once(store: Store, tmp_path: Path) -> None:
    scan = store.upload(long_pdf(tmp_path / "long.pdf", 9), "incoming/long.pdf")
    assert worker(store).process(upload_of(scan)).outcome == "fanned_out"
    ranges = [PageRange.model_validate(message) for message in store.receive("ocr")]
    assert sorted((one.first_page, one.last_page) for one in ranges) == [(1, 4), (5, 8), (9, 9)]
    for one in ranges:
        worker(store).process(one)
    assert record_of(store, scan).complete


def test_bad_input_is_a_recorded_failure(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no image")
    scan = store.upload(tmp_path / "a.png", "incoming/bad.png")
    assert worker(store).process(upload_of(scan)).outcome == "failed"
    record = record_of(store, scan)
    assert record.status is Status.FAILED
    assert record.reason is not None
    assert record.event_sent


def test_deleted_scan_is_a_recorded_failure(store: Store) -> None:
    scan = ObjectId(bucket="scans", key="incoming/gone.png", version_id="00000000-0000-0000-0000-000000000000")
    assert worker(store).process(upload_of(scan)).reason == "scan_gone"


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
    assert worker(store, deployed_model=deployed).process(upload_of(scan)).outcome == outcome


def test_duplicate_and_stale_uploads_do_nothing(store: Store, tmp_path: Path) -> None:
    scan = store.upload(pdf_with(tmp_path / "a.pdf", [(50, 50, "Once")]), "incoming/once.pdf")
    records = store.context().records
    worker(store).process(upload_of(scan, attempt=2))
    records.mark_published(record_of(store, scan).document, "documents/x/", (), {})
    assert worker(store).process(upload_of(scan, attempt=2)).outcome == "duplicate"
    assert worker(store).process(upload_of(scan, attempt=1)).outcome == "stale"
    pages = PageRange(object_id=scan, attempt=1, first_page=1, last_page=1)
    assert worker(store).process(pages).outcome == "stale"


def test_refused_pages_are_forwarded(store: Store, tmp_path: Path) -> None:
    refusal = EngineRefusalError("aspose_licence_missing", "No licence.", "Add one.")
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), "incoming/refused.png")
    outcome = worker(store, OneLine(refusal), fallback=True).process(upload_of(scan))
    [message] = store.receive("rapidocr")
    assert outcome.outcome == "forwarded"
    assert message["engine"] == "rapidocr"
    assert message["instead_because"] == "No licence. RapidOCR read it instead."
    worker(store).process(PageRange.model_validate(message))
    page = store.context().objects.raw_page(record_of(store, scan).document, 1)
    assert page.warnings[-1] == message["instead_because"]


def test_named_engine_that_refuses_fails(store: Store, tmp_path: Path) -> None:
    refusal = EngineRefusalError("aspose_licence_missing", "No licence.", "Add one.")
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), "incoming/named.png", engine="aspose")
    outcome = worker(store, OneLine(refusal), fallback=True).process(upload_of(scan))
    assert outcome.reason == "aspose_licence_missing"


def test_unreadable_page_skips_correction(store: Store, tmp_path: Path) -> None:
    scan = store.upload(saved(page_image(text="blurred"), tmp_path / "blurred.png"), "incoming/blurred.png")
    assert worker(store, OneLine(confidence=0.3)).process(upload_of(scan)).outcome == "recognised"
    assert store.receive("correct") == []
    assert len(store.receive("publish")) == 1
    page = store.context().objects.corrected_page(record_of(store, scan).document, 1)
    assert (page.confidence, page.flags) == (0.3, (PageFlag.LOW_CONFIDENCE, PageFlag.NOT_CORRECTED))


def test_foreign_key_is_refused(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = store.upload(saved(page_image(), tmp_path / "a.png"), "incoming/foreign-key.png")
    denied = {"Code": "AccessDenied", "Message": "User: ... is not authorized to perform: kms:Decrypt on resource: ..."}

    def get_object(**_: Any) -> Any:
        raise ClientError({"Error": denied}, "GetObject")

    context = store.context()
    monkeypatch.setattr(context.objects._s3, "get_object", get_object)
    outcome = OcrWorker(context, Engines()).process(upload_of(scan))  # type: ignore[arg-type]
    assert (outcome.outcome, outcome.reason) == ("failed", "scan_forbidden")


def test_scan_without_version_is_refused(store: Store, tmp_path: Path) -> None:
    path = saved(page_image(), tmp_path / "a.png")
    store.client("s3").create_bucket(Bucket="unversioned")
    store.client("s3").put_object(Bucket="unversioned", Key="incoming/a.png", Body=path.read_bytes())
    message = Upload(bucket="unversioned", key="incoming/a.png", version_id=None, sequencer="0A")
    assert worker(store).process(message).reason == "bucket_unversioned"
    assert record_of(store, message.object_id).status is Status.FAILED
