"""Measures what documents of many dense pages take: ``python -m benchmarks.large_documents [--pages 100 500 2000]``.

For each worker and number of pages a new process works on one document of stand-in pages, against the emulator: on a
PDF with a text layer (``ocr``), on recognised pages with a corrector that changes nothing (``correct``), on corrected
pages (``publish``; ``publish-pdf`` with the searchable PDF, hOCR and ALTO; ``publish-tables`` with a table of 400 cells
on each page, as CSV, XLSX and Markdown and on the review page), on the published document with a correction
(``review``). Nothing is recognised: the text is generated. Prints CPU seconds per 100 pages and the peak
memory of the process, for ``ocr`` with that of the PDF reader, and at the end how much both grow from the fewest pages
to the most.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from scanproof.correction.model_pool import ModelPool
from scanproof.document import Box, DocumentRef, Line, ObjectId, Page, PageSource, Source, Word
from scanproof.ocr.registry import Engines
from scanproof.opening.pdf_process import READERS
from scanproof.options import Output, ScanOptions
from scanproof.settings import Settings
from scanproof.workers.context import WorkerContext
from scanproof.workers.correct import CorrectWorker, parse_correct_record
from scanproof.workers.corrections import CorrectionsWorker
from scanproof.workers.messages import CorrectionsUpload, CorrectPage, Delivery, PublishDocument, Upload
from scanproof.workers.objects import ScanInfo
from scanproof.workers.ocr import OcrWorker
from scanproof.workers.publish import PublishWorker
from scanproof.workers.s3_keys import results_prefix
from scanproof.workers.upload_events import parse_ocr_record
from tests.builders import UpperCase
from tests.hostile.pdf_writer import MEDIA_BOX, pdf, stream
from tests.unit.tables.pages import page as typewritten
from tests.unit.workers.conftest import Store, running_store

WORKERS = ("ocr", "correct", "publish", "publish-pdf", "publish-tables", "review")
STARTED_AT = "2026-11-28T00:00:00+00:00"
CORRECT_BATCH = 10
_NAMES = ("delivery", "goods", "article", "service", "travel", "paper", "licence", "report", "material", "transport")


def main() -> None:
    """Runs the benchmark, or, in the process that it starts, one measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, nargs="+", default=[100, 500, 2000])
    parser.add_argument("--workers", nargs="+", choices=WORKERS, default=list(WORKERS))
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(json.loads(arguments.measure))))
        return
    with tempfile.TemporaryDirectory() as log_dir, running_store(Path(log_dir)) as store:
        for worker in arguments.workers:
            rows = [run(store, worker, pages) for pages in sorted(arguments.pages)]
            growth = [f"{name} {rows[-1][name] / rows[0][name] - 1:+.0%}" for name in ("cpu_s_per_100", "peak_mb")]
            print(f"{worker}, from {rows[0]['pages']} to {rows[-1]['pages']} pages: {', '.join(growth)}", flush=True)


def run(store: Store, worker: str, pages: int) -> dict[str, Any]:
    """Prepares a document and measures a worker on it in a new process."""
    prepare: Callable[[Store, int], ObjectId] = {
        "ocr": put_pdf,
        "correct": put_raw_pages,
        "publish": put_corrected_pages,
        "publish-pdf": put_pages_of_pdf,
        "publish-tables": put_pages_with_tables,
        "review": put_published,
    }[worker]
    store.empty()
    scan = prepare(store, pages)
    task = {
        "worker": worker,
        "pages": pages,
        "scan": scan.model_dump(),
        "endpoint_url": store.endpoint_url,
        "queue_urls": store.queue_urls,
    }
    command = [sys.executable, "-m", "benchmarks.large_documents", "--measure", json.dumps(task)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    row: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    print(json.dumps(row), flush=True)
    return row


def measure(task: dict[str, Any]) -> dict[str, Any]:
    """Works on a prepared document; returns what it took, without the start of the process."""
    store = Store.connected(task["endpoint_url"], task["queue_urls"])
    scan, pages = ObjectId.model_validate(task["scan"]), task["pages"]
    work: Callable[[Store, ObjectId, int], None] = {
        "ocr": recognise,
        "correct": correct,
        "publish": publish,
        "publish-pdf": publish,
        "publish-tables": publish_tables,
        "review": review,
    }[task["worker"]]
    cpu, wall = _cpu_seconds(), time.monotonic()
    work(store, scan, pages)
    seconds = _cpu_seconds() - cpu
    own, reader = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "worker": task["worker"],
        "pages": pages,
        "cpu_s": round(seconds, 1),
        "cpu_s_per_100": round(seconds / pages * 100, 2),
        "wall_s": round(time.monotonic() - wall, 1),
        "peak_mb": round((own + reader) / 1024),
    }


