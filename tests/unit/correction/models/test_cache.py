"""A model is exported once, into the cache; without downloads only local folders are used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanproof.correction.models import cache
from scanproof.correction.models.presets import PRESETS, preset_of
from scanproof.errors import PermanentError, TransientError
from scanproof.settings import Settings
from tests.unit.correction.models.test_folder import manifest_of


class Exporter:
    """Stands in for the export environment: writes what an export writes, and remembers that it was called."""

    def __init__(self, code: int = 0) -> None:
        self.commands: list[list[str]] = []
        self._code = code

    def __call__(self, command: Sequence[str], _directory: Path) -> int:
        self.commands.append(list(command))
        if self._code == 0:
            folder = Path(command[4]) / command[command.index("--device") + 1]
            folder.mkdir(parents=True)
            (folder / "model.onnx").write_bytes(b"graph")
            (folder / "tokenizer.json").write_text("{}")
            (folder / "manifest.json").write_text(json.dumps(manifest_of(folder)))
        return self._code


@pytest.fixture(autouse=True)
def export_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "export_python", lambda: Path("python"))


def test_model_is_exported_once(tmp_path: Path) -> None:
    run = Exporter()
    first = cache.prepare_model("owner/name", cache=tmp_path, run=run)
    again = cache.prepare_model("owner/name", cache=tmp_path, run=run)
    assert first == again
    assert len(run.commands) == 1


def test_cache_paths_are_distinct(tmp_path: Path) -> None:
    places = {
        cache.cache_path("owner/name", "cpu", "int8", tmp_path),
        cache.cache_path("owner/name", "cuda", "int8", tmp_path),
        cache.cache_path("owner/name", "cpu", "int4", tmp_path),
        cache.cache_path("owner/name", "cpu", "int8", tmp_path, "0123456789abcdef"),
        cache.cache_path("owner/other", "cpu", "int8", tmp_path),
    }
    assert len(places) == 5


def test_exported_folder_is_verified(tmp_path: Path) -> None:
    made = cache.prepare_model("owner/name", cache=tmp_path, run=Exporter())
    assert cache.prepare_model(str(made), run=Exporter(1)) == made
    assert cache.prepare_model(str(made.parent), run=Exporter(1)) == made
    (made / "model.onnx").write_bytes(b"grapH")
    with pytest.raises(PermanentError) as refusal:
        cache.prepare_model(str(made))
    assert refusal.value.code == "model_altered"


def test_no_download_refuses_absent_model(tmp_path: Path) -> None:
    run = Exporter()
    with pytest.raises(PermanentError) as refusal:
        cache.prepare_model("owner/name", download=False, cache=tmp_path, run=run)
    assert refusal.value.code == "model_not_local"
    assert run.commands == []


def test_no_download_exports_local_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    run = Exporter()
    cache.prepare_model(str(tmp_path / "mine"), download=False, cache=tmp_path / "cache", run=run)
    assert "--offline" in run.commands[0]


def test_retrained_local_model_exports_again(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "model.safetensors").write_bytes(b"first")
    run = Exporter()
    places = {cache.prepare_model(str(mine), cache=tmp_path / "cache", run=run) for _ in range(2)}
    (mine / "model.safetensors").write_bytes(b"second")
    places.add(cache.prepare_model(str(mine), cache=tmp_path / "cache", run=run))
    assert len(places) == len(run.commands) == 2


@pytest.mark.parametrize(
    ("model", "code"), [("fsat", "model_unknown"), ("a/b/c", "model_unknown"), ("./x", "model_missing")]
)
def test_invalid_model_names_are_refused(tmp_path: Path, model: str, code: str) -> None:
    run = Exporter()
    with pytest.raises(PermanentError) as refusal:
        cache.prepare_model(model, cache=tmp_path, run=run)
    assert refusal.value.code == code
    assert run.commands == []


def test_other_devices_export_is_used(tmp_path: Path) -> None:
    made = cache.prepare_model("owner/name", "cuda", cache=tmp_path, run=Exporter())
    assert cache.prepare_model(str(made.parent), "cpu", run=Exporter(1)) == made


def test_export_failures_keep_their_type(tmp_path: Path) -> None:
    with pytest.raises(TransientError):
        cache.prepare_model("owner/name", cache=tmp_path, run=Exporter(4))
    with pytest.raises(PermanentError) as refusal:
        cache.prepare_model("owner/name", cache=tmp_path, run=Exporter(3))
    assert refusal.value.code == "export_failed"


def test_settings_name_the_cache() -> None:
    assert cache.cache_folder(Settings(model_cache=Path("/srv/models"))) == Path("/srv/models")
    assert cache.cache_folder(Settings(cache_home=Path("/srv/cache"))) == Path("/srv/cache/scanproof/models")


def test_presets_match_name_and_source() -> None:
    assert preset_of("accurate") is PRESETS["accurate"]
    assert preset_of("Qwen/Qwen2.5-3B-Instruct") is PRESETS["accurate"]
    assert preset_of("someone/else") is None
    assert not PRESETS["accurate"].permissive
