"""A seeded chaos run: the local stack under duplicates, reordering, new versions, deletes, kills, throttles, refusals.

The functions are processes as deployed. Time-outs are short, so that a killed invocation's message comes back in
seconds, and the OCR engine is a stand-in, unless the setting asks for the real one. The seed decides what is uploaded
and which fault each invocation of each function meets, in its order; threads may interleave differently, so run a
failing seed more than once.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devstack.stack import LocalStack
from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.redrive import Redrive
from scanproof.cli.admin.replay import s3_notification
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.local_stack import access_to
from scanproof.document import ObjectId
from scanproof.workers.records import Status
from tests.faults.accounting import Account, EventLog, Upload, account_for
from tests.faults.documents import CRASHES_OCR, ENCRYPTED, GOOD, IMAGE, SAMPLES, Kind
from tests.faults.in_process import PARAMETERS, ROUNDS, fire_schedules
from tests.faults.reader import raw_text

RETRY_SECONDS = 1
IDLE_SECONDS = 3600.0


@dataclass(frozen=True)
class Setting:
    """What a run uploads, and the functions that read it.

    Attributes:
        kinds: drawn with equal chance.
        crashing: kind of a small share of the uploads; each costs all tries of OcrFunction.
        code: folders that replace functions' code.
        timeouts: seconds by function; a killed invocation's message comes back after that.
    """

    kinds: Sequence[Kind]
    crashing: Kind | None
    code: Mapping[str, Path]
    timeouts: Mapping[str, float]


FUNCTIONS = Path(__file__).parent / "functions"
LATER = {"scanproof-maintenance": FUNCTIONS / "maintenance"}
SHORT = {"scanproof-correct": 6, "scanproof-publish": 4, "scanproof-maintenance": 6}
STAND_IN = Setting(
    kinds=(*[IMAGE] * 4, *GOOD, ENCRYPTED),
    crashing=CRASHES_OCR,
    code={"scanproof-ocr": FUNCTIONS / "ocr", **LATER},
    timeouts={"scanproof-ocr": 6, **SHORT},
)
REAL_ENGINE = Setting(kinds=SAMPLES, crashing=None, code=LATER, timeouts={"scanproof-ocr": 60, **SHORT})

CRASHING_SHARE = 0.02  # of the uploads
DUPLICATE_SHARE = 0.2
NEW_VERSION_SHARE = 0.15
DELETED_SHARE = 0.05
LATE_SHARE = 0.1
KILL_SHARE, THROTTLE_SHARE, REFUSAL_SHARE = 0.1, 0.15, 0.05  # of the invocations
MOST_WRITES, MOST_CALLS = 9, 12
THROTTLED = (1, 1, 2, 2, 3, 6)  # calls in a row; the last is more than the SDK repeats most calls, which takes seconds


@dataclass
class Chaos:
    """One run.

    Attributes:
        done: how often each kind of disturbance was applied, and how many documents had to be redriven (``given_up``).
    """

    stack: LocalStack
    setting: Setting
    uploads: int
    seed: int
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._client: StackClient = access_to(self.stack).stack_client()
        self._events = EventLog(self._client, self._service("events"))
        self._uploaded: list[Upload] = []
        self._current: dict[str, ObjectId] = {}
        self._deleted: set[ObjectId] = set()
        self._throttled: defaultdict[str, list[bool]] = defaultdict(list)  # by invocation

    def run(self) -> Account:
        """Uploads everything, waits until all is quiet and accounts for it."""
        self._arm_faults()
        for number in range(self.uploads):
            self._upload(number)
            self._disturb()
        self._settle()
        self._redrive()
        account = account_for(self._client, self._events, self._uploaded)
        for key, scan in self._current.items():
            if scan not in self._deleted and self._client.current(key) != scan:
                account.problem("lost", f"the current version of {key} is not the last one uploaded")
        self._count_faults()
        return account

    def _settle(self) -> None:
        """Waits until all is quiet, and lets the schedules find what is left."""
        self.stack.wait_idle(IDLE_SECONDS)
        for _ in range(ROUNDS):
            fire_schedules(self._service)
            self.stack.wait_idle(IDLE_SECONDS)

    def _redrive(self) -> None:
        """Tries given-up documents again, as an operator does: among many, chance hits every try of a few."""
        for _ in range(ROUNDS):
            given_up = sum(upload.status is Status.PUBLISHED and self._is_given_up(upload) for upload in self._uploaded)
            if not given_up:
                return
            self.done["given_up"] += given_up
            for _ in Redrive(self._client, RateLimiter(math.inf)).run():
                pass
            self._settle()

    def _is_given_up(self, upload: Upload) -> bool:
        record = self._client.records.get(upload.object_id)
        return record is not None and record.reason is not None and record.reason.retryable

    def _count_faults(self) -> None:
        statuses = Counter(record.status for record in self.stack.invocations)
        started = Counter(record.function for record in self.stack.invocations if record.status != "refused")
        throttled = sum(sum(flags[: started[function]]) for function, flags in self._throttled.items())
        self.done.update(killed=statuses["crash"], refused=statuses["refused"], throttled=throttled)

    def _arm_faults(self) -> None:
        """Decides the fault of each invocation of each function, so that the seed alone decides."""
        for function in self.stack.deployment.functions:
            drawn = random.Random(f"{self.seed} {function}")
            for _ in range(self.uploads * 3):
                writes = drawn.randint(1, MOST_WRITES) if drawn.random() < KILL_SHARE else 10**6
                self.stack.kill_next_invocation(function, after_writes=writes)
                times = drawn.choice(THROTTLED) if drawn.random() < THROTTLE_SHARE else 0
                self._throttled[function].append(times > 0)
                self.stack.throttle_next_invocation(function, drawn.randint(0, MOST_CALLS), times)

    def _upload(self, number: int) -> None:
        rng = self._random
        kind = rng.choice(self.setting.kinds)
        if rng.random() < CRASHING_SHARE and self.setting.crashing:
            kind = self.setting.crashing
        key = f"incoming/chaos/{number}.{kind.suffix}"
        same = [known for known in self._current if known.endswith(kind.suffix)]
        if same and rng.random() < NEW_VERSION_SHARE:
            key = rng.choice(same)
            self.done["new_versions"] += 1
        bucket = self._client.outputs.scans_bucket
        answer = self._client.s3.put_object(Bucket=bucket, Key=key, Body=kind.make())
        scan = ObjectId(bucket=bucket, key=key, version_id=answer["VersionId"])
        self._current[key] = scan
        self._uploaded.append(Upload(scan, _text(kind), kind.status))

    def _disturb(self) -> None:
        rng = self._random
        if rng.random() < DUPLICATE_SHARE:
            self._announce(rng.choice(self._uploaded).object_id, "duplicates")
        if rng.random() < LATE_SHARE:  # by its sequencer older than everything
            self._announce(rng.choice(self._uploaded).object_id, "late_events", sequencer="00")
        if rng.random() < DELETED_SHARE:
            self._delete(rng.randrange(len(self._uploaded)))
        for function in self.stack.deployment.functions:
            if rng.random() < REFUSAL_SHARE:
                self.stack.refuse_next_invocations(function, rng.randint(1, 3))

    def _announce(self, scan: ObjectId, what: str, sequencer: str | None = None) -> None:
        event = s3_notification(scan)
        if sequencer:
            event["Records"][0]["s3"]["object"]["sequencer"] = sequencer
        self._client.send("upload", event)
        self.done[what] += 1

    def _delete(self, index: int) -> None:
        """Deletes a version, perhaps before it is read: both ends are right then."""
        scan = self._uploaded[index].object_id
        self._client.s3.delete_object(Bucket=scan.bucket, Key=scan.key, VersionId=scan.version_id)
        self._uploaded[index] = Upload(scan)
        self._deleted.add(scan)
        self.done["deletes"] += 1

    def _service(self, name: str) -> Any:
        return self.stack.session().client(name, endpoint_url=self.stack.endpoint_url)  # type: ignore[call-overload]


def run_chaos(setting: Setting, uploads: int, seed: int, log_dir: Path) -> tuple[Account, dict[str, int]]:
    """Runs chaos in a stack of its own; returns the account, and how often each disturbance was applied."""
    with LocalStack(
        log_dir,
        parameters=PARAMETERS,
        retry_seconds=RETRY_SECONDS,
        count_writes=True,
        timeouts=setting.timeouts,
        code=setting.code,
    ) as stack:
        stack.warm()
        chaos = Chaos(stack, setting, uploads, seed)
        return chaos.run(), dict(chaos.done)


def _text(kind: Kind) -> tuple[str, ...] | None:
    """Returns the text as the real corrector leaves it: it changes nothing in what the stand-in reads."""
    if kind.text is None:
        return None
    return tuple(raw_text(int(line.split()[-1])) if line.startswith("page") else line for line in kind.text)