def recognise(store: Store, scan: ObjectId, pages: int) -> None:
    """Opens the PDF and reads its pages, message by message."""
    context = store.context()
    worker = OcrWorker(context, Engines())
    upload = Upload(bucket=scan.bucket, key=scan.key, version_id=scan.version_id, sequencer=None)
    worker.process(Delivery(upload, redelivered=False))
    while bodies := store.receive("ocr"):
        for body in bodies:
            for delivery in parse_ocr_record(_record(json.dumps(body))):
                worker.process(delivery)
    READERS.close()  # what it took counts from its end on
    record = context.records.get(scan)
    assert record is not None  # noqa: S101 - a benchmark of work that was not done would be wrong
    assert len(record.pages_done) == pages  # noqa: S101


def correct(store: Store, scan: ObjectId, pages: int) -> None:
    """Corrects the pages in batches, with a corrector that finds little."""
    context = store.context()
    worker = CorrectWorker(context, ModelPool(UpperCase(), {}, Settings()))
    for first in range(1, pages + 1, CORRECT_BATCH):
        numbers = range(first, min(first + CORRECT_BATCH, pages + 1))
        bodies = [_correct_message(scan, number) for number in numbers]
        worker.prepare([_raw_record(body) for body in bodies])
        for body in bodies:
            for delivery in parse_correct_record(_record(body)):
                worker.process(delivery)
    record = context.records.get(scan)
    assert record is not None  # noqa: S101
    assert len(record.pages_done) == pages  # noqa: S101


def publish(store: Store, scan: ObjectId, pages: int) -> None:
    """Publishes the document."""
    outcome = PublishWorker(store.context()).process(PublishDocument(object_id=scan, attempt=1))
    assert (outcome.outcome, outcome.pages) == ("published", pages)  # noqa: S101


def publish_tables(store: Store, scan: ObjectId, pages: int) -> None:
    """Publishes a document with a table on each page."""
    publish(store, scan, pages)
    key = f"{results_prefix(DocumentRef(object_id=scan, attempt=1))}tables.csv"
    rows = store.client("s3").get_object(Bucket="results", Key=key)["Body"].read().decode().splitlines()
    assert len(rows) == 1 + 50 * pages  # noqa: S101


def review(store: Store, scan: ObjectId, pages: int) -> None:
    """Applies a correction of the last page."""
    text = next(dense_texts(pages))
    correction = {"page": pages, "line": 0, "start": 0, "end": len(text), "text": text, "action": "retyped"}
    content = {
        "format_version": 1,
        "document_id": scan.document_id,
        "attempt": 1,
        "scan": scan.model_dump(),
        "made_at": STARTED_AT,
        "corrections": [{**correction, "replacement": "ACME"}],
    }
    key = f"corrections/{pages}.json"
    answer = store.client("s3").put_object(Bucket="results", Key=key, Body=json.dumps(content).encode())
    upload = ObjectId(bucket="results", key=key, version_id=answer["VersionId"])
    outcome = CorrectionsWorker(store.context()).process(CorrectionsUpload(object_id=upload, uploaded_at=STARTED_AT))
    assert (outcome.outcome, outcome.attempt) == ("published", 2)  # noqa: S101


