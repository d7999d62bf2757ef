"""What queues and buckets may do without any fault: duplicates, late and reordered messages, races, replays."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from scanproof.document import DocumentRef, ObjectId
from scanproof.workers.correct import MAX_RETRIES as MAX_PAGE_RETRIES
from scanproof.workers.messages import CorrectPage, DocumentMessage, PublishDocument
from scanproof.workers.ocr import MAX_RETRIES as MAX_SCAN_RETRIES
from scanproof.workers.records import Status
from tests.faults import documents
from tests.faults.accounting import Account, Upload, versions_of_result
from tests.faults.documents import CRASHES_CORRECT, CRASHES_OCR, IMAGE, Kind
from tests.faults.in_process import InProcessStack
from tests.faults.outside_calls import Fault, FaultPoint, Race
from tests.faults.reader import KILLS_OCR, raw_text

PUBLISH = "scanproof-publish"
Scenario = Callable[[InProcessStack], Account]
_numbers = itertools.count()


def duplicate_events(stack: InProcessStack) -> Account:
    """An upload's event arrives again when the scan is recognised and not corrected: it is not recognised again."""
    number = 11
    before = stack.work.recognised[number]
    scan = stack.upload(documents.image(number), _key("duplicates"))

    def happens() -> None:
        stack.announce(scan)
        stack.deliver("scanproof-ocr")

    stack.calls.arm(None, Race("scanproof-correct", 1, happens))
    stack.settle()
    account = _account(stack, scan, (documents.page_text(number),))
    if (times := stack.work.recognised[number] - before) != 1:
        account.problem("doubled", f"an upload with two events was recognised {times} times")
    return account


def duplicate_pages(stack: InProcessStack) -> Account:
    """A page's message arrives again when the page is done and the document is not: it is not corrected again."""
    number = 12
    scan = stack.upload(documents.image(number), _key("duplicate-page"))
    before = stack.work.corrected[raw_text(number)]
    message = CorrectPage(object_id=scan, attempt=1, page=1, has_lattice=True)
    _again_before(stack, PUBLISH, 1, "scanproof-correct", "correct", message)
    stack.settle()
    account = _account(stack, scan, (documents.page_text(number),))
    if (times := stack.work.corrected[raw_text(number)] - before) != 1:
        account.problem("doubled", f"a page was corrected {times} times")
    return account


def duplicate_publishing(stack: InProcessStack) -> Account:
    """A document's message arrives again while the document is published: its files are written once."""
    run_through = stack.upload(IMAGE.make(), _key("published"))
    stack.settle()
    last = stack.calls.made[PUBLISH].index("events:PutEvents")  # the call before is the record's
    account = _account(stack, run_through, IMAGE.text)
    scan = stack.upload(IMAGE.make(), _key("duplicate-publishing"))
    message = PublishDocument(object_id=scan, attempt=1)
    _again_before(stack, PUBLISH, last, PUBLISH, "publish", message)
    stack.settle()
    account.add(_account(stack, scan, IMAGE.text))
    if (times := versions_of_result(stack.client, scan)) != 1:
        account.problem("doubled", f"a document was written {times} times")
    return account


def late_duplicate(stack: InProcessStack) -> Account:
    """An event that arrives again after days, when no idempotency record is left: nothing changes."""
    scan = stack.upload(IMAGE.make(), _key("late"))
    stack.settle()
    stack.forget_duplicates()
    stack.announce(scan)
    stack.settle()
    account = _account(stack, scan, IMAGE.text)
    if (times := versions_of_result(stack.client, scan)) != 1:
        account.problem("doubled", f"a late event published the result {times} times")
    return account


def reordered_versions(stack: InProcessStack) -> Account:
    """The event of a key's older version arrives after that of its newer one: the newer one stays current."""
    key = _key("versions")
    old = stack.upload(documents.image(2), key)
    new = stack.upload(documents.image(3), key)
    stack.lose("upload", dead=False)
    stack.announce(new, sequencer="0B")
    stack.settle()
    stack.announce(old, sequencer="0A0")
    stack.settle()
    account = _account(stack, old, (documents.page_text(2),))
    account.add(_account(stack, new, (documents.page_text(3),)))
    if stack.client.current(key) != new:
        account.problem("lost", "the older version of a key became the current one")
    return account


def replay_during(kind: Kind, function: str) -> Scenario:
    """Returns a scenario: a second attempt starts before a call of a function, every other one, and is published."""

    def scenario(stack: InProcessStack) -> Account:
        account = Account()
        for call in itertools.count(1, 2):
            scan = stack.upload(kind.make(), _key(f"replayed.{kind.suffix}"))
            document = DocumentRef(object_id=scan, attempt=2)

            def happens(scan: ObjectId = scan, document: DocumentRef = document) -> None:
                stack.client.records.start_attempt(document)
                stack.announce(scan, attempt=2)

            stack.calls.arm(None, Race(function, call, happens))
            stack.settle()
            record = stack.client.records.get(scan)
            if record is not None and record.attempt == 1:  # the function makes no more calls
                return account
            account.add(_account(stack, scan, kind.text))
            if record is None or record.attempt != 2:
                account.problem("lost", f"attempt 2, begun before call {call} of {function}, did not stay")
        raise AssertionError

    return scenario


