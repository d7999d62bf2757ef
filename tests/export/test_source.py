"""Tests of finding a model, its licence, resource checks and error messages."""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

import huggingface_hub
import requests
from huggingface_hub import errors

from model_export import cli, hub, licence, resources, source
from scanproof.correction.models.presets import PRESETS
from scanproof.errors import PermanentError, TransientError

SCRATCH = tempfile.TemporaryDirectory(prefix="scanproof-test-")


def ignore(_text: str) -> None:
    return


def hub_model(folder: Path, card: str = "", **config: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"architectures": ["GPT2LMHeadModel"], **config}))
    header = json.dumps({"w": {"dtype": "F16", "shape": [10, 20], "data_offsets": [0, 400]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(400))
    if card:
        (folder / "README.md").write_text(f"---\n{card}\n---\nA model.\n")
    return folder


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Any, ...]]:
    """Replaces the download and returns the list of its calls."""
    calls: list[tuple[Any, ...]] = []

    def download(repository: str, revision: str | None, *rest: object) -> hub.Download:
        calls.append((repository, revision, *rest))
        return hub.Download(hub_model(tmp_path / "snapshot"), revision or "f" * 40, {"license": "apache-2.0"})

    monkeypatch.setattr(hub, "download", download)
    return calls


def find(model: str, log: Callable[[str], None] = ignore, **options: Any) -> source.Source:
    scratch = Path(tempfile.mkdtemp(dir=SCRATCH.name))
    return source.find(
        model, options.get("revision"), options.get("cache"), options.get("offline", False), False, log, scratch
    )


def test_preset_resolves_to_pinned_revision(downloads: list[tuple[Any, ...]]) -> None:
    found = find("accurate")
    assert downloads[0][:2] == ("Qwen/Qwen2.5-3B-Instruct", PRESETS["accurate"].revision)
    assert found.revision == PRESETS["accurate"].revision
    find("accurate", revision="abc")
    assert downloads[1][1] == "abc"


def test_gguf_id_resolves_to_base_model(downloads: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "base_model", lambda *_: "Qwen/Qwen2.5-3B-Instruct")
    messages: list[str] = []
    assert find("bartowski/Some-Qwen-GGUF", messages.append).name == "accurate"
    assert downloads[0][:2] == ("Qwen/Qwen2.5-3B-Instruct", PRESETS["accurate"].revision)
    assert any("GGUF" in line and "base model" in line for line in messages)
    assert cli.build_parser().parse_args(["m", "o", "--precision", "q4_k_m"]).precision == "int4"


def test_unpinned_model_is_reported(downloads: list[tuple[Any, ...]]) -> None:
    messages: list[str] = []
    assert find("owner/name", messages.append).revision == "f" * 40
    assert any("--revision" in line for line in messages)
    assert downloads[0][1] is None


def test_local_folder_is_versioned_by_content(tmp_path: Path) -> None:
    one = find(str(hub_model(tmp_path / "mine")))
    assert one.source == "local:mine"
    hub_model(tmp_path / "mine", n_layer=3)
    assert find(str(tmp_path / "mine")).revision != one.revision


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("nonsense", "model_unknown"),
        ("a/b/c", "model_unknown"),
        ("/nowhere/at/all", "model_missing"),
        ("./nowhere", "model_missing"),
        ("models/missing.gguf", "model_missing"),
    ],
)
def test_unknown_model_is_refused(model: str, code: str) -> None:
    with pytest.raises(PermanentError) as error:
        find(model)
    assert error.value.code == code
    assert model in str(error.value)


@pytest.mark.parametrize(("named", "base"), [("a/b", "a/b"), (["a/b"], "a/b"), (["a/b", "c/d"], None), (None, None)])
def test_card_names_base_model(monkeypatch: pytest.MonkeyPatch, named: object, base: str | None) -> None:
    card = huggingface_hub.ModelCardData(base_model=named) if named else None
    info = huggingface_hub.ModelInfo(id="o/n-GGUF", sha="c" * 40, private=False, downloads=0, likes=0, tags=[])
    info.card_data = card
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: info)
    assert hub.base_model("o/n-GGUF", None, None, offline=False) == base


def test_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="has no weights"):
        find(str(tmp_path))


def _response(code: int) -> requests.Response:
    response = requests.Response()
    response.status_code = code
    return response