def put_pdf(store: Store, pages: int) -> ObjectId:
    """Uploads a PDF of dense pages with a text layer."""
    key = f"incoming/{pages}.pdf"
    answer = store.client("s3").put_object(Bucket="scans", Key=key, Body=dense_pdf(pages))
    return ObjectId(bucket="scans", key=key, version_id=answer["VersionId"])


def put_raw_pages(store: Store, pages: int) -> ObjectId:
    """Stores a document whose pages are recognised."""
    context, document = _begun(store, f"incoming/{pages}-raw.tiff", pages)
    for number in range(1, pages + 1):
        context.objects.put_raw_page(document, dense_page(number))
    return document.object_id


def put_corrected_pages(store: Store, pages: int) -> ObjectId:
    """Stores a document whose pages are corrected."""
    context, document = _begun(store, f"incoming/{pages}-corrected.tiff", pages)
    for number in range(1, pages + 1):
        context.objects.put_corrected_page(document, dense_page(number))
        context.records.add_page_done(document, number)
    return document.object_id


def put_published(store: Store, pages: int) -> ObjectId:
    """Publishes a document."""
    scan = put_corrected_pages(store, pages)
    publish(store, scan, pages)
    return scan


def put_pages_of_pdf(store: Store, pages: int) -> ObjectId:
    """Uploads a PDF and stores its pages as recognised and corrected."""
    scan = put_pdf(store, pages)
    options = ScanOptions(outputs=frozenset({*Output} - {Output.REVIEW, Output.ALTERNATIVES}))
    context, document = _begun_as(store, scan, "application/pdf", pages, options)
    for number in range(1, pages + 1):
        context.objects.put_corrected_page(document, dense_page(number))
        context.records.add_page_done(document, number)
    return scan


def put_pages_with_tables(store: Store, pages: int) -> ObjectId:
    """Stores a document whose corrected pages have a table of 400 cells each."""
    scan = ObjectId(bucket="scans", key=f"incoming/{pages}-tables.tiff", version_id="v1")
    outputs = {Output.TABLES, Output.XLSX, Output.MARKDOWN, Output.LINE_ITEMS, Output.FIELDS, Output.REVIEW}
    context, document = _begun_as(store, scan, "image/tiff", pages, ScanOptions(outputs=frozenset(outputs)))
    for number in range(1, pages + 1):
        context.objects.put_corrected_page(document, typewritten(table_text(number), number))
        context.records.add_page_done(document, number)
    return scan


def table_text(number: int) -> str:
    """Sets a page with a table of 8 columns and 50 rows; each page has another header, so that none goes on."""
    generator = random.Random(number)  # noqa: S311
    rows = [f"{'Pos':<6}{'Code':<12}{'Article':<24}{'Date':<13}{'Qty':<7}{'Unit':<7}{'Price':<11}Amount {number}"]
    for row in range(1, 50):
        quantity, cents = generator.randint(1, 30), generator.randint(100, 20_000)
        name = " ".join(generator.choices(_NAMES, k=2))
        price, amount = f"{cents / 100:.2f}", f"{quantity * cents / 100:.2f}"
        date = f"{1 + row % 28:02d}.02.2024"
        rows.append(f"{row:<6}AB-{10_000 + row:<9}{name:<24}{date:<13}{quantity:<7}{'pcs':<7}{price:<11}{amount}")
    return "\n".join(["A list of what was delivered to our house in this month, with thanks.", "", *rows])


def _begun(store: Store, key: str, pages: int) -> tuple[WorkerContext, DocumentRef]:
    scan = ObjectId(bucket="scans", key=key, version_id="v1")
    return _begun_as(store, scan, "image/tiff", pages, ScanOptions())


