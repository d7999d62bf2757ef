"""The correctors of one process: the fast one, and one language model at a time within the memory budget."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Protocol

from scanproof.correction.availability import lm_folders, load_or_unavailable
from scanproof.correction.base import CorrectedLine, Corrector, ProposesCandidates, Unprocessed, correct_until
from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.device import DeviceReport, select_device
from scanproof.correction.memory import Budget, is_out_of_memory, needed_mib
from scanproof.correction.models.cache import exported_folder
from scanproof.correction.models.folder import read_manifest
from scanproof.correction.models.manifest import Device
from scanproof.correction.profiles import Profile, load_profile, model_for, with_own_prompt
from scanproof.correction.routing import Machine
from scanproof.language import LanguagePosterior
from scanproof.options import ScanOptions
from scanproof.settings import Settings

_log = logging.getLogger(__name__)


class LanguageModel(Protocol):
    """An opened language model: `scanproof.correction.lm.load.LoadedModel`."""

    def corrector(self, profile: Profile) -> Corrector:
        """Of one profile, with the weights of all."""
        ...

    def judge(self, fast: Corrector, profile: Profile, budget_ms: int | None) -> Corrector:
        """Of one profile, which chooses among the candidates of the fast corrector, in so much time a page."""
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
    """Holds the fast corrector, and opens one language model at a time on first use.

    Attributes:
        fast: the corrector of every line, unless the options exclude it.
    """

    def __init__(
        self,
        fast: Corrector,
        folders: Mapping[str, Path] | None = None,
        settings: Settings | None = None,
        open_model: Open = _open,
    ) -> None:
        """Opens nothing yet.

        Args:
            folders: exported language models by name, the default first; default: `lm_folders`.
            settings: device, memory budget and context size; default: from the environment.
        """
        self.fast = fast
        self._settings = settings or Settings.from_environment()
        self._folders = dict(lm_folders(self._settings) if folders is None else folders)
        self._context_size = self._settings.context_size
        self._budget = Budget.from_settings(self._settings)
        self._device: DeviceReport | None = None
        self._fell_back = False
        self._open_model = open_model
        self._opened: tuple[str, LanguageModel] | None = None
        self._counts: Counter[str] = Counter()

    @classmethod
    def from_environment(cls, fast: Corrector | None = None) -> ModelPool:
        """Returns the pool that the environment describes, with the bundled fast corrector where ``fast`` is None."""
        return cls(fast or load_or_unavailable())

    @property
    def device(self) -> DeviceReport:
        """The device of language models; determined and logged on first use."""
        if self._device is None:
            self._device = select_device(self._settings)
            self._fell_back |= self._device.fell_back
        return self._device

    @property
    def page_budget_ms(self) -> int | None:
        """Time that a judging model may take for a page; None on a GPU, which takes milliseconds."""
        return self._settings.judge_budget_ms if self.device.used == "cpu" else None

    def model_of(self, options: ScanOptions, language: str | None) -> str | None:
        """Returns the name of the language model for an upload, None if the deployment has none.

        That is the model that the options name; else that of the page's language (profiles/models.toml), if deployed;
        else the default.
        """
        for name in (options.model, model_for(language)):
            if name in self._folders:
                return name
        return next(iter(self._folders), None)

    def machine(self, model: str) -> Machine:
        """Returns the device, memory and context that a language model would run with."""
        report = self.device
        manifest = read_manifest(self._folder(model))
        on_gpu = report.used == "cuda"
        memory = report.memory_mib if on_gpu or not self._budget else min(report.memory_mib, self._budget.mib)
        # On a GPU the weights pass through main memory in the page cache, which gives way under pressure.
        return Machine(on_gpu, memory, 0 if on_gpu else needed_mib(manifest, self._context_size), self._context_size)

    def run_lm_pass(
        self,
        model: str,
        options: ScanOptions,
        lines: Sequence[str],
        language: LanguagePosterior,
        deadline: Deadline = NO_DEADLINE,
        sizes: Sequence[int] | None = None,
        budget_ms: int | None = None,
    ) -> tuple[str, list[CorrectedLine | Unprocessed]]:
        """Returns the model's version, and for each line its result, or that memory or time did not suffice.

        Lines that run out of memory are retried in smaller batches, then on the CPU.

        Args:
            model: its name.
            options: of the upload.
            lines: of one or more paragraphs.
            language: of their page.
            deadline: after which nothing further is begun.
            sizes: number of lines of each paragraph; None: each line stands alone.
            budget_ms: time that a judge may take for them; None does not limit it.

        Raises:
            PermanentError: the model cannot be opened (`open_lm` says why).
        """
        self._counts["LinesSentToLm"] += len(lines)
        paragraphs = _paragraphs(lines, sizes)
        try:
            version, results = self._run(model, options, paragraphs, language, deadline, budget_ms)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            version, results = "", [Unprocessed.OUT_OF_MEMORY] * len(lines)
        if Unprocessed.OUT_OF_MEMORY in results:
            self._counts["OutOfMemory"] += 1
            if self.device.used == "cuda":
                self._fall_back_to_cpu()
                version, results = self._run(model, options, paragraphs, language, deadline, budget_ms)
        if Unprocessed.OUT_OF_TIME in results:
            self._counts["OutOfTime"] += 1
        return version, results

    def drain_counts(self) -> dict[str, int]:
        """Returns the metrics since the last call: lines, calls without memory or time; CpuFallback while it lasts."""
        counts = {**self._counts, **({"CpuFallback": 1} if self._fell_back else {})}
        self._counts.clear()
        return counts

    def release(self) -> None:
        """Closes the language model and frees its memory; it is opened again on its next use."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

    def close(self) -> None:
        """Closes all correctors."""
        self.release()
        self.fast.close()

    def _folder(self, model: str) -> Path:
        folder = self._folders[model]
        return exported_folder(folder, self.device.used) or folder

    def judges(self, model: str, options: ScanOptions) -> bool:
        """Returns whether the model judges candidates, which any causal model can, rather than writes the lines anew.

        It writes where the upload says so, by ``mode`` or with a prompt of its own.
        """
        if options.mode is not None or options.prompt is not None:
            return options.mode == "judge"
        is_causal = read_manifest(self._folder(model)).task == "text-generation"
        return is_causal and isinstance(self.fast, ProposesCandidates)

    def _run(
        self,
        model: str,
        options: ScanOptions,
        paragraphs: Sequence[Sequence[str]],
        language: LanguagePosterior,
        deadline: Deadline,
        budget_ms: int | None,
    ) -> tuple[str, list[CorrectedLine | Unprocessed]]:
        corrector = self._lm_corrector(model, options, budget_ms)
        return corrector.model_version, _within_memory(corrector, deadline, paragraphs, language)

    def _lm_corrector(self, model: str, options: ScanOptions, budget_ms: int | None) -> Corrector:
        if self._opened is None or self._opened[0] != model:
            self.release()  # first: two language models at once may exceed the memory
            folder, used = self._folder(model), self.device.used
            self._opened = model, self._open_model(folder, used, self._context_size, self._budget)
            _log.info("opened the model %s on %s", model, used)
        profile = load_profile(options.profile)
        if self.judges(model, options):
            return self._opened[1].judge(self.fast, profile, budget_ms)
        return self._opened[1].corrector(with_own_prompt(profile, options.prompt) if options.prompt else profile)

    def _fall_back_to_cpu(self) -> None:
        _log.warning("out of memory on the GPU: the language model runs on the CPU from now on")
        self.release()
        self._settings = self._settings.model_copy(update={"device": "cpu"})
        self._budget = None  # it was meant for the GPU
        self._device = select_device(self._settings)
        self._fell_back = True


def _paragraphs(lines: Sequence[str], sizes: Sequence[int] | None) -> list[Sequence[str]]:
    ends = [*accumulate(sizes)] if sizes is not None else range(1, len(lines) + 1)
    return [lines[start:end] for start, end in pairwise([0, *ends])]


def _within_memory(
    corrector: Corrector, deadline: Deadline, paragraphs: Sequence[Sequence[str]], language: LanguagePosterior
) -> list[CorrectedLine | Unprocessed]:
    """Corrects all paragraphs together, else each half, down to single ones: one alone may still be too much."""
    try:
        return correct_until(corrector, deadline, paragraphs, language)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    _log.warning("out of memory with %d lines", sum(map(len, paragraphs)))
    if len(paragraphs) == 1:
        return [Unprocessed.OUT_OF_MEMORY] * len(paragraphs[0])
    half = len(paragraphs) // 2
    parts = paragraphs[:half], paragraphs[half:]
    return [found for part in parts for found in _within_memory(corrector, deadline, part, language)]
