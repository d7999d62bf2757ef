"""What holds for all tests."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

# Before any test imports onnxruntime, which would write a device id and contact its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# Speed is for benchmarks: on a busy machine a deadline only says that it is busy. The same examples every time, so that
# a failing test speaks of the change at hand; SCANPROOF_EXPLORE=1 looks for new ones.
settings.register_profile("scanproof", deadline=None, derandomize=not os.environ.get("SCANPROOF_EXPLORE"))
settings.load_profile("scanproof")

TESTS = Path(__file__).parent
collect_ignore = [] if find_spec("playwright") else ["browser"]  # `make test-browser` has it


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Groups tests for `make test`, which runs two groups at once.

    The tests of the stack share one stack and the calls that it recorded; those of any other file share its fixtures.
    """
    if not config.pluginmanager.hasplugin("xdist"):  # the exporter's environment has no need of it
        return
    for item in items:
        path = item.path.relative_to(TESTS)
        item.add_marker(pytest.mark.xdist_group("stack" if path.parts[0] == "stack" else str(path)))
