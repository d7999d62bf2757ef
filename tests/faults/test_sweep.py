"""A part of the fault sweep: `make faults RUN=sweep` does all of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.faults.delivery import PUBLISH
from tests.faults.documents import (
    ABANDONED,
    CRASHING,
    DEAD_PAGES,
    ENCRYPTED,
    IMAGE,
    LOST_DOCUMENT,
    MIXED,
    MULTI_PAGE,
    TEXT_LAYER,
    Kind,
)
from tests.faults.in_process import InProcessStack
from tests.faults.outside_calls import Fault, FaultPoint
from tests.faults.sweep import Case, diagonal, lasting_cases, maintenance_cases, run, single_cases

# One call in so many meets one of the four faults, in turn.
KINDS = {IMAGE: 3, TEXT_LAYER: 6, MIXED: 4, MULTI_PAGE: 7, ENCRYPTED: 3}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_one_fault_loses_nothing(stack: InProcessStack, kind: Kind) -> None:
    assert problems(stack, diagonal(single_cases(stack, [kind]), kind.suffix == "pdf")[:: KINDS[kind]]) == []


@pytest.mark.slow
def test_lost_answers_lose_nothing(stack: InProcessStack) -> None:
    """The SDK repeats the call, and a conditional write is refused because it took effect before."""
    run(stack, Case(IMAGE))
    writes = [n for n, made in enumerate(stack.calls.made[PUBLISH], start=1) if made == "dynamodb:UpdateItem"]
    points = [FaultPoint(PUBLISH, call, Fault.ANSWER_LOST) for call in writes]
    assert problems(stack, [Case(IMAGE, point) for point in points]) == []


@pytest.mark.parametrize("kind", (*CRASHING, *ABANDONED), ids=lambda kind: kind.name)
def test_hopeless_documents_end(stack: InProcessStack, kind: Kind) -> None:
    assert problems(stack, [Case(kind)]) == []


@pytest.mark.slow
def test_lasting_faults_end_documents(stack: InProcessStack) -> None:
    assert problems(stack, lasting_cases(stack, [IMAGE])[::13]) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", [DEAD_PAGES, LOST_DOCUMENT], ids=lambda kind: kind.name)
def test_faults_of_maintenance_lose_nothing(stack: InProcessStack, kind: Kind) -> None:
    assert problems(stack, diagonal(maintenance_cases(stack, [kind]), 0)[::5]) == []


def problems(stack: InProcessStack, cases: Sequence[Case]) -> list[str]:
    return [problem for case in cases for problem in run(stack, case).problems]
