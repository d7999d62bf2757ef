"""A part of the fault sweep: `make faults RUN=sweep` does all of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

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
from tests.faults.outside_calls import Fault
from tests.faults.sweep import Case, diagonal, lasting_cases, maintenance_cases, run, single_cases

# One call in so many meets one of the four faults, in turn.
KINDS = {IMAGE: 2, TEXT_LAYER: 4, MIXED: 3, MULTI_PAGE: 5, ENCRYPTED: 3}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_one_fault_loses_nothing(stack: InProcessStack, kind: Kind) -> None:
    assert problems(stack, diagonal(single_cases(stack, [kind]), kind.suffix == "pdf")[:: KINDS[kind]]) == []


@pytest.mark.slow
def test_lost_answers_lose_nothing(stack: InProcessStack) -> None:
    cases = single_cases(stack, [IMAGE])
    lost = [case for case in cases if case.point and case.point.fault is Fault.ANSWER_LOST]
    assert problems(stack, [case for case in lost if case.point and case.point.function == "scanproof-publish"]) == []


@pytest.mark.parametrize("kind", (*CRASHING, *ABANDONED), ids=lambda kind: kind.name)
def test_hopeless_documents_end(stack: InProcessStack, kind: Kind) -> None:
    assert problems(stack, [Case(kind)]) == []


@pytest.mark.slow
def test_lasting_faults_end_documents(stack: InProcessStack) -> None:
    assert problems(stack, lasting_cases(stack, [IMAGE])[::9]) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", [DEAD_PAGES, LOST_DOCUMENT], ids=lambda kind: kind.name)
def test_faults_of_maintenance_lose_nothing(stack: InProcessStack, kind: Kind) -> None:
    assert problems(stack, diagonal(maintenance_cases(stack, [kind]), 0)[::3]) == []


def problems(stack: InProcessStack, cases: Sequence[Case]) -> list[str]:
    return [problem for case in cases for problem in run(stack, case).problems]
