"""A part of the fault sweep: `make faults RUN=sweep` does all of it."""

from __future__ import annotations

import pytest

from tests.faults.documents import CRASHING, FAILING, GOOD, IMAGE, Kind
from tests.faults.in_process import InProcessStack
from tests.faults.outside_calls import Fault
from tests.faults.sweep import Case, diagonal, lasting_cases, run, single_cases

KINDS = (*GOOD, *FAILING)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_one_fault_loses_nothing(stack: InProcessStack, kind: Kind) -> None:
    """Each call of each function meets one of the four faults."""
    assert problems(stack, diagonal(single_cases(stack, [kind]), KINDS.index(kind))) == []


@pytest.mark.slow
def test_lost_answers_lose_nothing(stack: InProcessStack) -> None:
    cases = [case for case in single_cases(stack, [IMAGE]) if case.point and case.point.fault is Fault.ANSWER_LOST]
    assert problems(stack, cases) == []


@pytest.mark.parametrize("kind", CRASHING, ids=lambda kind: kind.name)
def test_crashing_documents_end(stack: InProcessStack, kind: Kind) -> None:
    assert problems(stack, [Case(kind)]) == []


@pytest.mark.slow
def test_lasting_faults_end_documents(stack: InProcessStack) -> None:
    assert problems(stack, list(lasting_cases(stack, [IMAGE]))[::7]) == []


def problems(stack: InProcessStack, cases: list[Case]) -> list[str]:
    return [problem for case in cases for problem in run(stack, case).problems]
