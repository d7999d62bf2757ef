"""The sweep: every fault at every outside call of every function, for each kind of document.

The calls are those that a run without faults makes, so a call that is added to a function is swept at once.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.faults.accounting import Account, Upload, account_for
from tests.faults.documents import CRASHING, FAILING, GOOD, Kind
from tests.faults.in_process import InProcessStack
from tests.faults.outside_calls import Fault, FaultPoint

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
    undeleted = case.kind.deleted

    def after_each(function: str) -> None:
        nonlocal undeleted
        if undeleted and function.endswith("-ocr"):
            stack.client.s3.delete_object(Bucket=scan.bucket, Key=scan.key, VersionId=scan.version_id)
            undeleted = False

    stack.quiet(after_each)
    status = None if case.point and case.point.every_time else case.kind.status
    account = account_for(stack.client, stack.events, [Upload(scan, case.kind.text if status else None, status)])
    account.problems = [f"{case}: {problem}" for problem in account.problems]
    return account


def cases(stack: InProcessStack, kinds: Iterable[Kind] = (*GOOD, *FAILING, *CRASHING)) -> Iterator[Case]:
    """Yields each kind without a fault, and with each fault at each call that it then makes."""
    for kind in kinds:
        yield Case(kind)
        run(stack, Case(kind))
        made = {function: len(calls) for function, calls in stack.calls.made.items()}
        for function, calls in made.items():
            for call, fault in itertools.product(range(1, calls + 1), Fault):
                yield Case(kind, FaultPoint(function, call, fault))


def lasting_cases(stack: InProcessStack, kinds: Iterable[Kind] = GOOD) -> Iterator[Case]:
    """Yields cases in which the fault returns with every invocation, until the queue gives the message up."""
    for kind in kinds:
        run(stack, Case(kind))
        for function, calls in {name: len(made) for name, made in stack.calls.made.items()}.items():
            for call, fault in itertools.product(range(1, calls + 1), (Fault.KILL_AFTER, Fault.ERROR_BEFORE)):
                yield Case(kind, FaultPoint(function, call, fault, every_time=True))


def sample(found: Iterable[Case], size: int, seed: int) -> list[Case]:
    """Draws cases, the same for the same seed."""
    known = list(found)
    return random.Random(seed).sample(known, min(size, len(known)))


def sweep(stack: InProcessStack, found: Iterable[Case]) -> Account:
    """Runs cases and adds their accounts."""
    account = Account()
    for case in found:
        account.add(run(stack, case))
    return account
