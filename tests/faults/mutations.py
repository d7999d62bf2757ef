"""Removes one guarantee at a time, to show that the harness notices: a harness that cannot fail proves nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Never
from unittest.mock import PropertyMock, patch

from scanproof.workers import correct, ocr
from scanproof.workers.maintenance import MaintenanceWorker
from scanproof.workers.messages import CorrectPage, PublishDocument, Upload
from scanproof.workers.records import Record, Records
from tests.faults.accounting import Account
from tests.faults.delivery import PUBLISH, run_scenario
from tests.faults.documents import IMAGE
from tests.faults.in_process import InProcessStack
from tests.faults.outside_calls import Fault, FaultPoint
from tests.faults.reviews import run_review
from tests.faults.sweep import Case, run

ALWAYS = "(attribute_exists(pk) OR attribute_not_exists(pk))"
Check = Callable[[InProcessStack], Account]


@dataclass(frozen=True)
class Mutation:
    """A guarantee that is removed.

    Attributes:
        removed: leaves the guarantee out inside ``with``.
        checks: scenarios or sweeps that must fail then.
    """

    name: str
    removed: Callable[[], AbstractContextManager[object]]
    checks: Sequence[Check]

    def noticed(self, stack: InProcessStack) -> list[str]:
        """Returns the problems that the harness finds without the guarantee."""
        with self.removed():
            for check in self.checks:
                account = check(stack)
                if account.problems:
                    return account.problems
        return []


def without_condition(method: str, part: str | None = None) -> Callable[[], AbstractContextManager[object]]:
    """Removes a method's condition, or a part of it, from the writes to the documents table."""

    @contextmanager
    def removed() -> Iterator[None]:
        original = getattr(Records, method)

        @wraps(original)
        def mutated(self: Records, *args: Any, **more: Any) -> Any:
            table, self._table = self._table, _Unconditional(self._table, part)  # type: ignore[assignment]
            try:
                return original(self, *args, **more)
            finally:
                self._table = table

        with patch.object(Records, method, mutated):
            yield

    return removed


class _Unconditional:
    """A table whose conditions, or a part of them, always hold."""

    def __init__(self, table: Any, part: str | None) -> None:
        self._table = table
        self._part = part

    def put_item(self, **request: Any) -> Any:
        return self._table.put_item(**self._without(request))

    def update_item(self, **request: Any) -> Any:
        return self._table.update_item(**self._without(request))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def _without(self, request: dict[str, Any]) -> dict[str, Any]:
        condition = request["ConditionExpression"]
        part = self._part or condition
        assert part in condition, f"{condition} does not contain {part}"
        return {**request, "ConditionExpression": condition.replace(part, f"(({part}) OR {ALWAYS})")}


def without_key(message: type) -> Callable[[], AbstractContextManager[object]]:
    """Gives each delivery of a message another idempotency key."""
    return lambda: patch.object(message, "idempotency_key", PropertyMock(side_effect=lambda: uuid.uuid4().hex))


def scenario(name: str) -> Check:
    """Returns the check by a scenario."""
    return lambda stack: run_scenario(stack, name)


def faults_at(function: str, operation: str, fault: Fault, *, every_time: bool = False) -> Check:
    """Returns the check by a sweep over the calls of one operation."""

    def check(stack: InProcessStack) -> Account:
        run(stack, Case(IMAGE))
        account = Account()
        for call, made in enumerate(list(stack.calls.made[function]), start=1):
            if made == operation:
                account.add(run(stack, Case(IMAGE, FaultPoint(function, call, fault, every_time))))
        return account

    return check


def killed_reviews(stack: InProcessStack) -> Account:
    """Kills PublishFunction after each file that it writes for a review."""
    run_review(stack)
    account = Account()
    for call, made in enumerate(list(stack.calls.made[PUBLISH]), start=1):
        if made == "s3:PutObject":
            account.add(run_review(stack, FaultPoint(PUBLISH, call, Fault.KILL_AFTER)))
    return account


def unnoted_reviews() -> AbstractContextManager[object]:
    """Begins attempts without noting which upload of corrections they are of."""
    original = Records.start_review

    def start(self: Records, record: Record, _corrections: str, pages_total: int) -> Record | None:
        return original(self, record, "unknown", pages_total)

    return patch.object(Records, "start_review", start)


def nothing(*_: object) -> Iterator[Never]:
    """Replaces a query by one that finds nothing."""
    return iter(())


MUTATIONS = (
    Mutation("condition: a record begins once", without_condition("start_attempt"), [scenario("late duplicate")]),
    Mutation(
        "condition: writes are of the current attempt",
        without_condition("_update_unfinished", "attempt = :attempt"),
        [scenario("replay during publish"), scenario("replay during correct")],
    ),
    Mutation(
        "condition: an end is final",
        without_condition("_update_unfinished", "NOT #status IN (:published, :failed)"),
        [scenario("deleted after publishing")],
    ),
    Mutation(
        "sequencers are compared",
        without_condition("set_current_version"),
        [scenario("reordered versions")],
    ),
    Mutation("idempotency key of uploads", without_key(Upload), [scenario("duplicate events")]),
    Mutation("idempotency key of pages", without_key(CorrectPage), [scenario("duplicate pages")]),
    Mutation("idempotency key of publishing", without_key(PublishDocument), [scenario("duplicate publishing")]),
    Mutation(
        "counter of a page's tries",
        lambda: patch.object(correct, "MAX_RETRIES", 10**6),
        [scenario("tries are counted")],
    ),
    Mutation("counter of a scan's tries", lambda: patch.object(ocr, "MAX_RETRIES", 10**6), [scenario("crashing scan")]),
    Mutation(
        "outbox: a pending event is sent",
        lambda: patch.object(Record, "event_pending", PropertyMock(return_value=False)),
        [faults_at(PUBLISH, "dynamodb:UpdateItem", Fault.ANSWER_LOST)],
    ),
    Mutation(
        "outbox: maintenance drains it",
        lambda: patch.object(Records, "events_pending", nothing),
        [scenario("lost event")],
    ),
    Mutation("a review notes which upload began it", unnoted_reviews, [killed_reviews]),
    Mutation(
        "dead letters are opened",
        lambda: patch.object(MaintenanceWorker, "_empty", nothing),
        [faults_at("scanproof-ocr", "s3:HeadObject", Fault.KILL_AFTER, every_time=True)],
    ),
    Mutation(
        "documents without messages are found",
        lambda: patch.object(Records, "unmoved", nothing),
        [scenario("lost message of a page")],
    ),
)
