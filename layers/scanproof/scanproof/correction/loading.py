"""Loads the corrector that a caller names: the bundled one, or a language model by preset, Hub id or folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scanproof.correction.availability import load_corrector
from scanproof.correction.base import Corrector, ProposesCandidates, for_profile
from scanproof.correction.chained import Chained
from scanproof.correction.device import select_device
from scanproof.correction.memory import Budget
from scanproof.correction.model_pool import LanguageModel, ModelPool
from scanproof.correction.models.cache import prepare_model
from scanproof.correction.models.folder import read_manifest
from scanproof.correction.models.manifest import FILE_NAME, Device, Precision
from scanproof.correction.profiles import load_profile, with_own_prompt
from scanproof.options import LmMode
from scanproof.settings import Settings, WantedDevice

FAST = "fast"
CONTEXT_SIZE = Settings().context_size  # tokens of prompt and answer together


@dataclass(frozen=True)
class ModelChoice:
    """Names a model, and how to obtain and run it.

    Attributes:
        model: ``fast``, a preset, a Hub id or a folder, also of a tagger that was trained as the bundled one.
        precision: of the weights of a language model; the fast model has its own.
        device: ``auto`` takes a CUDA device if one works.
        revision: commit, tag or branch on the Hub; None takes the preset's, else the newest.
        download: lets a language model be downloaded and exported; else only what is on this machine is used.
        accept_licence: agrees to a licence that is not permissive.
        mode: of a language model; None: it judges candidates if it can.
    """

    model: str = FAST
    precision: Precision = "int8"
    device: WantedDevice = "auto"
    revision: str | None = None
    download: bool = False
    accept_licence: bool = False
    mode: LmMode | None = None

    @property
    def is_fast(self) -> bool:
        """Whether it is the bundled model, or another tagger for the fast corrector."""
        return self.model == FAST or self.tagger_folder is not None

    @property
    def tagger_folder(self) -> Path | None:
        """The folder of a tagger with its resources, as `load_fast` opens it; None for any other model."""
        folder = Path(self.model)
        return folder if (folder / "onnx" / "cpu" / FILE_NAME).is_file() else None

    @property
    def settings(self) -> Settings:
        """The environment's settings with this choice's device."""
        return Settings.from_environment().model_copy(update={"device": self.device})

    def folder(self) -> tuple[Path, Device]:
        """Returns the exported folder of a language model and the device to run it on, exporting it first if need be.

        Raises:
            PermanentError, TransientError: as `prepare_model`.
        """
        used = select_device(self.settings).used
        folder = prepare_model(
            self.model,
            used,
            self.precision,
            revision=self.revision,
            download=self.download,
            accept_licence=self.accept_licence,
        )
        return folder, used


def load_named_corrector(choice: ModelChoice, profile: str = "general", prompt: str | None = None) -> Corrector:
    """Loads one corrector for one profile; a causal model judges candidates of the bundled corrector, which goes first.

    Args:
        choice: the model.
        profile: kind of document.
        prompt: instructions for a language model, in place of the profile's; with them it writes lines anew.

    Raises:
        PermanentError: ``unknown_profile``, and as `prepare_model` and `load_lm_corrector`.
        TransientError: the Hub could not be reached.
    """
    described = load_profile(profile)
    if choice.is_fast:
        return for_profile(load_corrector(folder=choice.tagger_folder), described.name)
    from scanproof.correction.lm.load import open_lm  # onnxruntime takes a second to import

    folder, used = choice.folder()
    model = open_lm(folder, used)
    fast = for_profile(load_corrector(), described.name)
    judges = choice.mode == "judge" or (choice.mode is None and prompt is None and model.can_judge)
    if judges and isinstance(fast, ProposesCandidates):
        return Chained(fast, model.judge(fast, described))
    return model.corrector(with_own_prompt(described, prompt) if prompt else described)


def open_pool(
    choice: ModelChoice, threads: int | None = None, context_size: int = CONTEXT_SIZE
) -> tuple[ModelPool, str | None]:
    """Opens the fast corrector, with one language model beside it if the choice names one.

    Args:
        choice: the model.
        threads: of the correctors; default one for each processor.
        context_size: tokens of a language model's prompt and answer together.

    Returns:
        The correctors, and the language model's name in them (None for the fast corrector alone).

    Raises:
        PermanentError: a model cannot be had or read.
        TransientError: the Hub could not be reached.
    """
    if choice.is_fast:
        return ModelPool(load_corrector(threads, choice.tagger_folder), {}), None
    folder, _ = choice.folder()
    name = read_manifest(folder).name

    def open_model(folder: Path, device: Device, context_size: int, budget: Budget | None) -> LanguageModel:
        from scanproof.correction.lm.load import open_lm  # onnxruntime takes a second to import

        return open_lm(folder, device, context_size, threads, budget=budget)

    settings = choice.settings.model_copy(update={"context_size": context_size})
    return ModelPool(load_corrector(threads), {name: folder}, settings, open_model), name