def _begun_as(
    store: Store, scan: ObjectId, media_type: str, pages: int, options: ScanOptions
) -> tuple[WorkerContext, DocumentRef]:
    context = store.context()
    document = DocumentRef(object_id=scan, attempt=1)
    context.records.start_attempt(document)
    context.records.set_pages_total(document, pages)
    source = Source(name=Path(scan.key).name, media_type=media_type, size_bytes=1)
    context.objects.put_scan_info(document, ScanInfo(source=source, options=options, started_at=STARTED_AT))
    return context, document


def dense_texts(number: int) -> Iterator[str]:
    """Yields the lines of a page of an invoice: 69 lines, 740 words, 5,600 characters."""
    generator = random.Random(number)  # noqa: S311 - text, no secrets
    yield from (f"ACME Trading GmbH   Page {number}", f"Invoice No: INV-2024-{number:05d}   Invoice date: 02.03.2024")
    yield "Qty   Article   Unit price   Amount"
    for row in range(62):
        quantity, cents = generator.randint(1, 30), generator.randint(100, 20_000)
        name = " ".join(generator.choices(_NAMES, k=generator.randint(4, 9)))
        code = f"{generator.randint(10_000, 99_999)}-{generator.randint(10, 99)}"
        yield f"{quantity} {name} {code} {1 + row % 28:02d}.02.2024 {cents / 100:.2f} {quantity * cents / 100:.2f}"
    cents = generator.randint(10_000, 999_999)
    yield from (f"Subtotal {cents / 100:.2f}", f"VAT 20% {cents / 500:.2f}", f"Total EUR {cents * 1.2 / 100:.2f}")
    yield "Payment due by 30.04.2024"


def dense_page(number: int) -> Page:
    """Builds a page as OCR returns it, with a box for every word."""
    return Page(
        number=number,
        width=2480,
        height=3508,
        dpi=300,
        source=PageSource.OCR,
        engine="stand-in",
        engine_version="1",
        confidence=0.95,
        lines=tuple(_line(text, 100 + 45 * row) for row, text in enumerate(dense_texts(number))),
    )


def _line(text: str, top: int) -> Line:
    words, position = [], 0
    for part in text.split(" "):
        if part:
            start, end = position, position + len(part)
            box = Box(left=100 + 14 * start, top=top, right=100 + 14 * end, bottom=top + 30)
            few = tuple(0.97 for _ in part) if len(words) % 5 == 0 else ()  # a fifth of the words is uncertain
            words.append(Word(start=start, end=end, box=box, confidence=0.97, character_confidences=few))
        position += len(part) + 1
    box = Box(left=100, top=top, right=100 + 14 * len(text), bottom=top + 30)
    return Line(raw=text, text=text, box=box, confidence=0.95, words=tuple(words))


def dense_pdf(pages: int) -> bytes:
    """Builds a PDF with the same text as text layer."""
    first = 10
    kids = b" ".join(b"%d 0 R" % (first + 2 * index) for index in range(pages))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for index in range(pages):
        own = first + 2 * index
        resources = b"/Resources << /Font << /F1 3 0 R >> >>"
        objects[own] = b"<< /Type /Page /Parent 2 0 R %s /Contents %d 0 R %s >>" % (MEDIA_BOX, own + 1, resources)
        objects[own + 1] = stream(b"BT /F1 8 Tf 40 810 Td 11 TL %s ET" % b" ".join(_shown(dense_texts(index + 1))))
    return pdf(objects)


def _shown(texts: Iterable[str]) -> Iterator[bytes]:
    return (b"(%s) '" % text.encode() for text in texts)


def _correct_message(scan: ObjectId, number: int) -> str:
    return CorrectPage(object_id=scan, attempt=1, page=number).model_dump_json()


def _raw_record(body: str) -> dict[str, Any]:
    return {"body": body, "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {}}


def _record(body: str) -> SQSRecord:
    return SQSRecord(_raw_record(body))


def _cpu_seconds() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in usage)


if __name__ == "__main__":
    main()
