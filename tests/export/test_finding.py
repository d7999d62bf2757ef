"""Finding a model: presets, Hub ids, folders, GGUF; licences; and errors that say what to do."""

from __future__ import annotations

import errno
import json
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

import huggingface_hub
import requests
from huggingface_hub import errors

from model_export import cli, hub, licence, source, space
from scanproof.correction.models.presets import PRESETS
from scanproof.errors import PermanentError, TransientError


def silent(_text: str) -> None:
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
    """Answers for the Hub, and keeps what it was asked."""
    asked: list[tuple[Any, ...]] = []

    def download(repository: str, revision: str | None, *rest: object) -> hub.Download:
        asked.append((repository, revision, *rest))
        return hub.Download(hub_model(tmp_path / "snapshot"), revision or "f" * 40, {"license": "apache-2.0"})

    monkeypatch.setattr(hub, "download", download)
    return asked


def find(model: str, say: Callable[[str], None] = silent, **options: Any) -> source.Source:
    return source.find(model, options.get("revision"), options.get("cache"), options.get("offline", False), False, say)


def test_a_preset_leads_to_its_source_and_pinned_revision(downloads: list[tuple[Any, ...]]) -> None:
    found = find("accurate")
    assert downloads[0][:2] == ("Qwen/Qwen2.5-3B-Instruct", PRESETS["accurate"].revision)
    assert found.revision == PRESETS["accurate"].revision
    find("accurate", revision="abc")
    assert downloads[1][1] == "abc"


def test_a_gguf_id_leads_to_its_base_model_and_says_so(downloads: list[tuple[Any, ...]]) -> None:
    said: list[str] = []
    find("Qwen/Qwen2.5-3B-Instruct-GGUF", said.append)
    assert downloads[0][0] == "Qwen/Qwen2.5-3B-Instruct"
    assert any("GGUF" in line and "base model" in line for line in said)
    assert cli.build_parser().parse_args(["m", "o", "--precision", "q4_k_m"]).precision == "int4"


def test_an_unpinned_model_is_said_to_be_so(downloads: list[tuple[Any, ...]]) -> None:
    said: list[str] = []
    assert find("owner/name", said.append).revision == "f" * 40
    assert any("--revision" in line for line in said)
    assert downloads[0][1] is None


def test_a_local_folder_is_named_without_its_path_and_versioned_by_its_content(tmp_path: Path) -> None:
    one = find(str(hub_model(tmp_path / "mine")))
    assert one.source == "local:mine"
    hub_model(tmp_path / "mine", n_layer=3)
    assert find(str(tmp_path / "mine")).revision != one.revision


@pytest.mark.parametrize("model", ["nonsense", "a/b/c", "/nowhere/at/all"])
def test_what_is_neither_folder_nor_id_is_said_so(model: str) -> None:
    with pytest.raises(PermanentError, match="neither a folder") as refusal:
        find(model)
    assert refusal.value.code == "model_unknown"


def test_a_folder_without_weights_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="holds no weights"):
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
def test_the_hubs_errors_become_advice(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, code: str, advice: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", fail)
    with pytest.raises(PermanentError, match=advice) as refusal:
        hub.download("owner/name", None, None, offline=False)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "raised", [requests.ConnectionError("no route"), requests.Timeout("slow"), errors.OfflineModeIsEnabled("x")]
)
def test_no_network_is_worth_another_try(monkeypatch: pytest.MonkeyPatch, raised: Exception, tmp_path: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", fail)
    with pytest.raises(TransientError, match="network"):
        hub.download("owner/name", None, None, offline=False)
    assert cli.main(["owner/name", str(tmp_path), "--quiet"]) == 4


def test_offline_uses_only_what_is_here(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as refusal:
        hub.download("owner/name", None, tmp_path, offline=True)
    assert refusal.value.code == "model_not_local"


def test_a_download_is_pinned_to_the_commit_that_was_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {}
    file = namedtuple("file", "rfilename size")
    info = huggingface_hub.ModelInfo(id="owner/name", sha="c" * 40, private=False, downloads=0, likes=0, tags=[])
    info.siblings = [file("model.safetensors", 10), file("pytorch_model.bin", 10), file("config.json", 1)]  # type: ignore[list-item]
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: info)
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda repo, **given: asked.update(given) or str(tmp_path)
    )
    assert hub.download("owner/name", "main", tmp_path, offline=False).revision == "c" * 40
    assert asked["revision"] == "c" * 40
    assert "*.safetensors" in asked["allow_patterns"]
    assert not {"pytorch_model*.bin", "*.py"} & set(asked["allow_patterns"])


def test_a_download_larger_than_the_disk_is_refused_before_it_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 99, 1))
    with pytest.raises(PermanentError, match=r"needs .* GB on the disk") as refusal:
        space.require_disk(tmp_path / "not" / "yet", 5_000_000_000, "Exporting")
    assert refusal.value.code == "disk_full"


def test_a_model_larger_than_memory_is_refused_before_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "available_memory", lambda: 4_000_000_000)
    with pytest.raises(PermanentError, match=r"3\.1 billion weights") as refusal:
        space.require_memory(3_100_000_000)
    assert refusal.value.code == "memory_short"


def test_weights_are_counted_without_loading_them(tmp_path: Path) -> None:
    assert space.parameters_in(hub_model(tmp_path / "mine")) == 200


def test_a_permissive_licence_is_shown_and_not_asked_about(tmp_path: Path) -> None:
    said: list[str] = []
    found = find(str(hub_model(tmp_path / "mine", "license: apache-2.0")))
    assert licence.agreed(found, False, said.append).permissive
    assert any("apache-2.0" in line for line in said)


def test_a_non_commercial_licence_has_to_be_accepted(downloads: list[tuple[Any, ...]]) -> None:
    found = source.Source(
        "accurate",
        Path(),
        "Qwen/Qwen2.5-3B-Instruct",
        "x",
        PRESETS["accurate"],
        {"license": "other", "license_name": "qwen-research", "license_link": "LICENSE"},
    )
    with pytest.raises(PermanentError, match="accurate-apache") as refusal:
        licence.agreed(found, False, silent)
    assert refusal.value.code == "licence_not_accepted"
    with pytest.raises(PermanentError):
        licence.agreed(found, False, silent, lambda _: False)
    for recorded in (licence.agreed(found, True, silent), licence.agreed(found, False, silent, lambda _: True)):
        assert recorded.accepted
        assert not recorded.permissive
        assert recorded.name == "qwen-research"


def test_the_preset_says_non_commercial_where_no_card_is_at_hand() -> None:
    found = source.Source("accurate", Path(), "Qwen/Qwen2.5-3B-Instruct", "x", PRESETS["accurate"])
    assert "non-commercial" in licence.stated_licence(found).name


def test_a_folder_that_is_not_an_export_is_never_replaced(tmp_path: Path) -> None:
    from model_export.package import whole_or_nothing

    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "thesis.txt").write_text("mine")
    with pytest.raises(PermanentError) as refusal, whole_or_nothing(tmp_path / "cpu"):
        pass
    assert refusal.value.code == "output_in_use"
    assert (tmp_path / "cpu" / "thesis.txt").read_text() == "mine"


def test_nothing_is_left_of_an_export_that_breaks_off(tmp_path: Path) -> None:
    from model_export.package import whole_or_nothing

    with pytest.raises(KeyboardInterrupt), whole_or_nothing(tmp_path / "cpu") as folder:
        (folder / "model.onnx").write_bytes(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