@pytest.mark.parametrize(
    ("raised", "code", "advice"),
    [
        (errors.GatedRepoError("x", _response(403)), "model_gated", "HF_TOKEN"),
        (errors.RepositoryNotFoundError("x", _response(404)), "model_unknown", "spelling"),
        (errors.RevisionNotFoundError("x", _response(404)), "revision_unknown", "commit"),
        (errors.HFValidationError("x"), "model_unknown", "spelling"),
        (OSError(errno.ENOSPC, "full"), "disk_full", "--cache-dir"),
    ],
)
def test_hub_errors_have_next_steps(monkeypatch: pytest.MonkeyPatch, raised: Exception, code: str, advice: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", fail)
    with pytest.raises(PermanentError, match=advice) as error:
        hub.download("owner/name", None, None, offline=False)
    assert error.value.code == code


@pytest.mark.parametrize(
    "raised", [requests.ConnectionError("no route"), requests.Timeout("slow"), errors.OfflineModeIsEnabled("x")]
)
def test_missing_network_is_transient(monkeypatch: pytest.MonkeyPatch, raised: Exception, tmp_path: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", fail)
    with pytest.raises(TransientError, match="network"):
        hub.download("owner/name", None, None, offline=False)
    assert cli.main(["owner/name", str(tmp_path), "--quiet"]) == 4


def test_offline_requires_local_model(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as error:
        hub.download("owner/name", None, tmp_path, offline=True)
    assert error.value.code == "model_not_local"


def test_download_is_pinned_to_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    arguments: dict[str, Any] = {}
    file = namedtuple("file", "rfilename size")
    info = huggingface_hub.ModelInfo(id="owner/name", sha="c" * 40, private=False, downloads=0, likes=0, tags=[])
    info.siblings = [file("model.safetensors", 10), file("pytorch_model.bin", 10), file("config.json", 1)]  # type: ignore[list-item]
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: info)
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda repo, **given: arguments.update(given) or str(tmp_path)
    )
    assert hub.download("owner/name", "main", tmp_path, offline=False).revision == "c" * 40
    assert arguments["revision"] == "c" * 40
    assert "*.safetensors" in arguments["allow_patterns"]
    assert not {"pytorch_model*.bin", "*.py"} & set(arguments["allow_patterns"])


def test_full_disk_is_refused_early(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 99, 1))
    with pytest.raises(PermanentError, match=r"needs .* GB on the disk") as error:
        resources.require_disk_space(tmp_path / "not" / "yet", 5_000_000_000, "Exporting")
    assert error.value.code == "disk_full"


def test_insufficient_memory_is_refused_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "available_memory", lambda: 4_000_000_000)
    with pytest.raises(PermanentError, match=r"3\.1 billion weights") as error:
        resources.require_memory(3_100_000_000)
    assert error.value.code == "memory_short"


def test_calibration_needs_memory_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "available_memory", lambda: 4_000_000_000)
    resources.require_memory(135_000_000)
    with pytest.raises(PermanentError, match="needs about 5 GB"):
        resources.require_memory(135_000_000, beside=resources.CALIBRATION_MEMORY)


def test_weights_are_counted_from_headers(tmp_path: Path) -> None:
    assert resources.count_parameters(hub_model(tmp_path / "mine")) == 200


def test_permissive_licence_needs_no_consent(tmp_path: Path) -> None:
    messages: list[str] = []
    found = find(str(hub_model(tmp_path / "mine", "license: apache-2.0")))
    assert licence.require_acceptance(found, False, messages.append).permissive
    assert any("apache-2.0" in line for line in messages)


def test_non_commercial_licence_needs_consent(downloads: list[tuple[Any, ...]]) -> None:
    found = source.Source(
        "accurate",
        Path(),
        "Qwen/Qwen2.5-3B-Instruct",
        "x",
        PRESETS["accurate"],
        {"license": "other", "license_name": "qwen-research", "license_link": "LICENSE"},
    )
    with pytest.raises(PermanentError, match="accurate-apache") as error:
        licence.require_acceptance(found, False, ignore)
    assert error.value.code == "licence_not_accepted"
    with pytest.raises(PermanentError):
        licence.require_acceptance(found, False, ignore, lambda _: False)
    for recorded in (
        licence.require_acceptance(found, True, ignore),
        licence.require_acceptance(found, False, ignore, lambda _: True),
    ):
        assert recorded.accepted
        assert not recorded.permissive
        assert recorded.name == "qwen-research"


def test_preset_licence_replaces_missing_card() -> None:
    found = source.Source("accurate", Path(), "Qwen/Qwen2.5-3B-Instruct", "x", PRESETS["accurate"])
    assert "non-commercial" in licence.stated_licence(found).name


def test_foreign_folder_is_not_replaced(tmp_path: Path) -> None:
    from model_export.package import atomic_folder

    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "thesis.txt").write_text("mine")
    with pytest.raises(PermanentError) as error, atomic_folder(tmp_path / "cpu"):
        pass
    assert error.value.code == "output_in_use"
    assert (tmp_path / "cpu" / "thesis.txt").read_text() == "mine"


def test_interrupted_export_leaves_nothing(tmp_path: Path) -> None:
    from model_export.package import atomic_folder

    with pytest.raises(KeyboardInterrupt), atomic_folder(tmp_path / "cpu") as folder:
        (folder / "model.onnx").write_bytes(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
