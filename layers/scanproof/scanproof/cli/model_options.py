"""The options that choose a command's model, and the corrector that they choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import click

from scanproof.cli.console import combined_options
from scanproof.cli.text_strategies import Untouched
from scanproof.correction.base import Corrector
from scanproof.correction.chained import Chained
from scanproof.correction.loading import FAST, ModelChoice, load_named_corrector
from scanproof.correction.models.manifest import Precision
from scanproof.correction.models.presets import PRESETS
from scanproof.errors import PermanentError
from scanproof.options import LmMode
from scanproof.settings import WantedDevice

model_options = combined_options(
    click.option(
        "--model",
        metavar="NAME|REPO|FOLDER",
        help=f"A preset ({', '.join(PRESETS)}), a Hugging Face repository or a folder; default: {FAST}. "
        "Exported at first use, then kept.",
    ),
    click.option(
        "--precision",
        type=click.Choice(get_args(Precision)),
        default="int8",
        show_default=True,
        help="Precision of the exported weights.",
    ),
    click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        envvar="SCANPROOF_DEVICE",
        default="auto",
        show_default=True,
        help="Device that a language model runs on.",
    ),
    click.option(
        "--mode",
        type=click.Choice(get_args(LmMode)),
        help="Whether a language model judges candidates or writes lines anew; default: it judges if it can.",
    ),
    click.option("--no-download", is_flag=True, help="Use only models that are on this machine."),
    click.option("--accept-licence", is_flag=True, help="Accept a model licence that is not permissive."),
)
"""Adds the options that `ModelOptions` holds."""


@dataclass(frozen=True)
class ModelOptions:
    """Values of `model_options`."""

    model: str | None = None
    precision: Precision = "int8"
    device: WantedDevice = "auto"
    mode: LmMode | None = None
    no_download: bool = False
    accept_licence: bool = False

    @property
    def choice(self) -> ModelChoice:
        """The model; the bundled one by default."""
        return ModelChoice(
            self.model or FAST,
            self.precision,
            self.device,
            download=not self.no_download,
            accept_licence=self.accept_licence,
            mode=self.mode,
        )


def load_chosen_corrector(
    options: ModelOptions, strategy: str | None = None, profile: str | None = None, prompt: str | None = None
) -> Corrector:
    """Loads the corrector of a text; exports its model first where necessary.

    Args:
        options: name the model.
        strategy: value of ``--corrector``. ``auto`` and None run the model alone, ``fast+accurate`` runs the bundled
            one before it, ``none`` changes nothing.
        profile: kind of document.
        prompt: instructions for a language model, replacing the profile's.

    Raises:
        PermanentError: ``invalid_option`` where strategy and model exclude each other, and as `load_named_corrector`.
        TransientError: as `load_named_corrector`.
    """
    choice, profile = options.choice, profile or "general"
    if strategy == "none":
        return Untouched()
    if strategy in ("accurate", "fast+accurate") and choice.is_fast:
        raise PermanentError(
            "invalid_option", f"--corrector {strategy} needs a language model.", "Name one with --model."
        )
    if strategy == "fast" and not choice.is_fast:
        raise PermanentError(
            "invalid_option", f"--corrector fast does not run --model {options.model}.", "Leave one of them out."
        )
    corrector = load_named_corrector(choice, profile, prompt)
    if isinstance(corrector, Chained) or "+" not in (strategy or ""):
        return corrector  # a judge comes with the bundled one before it
    return Chained(load_named_corrector(ModelChoice(), profile), corrector)
