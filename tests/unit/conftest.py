"""Loads the bundled model once for all unit tests: loading takes a second, and dozens of tests need it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from scanproof.correction.fast import corrector
from scanproof.correction.fast.corrector import LineAnalyzer
from scanproof.correction.fast.model_folder import default_folder


@pytest.fixture(scope="session", autouse=True)
def bundled_model_loaded_once() -> Iterator[None]:
    """Keeps the line analyzer of the bundled folder; other folders, which tests alter, are read each time."""
    load = corrector.load_line_analyzer
    load_once = cache(load)

    def load_line_analyzer(folder: Path) -> LineAnalyzer:
        return load_once(folder) if folder == default_folder() else load(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corrector, "load_line_analyzer", load_line_analyzer)
        yield
