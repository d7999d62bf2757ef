"""Which corrector a command uses, and the options that say so."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar, get_args

import click

from scanproof.correction.availability import load_corrector
from scanproof.correction.base import Corrector, for_profile
from scanproof.correction.device import DEVICE_VARIABLE, chosen
from scanproof.correction.models.cache import prepare_model
from scanproof.correction.models.manifest import Precision
from scanproof.correction.models.presets import PRESETS
from scanproof.correction.profiles import load_profile, with_own_prompt

P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS = (
    click.option(
        "--model",
        default="fast",
        show_default=True,
        metavar="NAME|REPO|FOLDER",
        help=f"A preset ({', '.join(PRESETS)}), a Hub id or a folder. Exported once, then kept.",
    ),
    click.option("--precision", type=click.Choice(get_args(Precision)), default="int8", show_default=True),
    click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), envvar=DEVICE_VARIABLE, default="auto"),
    click.option("--no-download", is_flag=True, help="Use only what is on this machine."),
    click.option("--accept-licence", is_flag=True, help="Agree to a model's licence that is not permissive."),
)


def model_options(command: Callable[P, R]) -> Callable[P, R]:
    """Adds the options that `load_named_corrector` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def load_named_corrector(
    model: str,
    precision: Precision = "int8",
    device: str = "auto",
    no_download: bool = False,
    accept_licence: bool = False,
    profile: str = "general",
    prompt: str | None = None,
) -> Corrector:
    """The corrector that ``--model`` names; its model is exported first if it has not been.

    Raises:
        PermanentError, TransientError: as `prepare_model` and `load_lm_corrector`.
    """
    asked = load_profile(profile)
    if model == "fast":
        return for_profile(load_corrector(), asked.name)
    from scanproof.correction.lm.load import load_lm_corrector  # onnxruntime takes a second to import

    used = chosen({**os.environ, DEVICE_VARIABLE: device}).used
    folder = prepare_model(model, used, precision, download=not no_download, accept_licence=accept_licence)
    return load_lm_corrector(folder, with_own_prompt(asked, prompt) if prompt else asked, used)
