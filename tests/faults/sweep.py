"""The sweep: every fault at every outside call of every function, for each kind of document.

The calls are those that a run without faults makes, so a call that is added to a function is swept at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.faults.accounting import Account, Upload
from tests.faults.documents import ABANDONED, CRASHING, FAILING, GOOD, Kind
from tests.faults.in_process import InProcessStack
from tests.faults.outside_calls import Fault, FaultPoint

MAINTENANCE = "scanproof-maintenance"
LASTING = (Fault.KILL_AFTER, Fault.ERROR_BEFORE)
_numbers = itertools.count()


@dataclass(frozen=True)
class Case:
    """One document with one fault, or none."""

    kind: Kind
    point: FaultPoint | None = None

    def __str__(self) -> str:
        return f"{self.kind.name}: {self.point or 'no fault'}"


def run(stack: InProcessStack, case: Case) -> Account:
    """Uploads a document, applies the fault, waits until all is quiet and accounts for the upload."""
    stack.calls.arm(case.point)
    scan = stack.upload(case.kind.make(), f"incoming/{case.kind.name}/{next(_numbers)}.{case.kind.suffix}")
    mishap = case.kind.mishap

    def after_each(function: str | None) -> None:
        nonlocal mishap
        if mishap is None or mishap.after != function:
            return
        if mishap.queue:
            stack.lose(mishap.queue, dead=mishap.dead)
        else:
            stack.client.s3.delete_object(Bucket=scan.bucket, Key=scan.key, VersionId=scan.version_id)
        mishap = None

    after_each(None)
    stack.settle(after_each)
    status = None if case.point and case.point.every_time else case.kind.status
    account = stack.account([Upload(scan, case.kind.text if status else None, status)])
    account.problems = [f"{case}: {problem}" for problem in account.problems]
    return account


def single_cases(stack: InProcessStack, kinds: Iterable[Kind]) -> list[Case]:
    """Lists each fault at each call that a document of each kind makes without faults."""
    return [
        Case(kind, FaultPoint(function, call, fault))
        for kind in kinds
        for function, calls in _calls(stack, kind).items()
        for call, fault in itertools.product(range(1, calls + 1), Fault)
    ]


def lasting_cases(stack: InProcessStack, kinds: Iterable[Kind]) -> list[Case]:
    """Lists faults that return with every invocation, until the message is given up."""
    return [
        Case(kind, FaultPoint(function, call, fault, every_time=True))
        for kind in kinds
        for function, calls in _calls(stack, kind).items()
        for call, fault in itertools.product(range(1, calls + 1), LASTING)
    ]


def maintenance_cases(stack: InProcessStack, kinds: Iterable[Kind]) -> list[Case]:
    """Lists each fault at each call of MaintenanceFunction, for documents that only it can end."""
    return [case for case in single_cases(stack, kinds) if case.point and case.point.function == MAINTENANCE]


def all_cases(stack: InProcessStack) -> list[Case]:
    """Lists every case of every kind."""
    return [
        *map(Case, (*GOOD, *FAILING, *CRASHING, *ABANDONED)),
        *single_cases(stack, (*GOOD, *FAILING)),
        *maintenance_cases(stack, ABANDONED),
        *lasting_cases(stack, GOOD),
    ]


def diagonal(cases: Sequence[Case], offset: int) -> list[Case]:
    """Picks one fault for each call, in turn; the offset decides which one is first."""
    size = len(Fault)
    return [cases[first + (offset + first // size) % size] for first in range(0, len(cases), size)]


def _calls(stack: InProcessStack, kind: Kind) -> dict[str, int]:
    run(stack, Case(kind))
    return {function: len(made) for function, made in stack.calls.made.items()}
