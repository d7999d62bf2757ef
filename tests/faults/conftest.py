"""Starts the in-process stack once for all tests here: two seconds."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.faults.in_process import InProcessStack, in_process_stack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessStack]:
    logger = logging.getLogger("scanproof")
    before = logger.level, logger.propagate, list(logger.handlers)
    with in_process_stack(tmp_path_factory.mktemp("faults")) as running:
        yield running
    # The functions' handlers, which ran in this process, set how the library logs.
    logger.setLevel(before[0])
    logger.propagate, logger.handlers = before[1], before[2]
