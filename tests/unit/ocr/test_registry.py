"""The registry of engines: which options it refuses, and when it loads models."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.correction.model_pool import ModelPool
from scanproof.document import PageSource
from scanproof.errors import PermanentError
from scanproof.local_run import read_scan
from scanproof.ocr import registry
from scanproof.ocr.engine import Engine
from scanproof.ocr.registry import Engines
from scanproof.options import ScanOptions

SAMPLES = Path(__file__).parents[3] / "samples"


class LoadedError(Exception):
    """Raised instead of loading an engine."""


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> Engine:
        raise LoadedError

    monkeypatch.setattr(registry, "load_engine", load)


def pool() -> ModelPool:
    return ModelPool(None)  # type: ignore[arg-type]


def test_text_layer_loads_no_engine() -> None:
    document = read_scan(SAMPLES / "born-digital.pdf", ScanOptions(corrector="none"), Engines(), pool())
    assert {page.source for page in document.pages} == {PageSource.TEXT_LAYER}


def test_first_image_loads_engine() -> None:
    with pytest.raises(LoadedError):
        read_scan(SAMPLES / "clean-letter.png", ScanOptions(corrector="none"), Engines(), pool())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (ScanOptions(engine="rapidocr"), "engine_unavailable"),
        (ScanOptions(language="xx"), "unknown_language"),
        (ScanOptions(handwritten=True), "handwritten_unsupported"),
    ],
)
def test_options_are_checked_before_loading(options: ScanOptions, code: str) -> None:
    available = ("aspose",) if code == "engine_unavailable" else ("rapidocr",)
    with pytest.raises(PermanentError) as caught:
        Engines(available=available).get(options)
    assert caught.value.code == code


def test_freeing_does_not_load() -> None:
    engine = Engines(available=("rapidocr",)).get(ScanOptions())
    assert engine.name == "rapidocr"
    engine.free()
    with pytest.raises(LoadedError):
        _ = engine.version
