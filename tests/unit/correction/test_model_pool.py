"""One language model in memory at a time, opened when it is asked for, released whole; memory that runs out is met."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime  # type: ignore[import-untyped]
import pytest

from scanproof.correction import model_pool
from scanproof.correction.availability import check_corrector, lm_folders
from scanproof.correction.base import CorrectedLine, Corrector, Unprocessed
from scanproof.correction.device import DeviceReport
from scanproof.correction.lm import session as session_module
from scanproof.correction.memory import Budget
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.models.manifest import Device
from scanproof.correction.profiles import Profile
from scanproof.errors import PermanentError
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior
from scanproof.options import ScanOptions
from scanproof.settings import Settings
from tests.builders import UpperCase
from tests.unit.correction.exported import exported

SMALL_CONTEXT = Settings(context_size=200)
GENERAL = ScanOptions()
LINES = ["The invoice was paid.", "Tbe total is 12.50 EUR"]
ENGLISH = LanguagePosterior.certain("en")


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Two models: what a process switches between."""
    return {name: exported(tmp_path / name, name, name) for name in ("qwen2", "gpt2")}


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[Any]]:
    """Every onnxruntime session of a language model that is opened."""
    opened: list[weakref.ref[Any]] = []
    real = session_module.open_session

    def watched(*arguments: Any) -> Any:
        session = real(*arguments)
        opened.append(weakref.ref(session))
        return session

    monkeypatch.setattr(session_module, "open_session", watched)
    return opened


def alive(sessions: list[weakref.ref[Any]]) -> int:
    gc.collect()
    return sum(session() is not None for session in sessions)


def test_model_opens_once_for_all_profiles(folders: dict[str, Path], sessions: list[weakref.ref[Any]]) -> None:
    pool = ModelPool(UpperCase(), folders, SMALL_CONTEXT)
    versions = set()
    for options in (GENERAL, ScanOptions(profile="medical"), ScanOptions(prompt="Mend it."), GENERAL):
        version, results = pool.run_lm_pass("qwen2", options, LINES, ENGLISH)
        versions.add(version)
        assert Unprocessed.OUT_OF_MEMORY not in results
    assert len(sessions) == 1
    assert len(versions) == 3  # the audit tells them apart
    assert all(version.startswith("qwen2-fp32-") for version in versions)


