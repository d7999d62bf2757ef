"""The correctors of one process: the fast one, and one language model at a time, as memory allows."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from scanproof.correction.availability import accurate_folders, load_or_unavailable
from scanproof.correction.base import CorrectedLine, Corrector
from scanproof.correction.device import DEVICE_VARIABLE, DeviceReport, chosen
from scanproof.correction.memory import Budget, is_out_of_memory, needed_mib
from scanproof.correction.models.cache import exported_folder
from scanproof.correction.models.folder import read_manifest
from scanproof.correction.models.manifest import Device
from scanproof.correction.profiles import Profile, load_profile, model_for, with_own_prompt
from scanproof.correction.routing import Machine
from scanproof.options import ScanOptions

CONTEXT_VARIABLE = "SCANPROOF_CONTEXT_SIZE"
_CONTEXT_SIZE = 8192

_log = logging.getLogger(__name__)


class LanguageModel(Protocol):
    """An opened language model: `scanproof.correction.lm.load.LoadedModel`."""

    def corrector(self, profile: Profile) -> Corrector:
        """Of one profile, with the weights of all."""
        ...

    def close(self) -> None:
        """Gives the memory back."""
        ...


class Open(Protocol):
    """Opens the model in an exported folder."""

    def __call__(self, folder: Path, device: Device, context_size: int, budget: Budget | None) -> LanguageModel:
        """See `open_lm`."""
        ...


def _open(folder: Path, device: Device, context_size: int, budget: Budget | None) -> LanguageModel:
    from scanproof.correction.lm.load import open_lm  # onnxruntime takes a second to import

    return open_lm(folder, device, context_size, budget=budget)


class ModelPool:
    """The correctors of one process: the fast one, and one language model at a time, opened when it is first asked for.

    Attributes:
        fast: reads every line, unless it is told not to.
    """

    def __init__(
        self,
        fast: Corrector,
        folders: Mapping[str, Path] | None = None,
        context_size: int = _CONTEXT_SIZE,
        budget: Budget | None = None,
        environment: Mapping[str, str] = os.environ,
        open_model: Open = _open,
    ) -> None:
        """Nothing is opened yet.

        Args:
            folders: exported language models by name, the default first.
            budget: the memory that a language model may take; None does not limit it.
            environment: see `scanproof.correction.device`.
        """
        self.fast = fast
        self._folders = dict(folders or {})
        self._context_size = context_size
        self._budget = budget
        self._environment = dict(environment)
        self._device: DeviceReport | None = None
        self._fell_back = False
        self._open_model = open_model
        self._opened: tuple[str, LanguageModel] | None = None
        self._counts: Counter[str] = Counter()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, fast: Corrector | None = None) -> ModelPool:
        """Those that the environment names; without ``fast``, the bundled one, or an excuse for it."""
        size = int(environment.get(CONTEXT_VARIABLE) or _CONTEXT_SIZE)
        budget = Budget.from_environment(environment)
        return cls(fast or load_or_unavailable(), accurate_folders(environment), size, budget, environment)

    @property
    def device(self) -> DeviceReport:
        """What language models run on here; found out, and said in the log, when it is first asked for."""
        if self._device is None:
            self._device = chosen(self._environment)
            self._fell_back |= self._device.fell_back
        return self._device

    def model_of(self, options: ScanOptions, language: str | None) -> str | None:
        """The language model that an upload gets, None if the deployment has none.

        The one that it names; else the one that the table of languages names, if it is here; else the default.
        """
        for name in (options.model, model_for(language)):
            if name in self._folders:
                return name
        return next(iter(self._folders), None)

    def machine(self, model: str) -> Machine:
        """What a language model would run on."""
        report = self.device
        manifest = read_manifest(self._folder(model))
        on_gpu = report.used == "cuda"
        memory = report.memory_mib if on_gpu or not self._budget else min(report.memory_mib, self._budget.mib)
        # On a GPU the weights pass through main memory on their way; a page cache gives way to whoever needs it.
        return Machine(on_gpu, memory, 0 if on_gpu else needed_mib(manifest, self._context_size), self._context_size)

    def run_lm_pass(
        self, model: str, options: ScanOptions, lines: Sequence[str], language: str | None
    ) -> tuple[str, list[CorrectedLine | None]]:
        """The model's version, and its result for each line; None for a line for which memory did not suffice.

        What runs out of memory is tried again with fewer lines, then on the processor.

        Raises:
            PermanentError: the model cannot be opened (`open_lm` says why).
        """
        self._counts["LinesReadAgain"] += len(lines)
        try:
            version, results = self._tried(model, options, lines, language)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            version, results = "", [None] * len(lines)
        if None in results:
            self._counts["OutOfMemory"] += 1
            if self.device.used == "cuda":
                self._move_to_the_processor()
                return self._tried(model, options, lines, language)
        return version, results

    def drain_counts(self) -> dict[str, int]:
        """Metrics since the last call: LinesReadAgain, OutOfMemory; CpuFallback as long as it lasts."""
        counts = {**self._counts, **({"CpuFallback": 1} if self._fell_back else {})}
        self._counts.clear()
        return counts

    def release(self) -> None:
        """Gives the language model's memory back, on the device too; it is opened again when it is asked for."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

    def close(self) -> None:
        """Releases everything; the correctors are not used afterwards."""
        self.release()
        self.fast.close()

    def _folder(self, model: str) -> Path:
        folder = self._folders[model]
        return exported_folder(folder, self.device.used) or folder

    def _tried(
        self, model: str, options: ScanOptions, lines: Sequence[str], language: str | None
    ) -> tuple[str, list[CorrectedLine | None]]:
        corrector = self._accurate(model, options)
        return corrector.model_version, _as_memory_allows(corrector, lines, language)

    def _accurate(self, model: str, options: ScanOptions) -> Corrector:
        if self._opened is None or self._opened[0] != model:
            self.release()  # first: two language models at once may be more than there is room for
            folder, used = self._folder(model), self.device.used
            self._opened = model, self._open_model(folder, used, self._context_size, self._budget)
            _log.info("opened the model %s on %s", model, used)
        profile = load_profile(options.profile)
        return self._opened[1].corrector(with_own_prompt(profile, options.prompt) if options.prompt else profile)

    def _move_to_the_processor(self) -> None:
        _log.warning("out of memory on the GPU: the language model runs on the processor from here on")
        self.release()
        self._environment[DEVICE_VARIABLE] = "cpu"
        self._budget = None  # it was meant for the GPU
        self._device = chosen(self._environment)
        self._fell_back = True


def _as_memory_allows(corrector: Corrector, lines: Sequence[str], language: str | None) -> list[CorrectedLine | None]:
    """Results of all lines together, else of each half, down to single lines; None where one alone is too much."""
    try:
        return list(corrector.correct(lines, language))
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    _log.warning("out of memory with %d lines", len(lines))
    if len(lines) == 1:
        return [None]
    half = len(lines) // 2
    return [found for part in (lines[:half], lines[half:]) for found in _as_memory_allows(corrector, part, language)]
