"""Corrections of reviewers under faults at PublishFunction's calls; `make faults RUN=sweep` does all of it."""

from __future__ import annotations

import pytest

from tests.faults.in_process import InProcessStack
from tests.faults.outside_calls import Fault
from tests.faults.reviews import review_points, run_review
from tests.faults.sweep import LASTING


def test_review_is_published_once(stack: InProcessStack) -> None:
    assert run_review(stack).problems == []


@pytest.mark.slow
def test_one_fault_loses_no_review(stack: InProcessStack) -> None:
    points = review_points(stack, tuple(Fault))
    picked = [points[first + (first // 4) % 4] for first in range(0, len(points), 4)]
    assert [problem for point in picked for problem in run_review(stack, point).problems] == []


@pytest.mark.slow
def test_lasting_faults_end_reviews(stack: InProcessStack) -> None:
    points = review_points(stack, LASTING, every_time=True)
    assert [problem for point in points[::5] for problem in run_review(stack, point).problems] == []