def test_switching_closes_the_open_model(
    folders: dict[str, Path], sessions: list[weakref.ref[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = ModelPool(UpperCase(), folders, SMALL_CONTEXT)
    alive_at_opening = []
    real = pool._open_model

    def watched(*arguments: Any) -> Any:
        alive_at_opening.append(alive(sessions))
        return real(*arguments)

    monkeypatch.setattr(pool, "_open_model", watched)
    for name in ("qwen2", "gpt2", "qwen2"):
        pool.run_lm_pass(name, GENERAL, LINES, ENGLISH)
        assert alive(sessions) == 1
    assert alive_at_opening == [0, 0, 0]


def test_close_leaves_nothing_open(
    folders: dict[str, Path], sessions: list[weakref.ref[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = _open_files()
    pool = ModelPool(UpperCase(), folders, SMALL_CONTEXT)
    for name in folders:
        pool.run_lm_pass(name, GENERAL, LINES, ENGLISH)
    pool.close()
    assert alive(sessions) == 0
    assert str(tmp_path) not in Path("/proc/self/maps").read_text("utf-8")
    assert _open_files() == before
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
    assert tempfile.gettempdir() == str(tmp_path / "temporary")


def _open_files() -> list[str]:
    targets = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            targets.append(str(descriptor.readlink()))
    return sorted(target for target in targets if target.startswith("/"))


class Cramped:
    """A corrector whose memory holds ``most`` lines; a line that says "huge" is too much by itself."""

    name, model_version, languages = "accurate", "cramped-1", None

    def __init__(self, most: int) -> None:
        self.most = most
        self.sizes: list[int] = []

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        self.sizes.append(len(lines))
        if len(lines) > self.most or any("huge" in line for line in lines):
            raise onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException(
                "BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 4096"
            )
        return [CorrectedLine(line) for line in lines]

    def close(self) -> None:
        pass


class Opener:
    """Opens the corrector that a device has, and remembers which were opened and closed."""

    def __init__(self, **by_device: Corrector) -> None:
        self.by_device = by_device
        self.opened: list[str] = []
        self.closed = 0

    def __call__(self, folder: Path, device: Device, context_size: int, budget: Budget | None) -> Opener:
        self.opened.append(device)
        return self

    def corrector(self, _profile: Profile) -> Corrector:
        return self.by_device[self.opened[-1]]

    def close(self) -> None:
        self.closed += 1


def with_opener(opener: Opener, folders: dict[str, Path]) -> ModelPool:
    return ModelPool(UpperCase(), folders, Settings(), open_model=opener)


def test_out_of_memory_retries_smaller_batches(folders: dict[str, Path]) -> None:
    cramped = Cramped(most=2)
    pool = with_opener(Opener(cpu=cramped), folders)
    version, results = pool.run_lm_pass("qwen2", GENERAL, ["a", "b", "huge", "d", "e", "f", "g"], ENGLISH)
    assert version == "cramped-1"
    assert [None if isinstance(result, Unprocessed) else result.text for result in results] == [
        "a",
        "b",
        None,
        "d",
        "e",
        "f",
        "g",
    ]
    assert pool.drain_counts() == {"LinesSentToLm": 7, "OutOfMemory": 1}
    assert pool.drain_counts() == {}


def test_other_failures_are_raised(folders: dict[str, Path]) -> None:
    class Broken(Cramped):
        def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
            raise RuntimeError("Invalid rank for input")

    with pytest.raises(RuntimeError, match="rank"):
        with_opener(Opener(cpu=Broken(1)), folders).run_lm_pass("qwen2", GENERAL, ["a"], ENGLISH)


def test_gpu_out_of_memory_falls_back(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def report(settings: Settings) -> DeviceReport:
        used: Device = "cpu" if settings.device == "cpu" else "cuda"
        return DeviceReport("auto", used, "as the test says", 16_384, 2, "1")

    monkeypatch.setattr(model_pool, "select_device", report)
    opener = Opener(cuda=Cramped(0), cpu=Cramped(9))
    pool = with_opener(opener, folders)
    assert pool.machine("qwen2").gpu
    _, results = pool.run_lm_pass("qwen2", GENERAL, ["a", "b"], ENGLISH)
    assert Unprocessed.OUT_OF_MEMORY not in results
    assert (opener.opened, opener.closed) == (["cuda", "cpu"], 1)
    assert [pool.drain_counts()["CpuFallback"] for _ in range(2)] == [1, 1]  # as long as it lasts
    assert "out of memory on the GPU" in caplog.text
    assert not pool.machine("qwen2").gpu


def test_opening_out_of_memory_corrects_nothing(folders: dict[str, Path]) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise MemoryError

    pool = ModelPool(UpperCase(), folders, Settings(), open_model=full)
    assert pool.run_lm_pass("qwen2", GENERAL, ["a", "b"], ENGLISH) == ("", [Unprocessed.OUT_OF_MEMORY] * 2)


def test_budget_limits_memory_on_cpu(folders: dict[str, Path]) -> None:
    settings = Settings(lambda_memory_mb=4096)
    assert ModelPool(UpperCase(), folders, settings).machine("qwen2").memory_mib == 4096
    budget = ModelPool(UpperCase(), folders, settings.model_copy(update={"memory_budget_gib": 700 / 1024}))
    assert budget.machine("qwen2").memory_mib == 700
    assert 256 < budget.machine("qwen2").needed_mib < 300


def test_upload_names_the_model(folders: dict[str, Path]) -> None:
    pool = ModelPool(UpperCase(), folders, Settings())
    assert pool.model_of(ScanOptions(model="gpt2"), "en") == "gpt2"
    assert pool.model_of(GENERAL, "en") == "qwen2"
    assert ModelPool(UpperCase(), {}).model_of(GENERAL, "en") is None


def test_settings_name_models_and_context(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    named = os.pathsep.join(map(str, [tmp_path / "empty", *folders.values()]))
    settings = Settings.from_environment({"SCANPROOF_ACCURATE_MODEL": named, "SCANPROOF_CONTEXT_SIZE": "200"})
    assert list(lm_folders(settings)) == ["qwen2", "gpt2"]
    pool = ModelPool(UpperCase(), settings=settings)
    assert pool.machine("gpt2").context_size == 200


def test_further_export_has_own_name(folders: dict[str, Path], tmp_path: Path) -> None:
    again = shutil.copytree(folders["qwen2"], tmp_path / "again")
    found = lm_folders(Settings(accurate_models=(folders["qwen2"], again)))
    assert list(found.values()) == [folders["qwen2"], again]
    assert list(found)[1].startswith("qwen2-")
    with pytest.raises(PermanentError, match="the same model") as error:
        lm_folders(Settings(accurate_models=(folders["qwen2"], again, again)))
    assert error.value.code == "accurate_model_ambiguous"


def test_wrong_model_path_names_variable(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    for wrong in (tmp_path, tmp_path / "missing"):
        with pytest.raises(PermanentError, match="SCANPROOF_ACCURATE_MODEL") as error:
            lm_folders(Settings(accurate_models=(wrong,)))
        assert error.value.code == "accurate_model_missing"


def test_unavailable_correctors_are_refused(folders: dict[str, Path]) -> None:
    here = Settings(accurate_models=(folders["qwen2"],))
    elsewhere = Settings(deployed_model="accurate-apache")  # a function without models, beside one that has them
    check_corrector(ScanOptions(corrector="accurate", model="qwen2"), here)
    check_corrector(ScanOptions(corrector="fast+accurate", model="accurate-apache"), elsewhere)
    for options, settings, code in (
        (ScanOptions(corrector="accurate"), Settings(deployed_model="fast"), "corrector_unavailable"),
        (ScanOptions(corrector="accurate"), Settings(), "corrector_unavailable"),
        (ScanOptions(model="gpt2"), here, "model_unavailable"),
        (ScanOptions(model="qwen2"), elsewhere, "model_unavailable"),
    ):
        with pytest.raises(PermanentError) as refusal:
            check_corrector(options, settings)
        assert refusal.value.code == code
