"""Tests of Aspose.OCR itself run only by `make test-aspose`: its layer is large and a page takes seconds."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from devstack import PROJECT_ROOT

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
LAYER = Path(os.environ.get("ASPOSE_LAYER", PROJECT_ROOT / ".scanproof" / f"aspose-layer-{PYTHON}"))
ENABLED = os.environ.get("ASPOSE_TESTS") == "1"
NOTICE = f"SKIPPED: Aspose.OCR was not run. `make test-aspose` runs it with this Python ({PYTHON}; Lambda uses 3.13)."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not ENABLED:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=NOTICE))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not ENABLED:
        terminalreporter.write_line(NOTICE, yellow=True)
    elif PYTHON != "3.13":
        terminalreporter.write_line(f"Aspose.OCR ran with Python {PYTHON}; Lambda uses 3.13.", yellow=True)


@pytest.fixture(scope="session")
def layer() -> Path:
    """The built layer, with the folders that Lambda unpacks to /opt."""
    assert (LAYER / "python" / "aspose").is_dir(), f"no layer in {LAYER}: run `make aspose-layer`"
    return LAYER
