"""Fixtures of the export tests, which are skipped without the export environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            # torch's tracer and optimum's patches issue warnings that the exporter cannot avoid.
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``small_model("gpt2")`` returns the folder of a small model in Hub layout, trained on first use."""
    import torch

    from tests.export.small_models import BUILDERS, lines

    base = tmp_path_factory.mktemp("models")
    torch.set_num_threads(1)

    def folder_of(name: str) -> Path:
        folder = base / name
        return folder if folder.exists() else BUILDERS[name](folder, lines())

    return folder_of


@pytest.fixture
def short_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restricts the check text to the lines that the small models were trained on."""
    from model_export import export
    from tests.export.small_models import lines

    monkeypatch.setattr(export, "check_text", lines)


@pytest.fixture
def pairs_file(tmp_path: Path) -> Path:
    from tests.export.small_models import lines

    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps({"raw": pair.raw, "truth": pair.truth}) + "\n" for pair in lines()[:4]), "utf-8")
    return path
