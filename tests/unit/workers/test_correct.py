"""CorrectFunction's worker: batches, redeliveries, and pages whose correction keeps failing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from scanproof.correction.base import CorrectedLine
from scanproof.correction.deadline import Deadline
from scanproof.correction.model_pool import ModelPool
from scanproof.document import DocumentRef, PageFlag, Source
from scanproof.errors import OutOfTimeError
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior
from scanproof.lattice.file_format import encode_lattice
from scanproof.options import ScanOptions
from scanproof.settings import Settings
from scanproof.workers import s3_keys
from scanproof.workers.correct import MAX_RETRIES, CorrectWorker, parse_correct_record
from scanproof.workers.messages import CorrectPage, Delivery
from scanproof.workers.objects import ScanInfo
from tests.builders import UpperCase, line, page
from tests.unit.lattice.lattices import page_of, segment
from tests.unit.workers.conftest import Store

SOURCE = Source(name="scan.png", media_type="image/png", size_bytes=1)


class Failing(UpperCase):
    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        raise RuntimeError("the model fails")


def prepared(store: Store, document: DocumentRef, pages: int) -> list[CorrectPage]:
    """A document whose pages were recognised."""
    context = store.context()
    context.records.start_attempt(document)
    context.records.set_pages_total(document, pages)
    info = ScanInfo(source=SOURCE, options=ScanOptions(), started_at="2026-11-28T00:00:00+00:00")
    context.objects.put_scan_info(document, info)
    for number in range(1, pages + 1):
        context.objects.put_raw_page(document, page(number, line("a box of six")))
    return [CorrectPage(object_id=document.object_id, attempt=1, page=number) for number in range(1, pages + 1)]


def record_of(message: CorrectPage, times: int = 1) -> dict[str, object]:
    return {"body": message.model_dump_json(), "attributes": {"ApproximateReceiveCount": str(times)}}


def worker_with(store: Store, corrector: UpperCase) -> CorrectWorker:
    return CorrectWorker(store.context(), ModelPool(corrector, {}, Settings()))


def test_batch_is_one_corrector_call(store: Store, document: DocumentRef) -> None:
    corrector, messages = UpperCase(), prepared(store, document, 3)
    worker = worker_with(store, corrector)
    foreign = {"body": "foreign", "attributes": {"ApproximateReceiveCount": "1"}}
    worker.prepare([*map(record_of, messages), foreign])
    outcomes = [worker.process(Delivery(message, redelivered=False)) for message in messages]
    assert len(corrector.calls) == 1
    assert [(outcome.outcome, outcome.edits) for outcome in outcomes] == [("corrected", 2)] * 3
    assert store.context().objects.corrected_page(document, 2).text == "a boX of siX"
    [message] = store.receive("publish")
    assert message["kind"] == "publish"


def test_redelivered_pages_go_alone(store: Store, document: DocumentRef) -> None:
    corrector, messages = UpperCase(), prepared(store, document, 2)
    worker = worker_with(store, corrector)
    worker.prepare([record_of(message, times=2) for message in messages])
    for message in messages:
        worker.process(Delivery(message, redelivered=True))
    assert len(corrector.calls) == 2


def test_failing_page_ends_raw(store: Store, document: DocumentRef) -> None:
    [message] = prepared(store, document, 1)
    worker = worker_with(store, Failing())
    for redelivered in [False] + [True] * (MAX_RETRIES - 1):
        with pytest.raises(RuntimeError):
            worker.process(Delivery(message, redelivered))
    outcome = worker.process(Delivery(message, redelivered=True))
    assert outcome.outcome == "left_raw"
    assert {metric.name: metric.value for metric in outcome.metrics}["PagesLeftRaw"] == 1
    assert PageFlag.NOT_CORRECTED in store.context().objects.corrected_page(document, 1).flags


class Slow(UpperCase):
    """Takes a minute a call, by a clock of its own."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds

    def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
        self.seconds -= 60
        return super().correct(lines, language)

    def deadline(self) -> Deadline:
        return Deadline.of_invocation(lambda: 1000 * self.seconds)


def test_time_limit_leaves_pages_to_queue(store: Store, document: DocumentRef) -> None:
    messages = prepared(store, document, 3)
    for number in (1, 2, 3):
        store.context().objects.put_raw_page(document, page(number, *[line("a box")] * 150))
    corrector = Slow(seconds=120)
    worker = worker_with(store, corrector)
    worker.prepare([record_of(message) for message in messages], corrector.deadline())
    *first, last = messages
    outcomes = [worker.process(Delivery(message, redelivered=False)).outcome for message in first]
    with pytest.raises(OutOfTimeError):
        worker.process(Delivery(last, redelivered=False))
    assert len(corrector.calls) == 2  # no third one after the deadline

    corrector.seconds = 120
    worker.prepare([record_of(last, times=2)], corrector.deadline())
    outcomes.append(worker.process(Delivery(last, redelivered=True)).outcome)
    assert outcomes == ["corrected"] * 3
    assert len(store.receive("publish")) == 1


def test_late_page_counts_no_retry(store: Store, document: DocumentRef) -> None:
    first, second = prepared(store, document, 2)
    corrector = Slow(seconds=100)
    worker = worker_with(store, corrector)
    for _ in range(MAX_RETRIES + 1):
        corrector.seconds = 100
        worker.prepare([record_of(first, times=2), record_of(second, times=2)], corrector.deadline())
        corrector.seconds = 40
        with pytest.raises(OutOfTimeError):
            worker.process(Delivery(second, redelivered=True))
    corrector.seconds = 100
    assert worker.process(Delivery(second, redelivered=True)).outcome == "corrected"


@pytest.mark.parametrize("fault", ["missing", "cut", "version", "page", None])
def test_unusable_lattice_gives_warning(store: Store, document: DocumentRef, fault: str | None) -> None:
    prepared(store, document, 1)
    raw, lattice = page_of(segment("ab c"))
    objects, content = store.context().objects, encode_lattice(lattice, raw)
    objects.put_raw_page(document, raw)
    altered = {
        "cut": content[:40],
        "version": content[:4] + b"\7\0" + content[6:],
        "page": encode_lattice(lattice, raw.model_copy(update={"number": 2})),
        None: content,
    }
    if fault in altered:
        key = s3_keys.lattice_key(document, 1)
        store.client("s3").put_object(Bucket="results", Key=key, Body=altered[fault])
    corrector = UpperCase()
    message = CorrectPage(object_id=document.object_id, attempt=1, page=1, has_lattice=True)
    assert worker_with(store, corrector).process(Delivery(message, redelivered=False)).outcome == "corrected"
    warnings = objects.corrected_page(document, 1).warnings
    assert len(warnings) == int(fault is not None)
    assert all("The lattice of page 1 " in warning and "corrected without it" in warning for warning in warnings)


def test_stale_message_does_nothing(store: Store, document: DocumentRef) -> None:
    [message] = prepared(store, document, 1)
    store.context().records.start_attempt(document.model_copy(update={"attempt": 2}))
    assert worker_with(store, UpperCase()).process(Delivery(message, redelivered=False)).outcome == "stale"


def test_receive_count_marks_redelivery(document: DocumentRef) -> None:
    message = CorrectPage(object_id=document.object_id, attempt=1, page=1)
    for times, redelivered in ((1, False), (2, True)):
        [delivery] = parse_correct_record(SQSRecord(record_of(message, times)))
        assert delivery.redelivered is redelivered
