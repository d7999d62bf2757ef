"""Starts the in-process stack once for all tests here: two seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.in_process import InProcessStack, in_process_stack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessStack]:
    with in_process_stack(tmp_path_factory.mktemp("faults")) as running:
        yield running