def deleted_after_publishing(stack: InProcessStack) -> Account:
    """A late event about a scan that was published and then deleted: it stays published."""
    scan = stack.upload(IMAGE.make(), _key("deleted"))
    stack.settle()
    stack.client.s3.delete_object(Bucket=scan.bucket, Key=scan.key, VersionId=scan.version_id)
    stack.forget_duplicates()
    stack.announce(scan)
    stack.settle()
    return _account(stack, scan, IMAGE.text)


def failed_replay(stack: InProcessStack) -> Account:
    """A new attempt that fails, as the scan was deleted: the published result is still what readers get."""
    scan = stack.upload(IMAGE.make(), _key("failed-replay"))
    stack.settle()
    stack.client.s3.delete_object(Bucket=scan.bucket, Key=scan.key, VersionId=scan.version_id)
    stack.announce(scan, attempt=2)
    stack.settle()
    account = stack.account([Upload(scan)])
    record = stack.client.records.get(scan)
    if record is None or "document.json" not in stack.client.results(record):
        account.problem("lost", "an attempt that failed took the published result along")
    return account


def tries_are_counted(stack: InProcessStack) -> Account:
    """A page that crashes the corrector is published raw after a few tries, not after the queue gave up."""
    line = raw_text(documents.KILLS_CORRECT)
    before = stack.work.corrected[line]
    scan = stack.upload(CRASHES_CORRECT.make(), _key("crashes"))
    stack.settle()
    account = _account(stack, scan, CRASHES_CORRECT.text)
    if (times := stack.work.corrected[line] - before) > MAX_PAGE_RETRIES:
        account.problem("stuck", f"a page crashed the corrector {times} times, the limit is {MAX_PAGE_RETRIES}")
    return account


def crashing_scan(stack: InProcessStack) -> Account:
    """A scan that crashes OcrFunction every time fails with a reason after a few tries."""
    before = stack.work.recognised[KILLS_OCR]
    scan = stack.upload(CRASHES_OCR.make(), _key("crashes-ocr"))
    account = stack.account([Upload(scan, None, Status.FAILED)])
    if (times := stack.work.recognised[KILLS_OCR] - before) > MAX_SCAN_RETRIES:
        account.problem("stuck", f"a scan crashed OcrFunction {times} times, the limit is {MAX_SCAN_RETRIES}")
    return account


def lost_message(kind: str) -> Scenario:
    """Returns a scenario: a message vanishes from a queue, as after its retention; the document ends all the same."""

    def scenario(stack: InProcessStack) -> Account:
        scan = stack.upload(IMAGE.make(), _key(f"lost-{kind}"))
        stack.deliver("scanproof-ocr")
        if kind == "publish":
            stack.deliver("scanproof-correct")
        stack.lose(kind, dead=False)
        return _account(stack, scan, None)

    return scenario


def lost_event(stack: InProcessStack) -> Account:
    """PublishFunction is killed between the record and the event, and its message vanishes: the event is sent."""
    stack.upload(IMAGE.make(), _key("event"))
    stack.settle()
    last = stack.calls.made[PUBLISH].index("events:PutEvents")  # the call before is the record's
    stack.calls.arm(FaultPoint(PUBLISH, last, Fault.KILL_AFTER))
    scan = stack.upload(IMAGE.make(), _key("lost-event"))
    for function in ("scanproof-ocr", "scanproof-correct", PUBLISH):
        stack.deliver(function)
    stack.lose("publish", dead=False)
    return _account(stack, scan, IMAGE.text)


SCENARIOS: dict[str, Scenario] = {
    "duplicate events": duplicate_events,
    "duplicate pages": duplicate_pages,
    "duplicate publishing": duplicate_publishing,
    "late duplicate": late_duplicate,
    "reordered versions": reordered_versions,
    "replay during ocr": replay_during(IMAGE, "scanproof-ocr"),
    "replay during correct": replay_during(IMAGE, "scanproof-correct"),
    "replay during publish": replay_during(IMAGE, PUBLISH),
    "deleted after publishing": deleted_after_publishing,
    "failed replay": failed_replay,
    "tries are counted": tries_are_counted,
    "crashing scan": crashing_scan,
    "lost event": lost_event,
    "lost message of a page": lost_message("correct"),
    "lost message of a document": lost_message("publish"),
}


def run_scenario(stack: InProcessStack, name: str) -> Account:
    """Runs one scenario."""
    stack.calls.arm(None)
    account = SCENARIOS[name](stack)
    account.problems = [f"{name}: {problem}" for problem in account.problems]
    return account


def _again_before(
    stack: InProcessStack, function: str, call: int, receiver: str, kind: str, message: DocumentMessage
) -> None:
    """Delivers a message again immediately before a call of a function."""

    def happens() -> None:
        stack.client.send(kind, message.model_dump(mode="json", by_alias=True))
        stack.deliver(receiver)

    stack.calls.arm(None, Race(function, call, happens))


def _account(stack: InProcessStack, scan: ObjectId, text: tuple[str, ...] | None) -> Account:
    return stack.account([Upload(scan, text, Status.PUBLISHED)])


def _key(name: str) -> str:
    stem, _, suffix = name.partition(".")
    return f"incoming/delivery/{stem}-{next(_numbers)}.{suffix or 'png'}"
