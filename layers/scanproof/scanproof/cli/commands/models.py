"""`scanproof models`: lists the models that can be named with --model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.table import Table

from scanproof.cli.console import exit_codes, print_json, print_table
from scanproof.correction.fast.model_folder import default_folder
from scanproof.correction.loading import FAST
from scanproof.correction.models.cache import cache_folder, exported_folder
from scanproof.correction.models.folder import read_manifest
from scanproof.correction.models.manifest import FILE_NAME
from scanproof.correction.models.presets import PRESETS, Preset
from scanproof.errors import PermanentError
from scanproof.settings import Settings


@dataclass(frozen=True)
class ListedModel:
    """A model that ``--model`` can name.

    Attributes:
        name: what to write after ``--model``.
        source: repository or folder that it comes from.
        task: of the model, such as ``text-generation``.
        licence: of its weights.
        folders: exports on this machine; without one, the first use downloads and exports the model.
        problem: why an export cannot be used.
    """

    name: str
    source: str
    task: str = ""
    licence: str = ""
    folders: tuple[str, ...] = ()
    problem: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@exit_codes
def models(as_json: bool) -> None:
    """Lists the models that can be named with --model.

    These are the presets, the models that were exported on this machine and those of SCANPROOF_ACCURATE_MODEL. Any
    other Hugging Face repository or folder can be named as well.

    \b
    Examples:
      scanproof models
      scanproof models --json
    """
    listed = list_models(Settings.from_environment())
    if as_json:
        print_json([asdict(model) for model in listed])
        return
    table = Table("model", "task", "licence", "on this machine", box=None, header_style="dim")
    table.columns[0].overflow = table.columns[3].overflow = "fold"
    for model in listed:
        table.add_row(model.name, model.task, model.licence, model.problem or "\n".join(model.folders) or "no")
    print_table(table)


def list_models(settings: Settings) -> list[ListedModel]:
    """Returns the presets, then the other exports of the cache and of the environment."""
    exports = [_exported(folder) for folder in _export_folders(settings)]
    presets = [
        ListedModel(
            preset.name,
            preset.source,
            preset.task,
            preset.licence,
            (str(default_folder()),)
            if preset.name == FAST
            else tuple(path for export in exports if _is_of(export, preset) for path in export.folders),
        )
        for preset in PRESETS.values()
    ]
    listed = [export for export in exports if not any(_is_of(export, preset) for preset in PRESETS.values())]
    return presets + listed


def _is_of(export: ListedModel, preset: Preset) -> bool:
    """Whether an export is of a preset's model, from the Hub or from its package."""
    from_wheel = preset.wheel is not None and export.source.startswith(f"pypi:{preset.wheel}==")
    return export.source == preset.source or from_wheel


def _export_folders(settings: Settings) -> Iterator[Path]:
    named = (exported_folder(folder, "cpu") for folder in settings.accurate_models)
    cached = sorted(path.parent for path in cache_folder(settings).glob(f"*/*/{FILE_NAME}"))
    yield from dict.fromkeys([*(folder for folder in named if folder), *cached])


def _exported(folder: Path) -> ListedModel:
    try:
        manifest = read_manifest(folder)
    except PermanentError as error:
        return ListedModel(str(folder), str(folder), problem=error.message)
    return ListedModel(str(folder), manifest.source, manifest.task, manifest.licence.name, (str(folder),))
