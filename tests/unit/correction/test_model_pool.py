"""One language model in memory at a time, opened when it is asked for, released whole; memory that runs out is met."""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime  # type: ignore[import-untyped]
import pytest

from scanproof.correction import model_pool
from scanproof.correction.availability import accurate_folders, check_corrector
from scanproof.correction.base import CorrectedLine, Corrector
from scanproof.correction.device import DeviceReport
from scanproof.correction.lm import session as session_module
from scanproof.correction.memory import Budget
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.models.manifest import Device
from scanproof.correction.profiles import Profile
from scanproof.errors import PermanentError
from scanproof.options import ScanOptions
from tests.builders import UpperCase
from tests.unit.correction.exported import exported

GENERAL = ScanOptions()
LINES = ["The invoice was paid.", "Tbe total is 12.50 EUR"]


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


def test_a_model_is_opened_once_for_all_profiles(folders: dict[str, Path], sessions: list[weakref.ref[Any]]) -> None:
    correctors = ModelPool(UpperCase(), folders, context_size=200, environment={})
    versions = set()
    for options in (GENERAL, ScanOptions(profile="medical"), ScanOptions(prompt="Mend it."), GENERAL):
        version, results = correctors.run_lm_pass("qwen2", options, LINES, "en")
        versions.add(version)
        assert None not in results
    assert len(sessions) == 1
    assert len(versions) == 3  # the audit tells them apart
    assert all(version.startswith("qwen2-fp32-") for version in versions)


def test_switching_releases_the_model_before_it_opens_the_other(
    folders: dict[str, Path], sessions: list[weakref.ref[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    correctors = ModelPool(UpperCase(), folders, context_size=200, environment={})
    alive_at_opening = []
    real = correctors._open_model

    def watched(*arguments: Any) -> Any:
        alive_at_opening.append(alive(sessions))
        return real(*arguments)

    monkeypatch.setattr(correctors, "_open_model", watched)
    for name in ("qwen2", "gpt2", "qwen2"):
        correctors.run_lm_pass(name, GENERAL, LINES, "en")
        assert alive(sessions) == 1
    assert alive_at_opening == [0, 0, 0]


def test_closing_leaves_no_model_no_file_and_no_mapping(
    folders: dict[str, Path], sessions: list[weakref.ref[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = _open_files()
    correctors = ModelPool(UpperCase(), folders, context_size=200, environment={})
    for name in folders:
        correctors.run_lm_pass(name, GENERAL, LINES, "en")
    correctors.close()
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

    def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
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
    return ModelPool(UpperCase(), folders, environment={}, open_model=opener)


def test_out_of_memory_is_tried_with_fewer_lines_and_finishes_what_fits(folders: dict[str, Path]) -> None:
    cramped = Cramped(most=2)
    correctors = with_opener(Opener(cpu=cramped), folders)
    version, results = correctors.run_lm_pass("qwen2", GENERAL, ["a", "b", "huge", "d", "e", "f", "g"], "en")
    assert version == "cramped-1"
    assert [result and result.text for result in results] == ["a", "b", None, "d", "e", "f", "g"]
    assert correctors.drain_counts() == {"LinesReadAgain": 7, "OutOfMemory": 1}
    assert correctors.drain_counts() == {}


def test_other_failures_are_not_taken_for_a_shortage_of_memory(folders: dict[str, Path]) -> None:
    class Broken(Cramped):
        def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
            raise RuntimeError("Invalid rank for input")

    with pytest.raises(RuntimeError, match="rank"):
        with_opener(Opener(cpu=Broken(1)), folders).run_lm_pass("qwen2", GENERAL, ["a"], "en")


def test_what_does_not_fit_the_gpu_goes_on_on_the_processor_and_is_counted(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def report(environment: dict[str, str]) -> DeviceReport:
        used: Device = "cpu" if environment.get("SCANPROOF_DEVICE") == "cpu" else "cuda"
        return DeviceReport("auto", used, "as the test says", 16_384, 2, "1")

    monkeypatch.setattr(model_pool, "chosen", report)
    opener = Opener(cuda=Cramped(0), cpu=Cramped(9))
    correctors = with_opener(opener, folders)
    assert correctors.machine("qwen2").gpu
    _, results = correctors.run_lm_pass("qwen2", GENERAL, ["a", "b"], "en")
    assert None not in results
    assert (opener.opened, opener.closed) == (["cuda", "cpu"], 1)
    assert [correctors.drain_counts()["CpuFallback"] for _ in range(2)] == [1, 1]  # as long as it lasts
    assert "out of memory on the GPU" in caplog.text
    assert not correctors.machine("qwen2").gpu


def test_a_model_that_does_not_open_for_want_of_memory_reads_nothing(folders: dict[str, Path]) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise MemoryError

    correctors = ModelPool(UpperCase(), folders, environment={}, open_model=full)
    assert correctors.run_lm_pass("qwen2", GENERAL, ["a", "b"], "en") == ("", [None, None])


def test_the_budget_counts_as_memory_on_the_processor(folders: dict[str, Path]) -> None:
    environment = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "4096"}
    assert ModelPool(UpperCase(), folders, environment=environment).machine("qwen2").memory_mib == 4096
    budget = ModelPool(UpperCase(), folders, budget=Budget(700), environment=environment)
    assert budget.machine("qwen2").memory_mib == 700
    assert 256 < budget.machine("qwen2").needed_mib < 300


def test_an_upload_gets_the_model_that_it_names_else_the_default(folders: dict[str, Path]) -> None:
    correctors = ModelPool(UpperCase(), folders, environment={})
    assert correctors.model_of(ScanOptions(model="gpt2"), "en") == "gpt2"
    assert correctors.model_of(GENERAL, "en") == "qwen2"
    assert ModelPool(UpperCase()).model_of(GENERAL, "en") is None


def test_the_environment_names_the_models_and_their_settings(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    named = os.pathsep.join(map(str, [tmp_path / "empty", *folders.values()]))
    environment = {"SCANPROOF_ACCURATE_MODEL": named, "SCANPROOF_CONTEXT_SIZE": "200"}
    assert list(accurate_folders(environment)) == ["qwen2", "gpt2"]
    correctors = ModelPool.from_environment(environment, UpperCase())
    assert correctors.machine("gpt2").context_size == 200


def test_what_a_deployment_has_is_what_may_be_asked_for(folders: dict[str, Path]) -> None:
    here = {"SCANPROOF_ACCURATE_MODEL": str(folders["qwen2"])}
    elsewhere = {"CORRECT_MODEL": "accurate-apache"}  # a function without models, beside one that has them
    check_corrector(ScanOptions(corrector="accurate", model="qwen2"), here)
    check_corrector(ScanOptions(corrector="fast+accurate", model="accurate-apache"), elsewhere)
    for options, environment, code in (
        (ScanOptions(corrector="accurate"), {"CORRECT_MODEL": "fast"}, "corrector_unavailable"),
        (ScanOptions(corrector="accurate"), {}, "corrector_unavailable"),
        (ScanOptions(model="gpt2"), here, "model_unavailable"),
        (ScanOptions(model="qwen2"), elsewhere, "model_unavailable"),
    ):
        with pytest.raises(PermanentError) as refusal:
            check_corrector(options, environment)
        assert refusal.value.code == code
