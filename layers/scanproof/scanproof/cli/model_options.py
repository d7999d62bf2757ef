"""The options that choose a command's corrector, and the corrector that they choose."""

from __future__ import annotations

from typing import get_args

import click

from scanproof.cli.console import combined_options
from scanproof.correction.base import Corrector
from scanproof.correction.loading import ModelChoice, load_named_corrector
from scanproof.correction.models.manifest import Precision
from scanproof.correction.models.presets import PRESETS
from scanproof.settings import WantedDevice

model_options = combined_options(
    click.option(
        "--model",
        default="fast",
        show_default=True,
        metavar="NAME|REPO|FOLDER",
        help=f"A preset ({', '.join(PRESETS)}), a Hugging Face repository or a folder. "
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
    click.option("--no-download", is_flag=True, help="Use only models that are on this machine."),
    click.option("--accept-licence", is_flag=True, help="Accept a model licence that is not permissive."),
)
"""Adds the options that `load_chosen_corrector` takes."""


def load_chosen_corrector(
    model: str,
    precision: Precision = "int8",
    device: WantedDevice = "auto",
    no_download: bool = False,
    accept_licence: bool = False,
    profile: str = "general",
    prompt: str | None = None,
) -> Corrector:
    """Loads the corrector that ``--model`` names; exports its model first where necessary.

    Raises:
        PermanentError, TransientError: as `load_named_corrector`.
    """
    choice = ModelChoice(model, precision, device, download=not no_download, accept_licence=accept_licence)
    return load_named_corrector(choice, profile, prompt)
