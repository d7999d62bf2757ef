"""The whole sweep and every scenario, in parts that run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from tests.faults.accounting import Account
from tests.faults.delivery import SCENARIOS, run_scenario
from tests.faults.in_process import InProcessStack, in_process_stack
from tests.faults.outside_calls import Fault
from tests.faults.reviews import review_points, run_review
from tests.faults.sweep import LASTING, all_cases, run

PARTS = 2  # processes, each with an emulator of its own


def whole_sweep(log_dir: Path) -> tuple[Account, int]:
    """Runs everything; returns the account and the number of cases."""
    total, cases = Account(), 0
    with ProcessPoolExecutor(PARTS, get_context("spawn")) as pool:
        for account, done in pool.map(partial(run_part, log_dir), range(PARTS)):
            total.add(account)
            cases += done
    return total, cases


def run_part(log_dir: Path, part: int) -> tuple[Account, int]:
    """Runs every `PARTS`-th case and scenario; prints each problem when it is found."""
    total, cases = Account(), 0
    folder = log_dir / str(part)
    folder.mkdir(parents=True)
    with in_process_stack(folder) as stack:
        for account in _accounts(stack, part):
            total.add(account)
            cases += 1
            for problem in account.problems:
                print(problem, flush=True)
    return total, cases


def _accounts(stack: InProcessStack, part: int) -> Iterator[Account]:
    for case in all_cases(stack)[part::PARTS]:
        yield run(stack, case)
    for name in list(SCENARIOS)[part::PARTS]:
        yield run_scenario(stack, name)
    points = [*review_points(stack, tuple(Fault)), *review_points(stack, LASTING, every_time=True)]
    for point in points[part::PARTS]:
        yield run_review(stack, point)
