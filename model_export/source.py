"""Finds a model by preset, Hub id, local folder or GGUF file; a GGUF repository resolves to its base model."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast, get_args

import yaml  # type: ignore[import-untyped]

from model_export import gguf_model, hub
from model_export.saved_config import translated
from scanproof.correction.models.folder import file_entry
from scanproof.correction.models.manifest import Prompt, Task
from scanproof.correction.models.presets import CORRECT_WITH_CHAT, PRESETS, Preset, preset_of
from scanproof.errors import PermanentError

REPOSITORY_ROOT = Path(__file__).resolve().parents[1]
_EXPORTED_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer*.json",
    "*.safetensors",
    "pytorch_model*.bin",
)
_GGUF = "-GGUF"
_CHATML = "<|im_start|>"


@dataclass(frozen=True)
class Source:
    """A model on this disk in Hub layout, with its origin."""

    name: str
    folder: Path
    source: str
    revision: str
    preset: Preset | None = None
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def end_tokens(self) -> frozenset[int]:
        """The end-of-text token ids in generation_config.json, else in config.json."""
        generation = self.folder / "generation_config.json"
        values = json.loads(generation.read_text("utf-8")) if generation.is_file() else {}
        end = values.get("eos_token_id", self.config.get("eos_token_id"))
        return frozenset([end] if isinstance(end, int) else end or [])

    @property
    def config(self) -> dict[str, Any]:
        """The contents of config.json.

        Raises:
            PermanentError: ``model_invalid``.
        """
        try:
            return dict(json.loads((self.folder / "config.json").read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise PermanentError(
                "model_invalid", f"{self.folder} has no readable config.json.", "Give a folder in Hub layout."
            ) from error


def find(
    model: str,
    revision: str | None,
    cache: Path | None,
    offline: bool,
    trust_remote_code: bool,
    log: Callable[[str], None],
    scratch: Path,
) -> Source:
    """Finds the model; downloads it unless it is on this machine or `offline` is set.

    Args:
        scratch: an empty folder for a converted model, which must outlive the result.

    Raises:
        PermanentError: ``model_invalid``, ``model_missing``, ``model_unknown``, ``config_unsupported``, and those of
            `hub` and `gguf_model.convert_gguf`.
    """
    finder = _Finder(revision, cache, offline, trust_remote_code, log, scratch)
    found = finder.find(model)
    return replace(found, folder=translated(found.folder, scratch / "translated"))


@dataclass(frozen=True)
class _Finder:
    """Finds models with the options of `find`."""

    revision: str | None
    cache: Path | None
    offline: bool
    trust_remote_code: bool
    log: Callable[[str], None]
    scratch: Path

    def find(self, model: str) -> Source:
        preset, path = preset_of(model), Path(model).expanduser()
        if preset and (REPOSITORY_ROOT / preset.source).is_dir():
            return _local(preset.name, REPOSITORY_ROOT / preset.source, preset.source, preset)
        if preset and preset.wheel and self.revision is None and (file := _file_in_wheel(preset.wheel)):
            self.log(f"Using {file.name} of the installed package {preset.wheel}.")
            return self._from_gguf(file, f"pypi:{preset.wheel}=={version(preset.wheel)}", preset)
        if preset is None and path.exists():
            return self._from_path(path.resolve())
        if preset is None and (model.count("/") != 1 or _is_path(model)):
            raise _not_found(model)
        if preset is None and model.upper().endswith(_GGUF):
            return self._from_gguf_repository(model)
        repository, pinned = (preset.source, preset.revision) if preset else (model, None)
        return self._from_hub(repository, self.revision or pinned, preset)

    def _from_path(self, path: Path) -> Source:
        file = path if path.is_file() else None
        if file is None and not (path / "config.json").is_file():
            file = gguf_model.find_gguf(path)
        if file is None:
            return _local(path.name, path, f"local:{path.name}", None)
        return self._from_gguf(file, f"local:{file.name}")

    def _from_gguf(self, file: Path, origin: str, preset: Preset | None = None) -> Source:
        self.log(f"Dequantizing {file.name}: its weights are as exact as its own quantization left them.")
        folder = self.scratch / "dequantized"
        folder.mkdir(parents=True)
        gguf_model.convert_gguf(file, folder)
        name = preset.name if preset else file.stem
        revision = f"sha256:{file_entry(file).sha256}"
        return Source(name, folder, origin, revision, preset, gguf_model.licence_of(file))

    def _from_gguf_repository(self, repository: str) -> Source:
        """Returns the base model that the repository's card names, else its GGUF file, dequantized."""
        base = hub.base_model(repository, self.revision, self.cache, self.offline)
        if base is not None:
            self.log(f"{repository} contains llama.cpp's files: exporting its base model {base} instead.")
            preset = preset_of(base)
            return self._from_hub(base, preset.revision if preset else None, preset)
        self.log(f"The card of {repository} names no single base model: exporting its GGUF file.")
        downloaded = hub.download_gguf(repository, self.revision, self.cache, self.offline)
        file = gguf_model.find_gguf(downloaded.folder)
        if file is None:
            message = f"{repository} has no whole GGUF file in its main folder."
            raise PermanentError("model_invalid", message, "Download one of its files and give its path.")
        source = self._from_gguf(file, repository)
        return replace(source, revision=downloaded.revision, card=downloaded.card or source.card)

    def _from_hub(self, repository: str, pinned: str | None, preset: Preset | None) -> Source:
        if pinned is None:
            self.log(f"No revision is pinned for {repository}: using the newest. Pin it with --revision.")
        downloaded = hub.download(repository, pinned, self.cache, self.offline, self.trust_remote_code)
        card = downloaded.card or _card(downloaded.folder)
        name = preset.name if preset else repository
        return Source(name, downloaded.folder, repository, downloaded.revision, preset, card)


def _is_path(model: str) -> bool:
    return Path(model).is_absolute() or model[:1] in (".", "~") or model.lower().endswith(".gguf")


def _not_found(model: str) -> PermanentError:
    if _is_path(model):
        return PermanentError("model_missing", f"There is no folder or file {model}.", "Check the path.")
    presets = ", ".join(PRESETS)
    message = f"{model!r} is neither a folder, nor a GGUF file, nor a Hub id (owner/name), nor a preset ({presets})."
    return PermanentError("model_unknown", message, "Check the spelling.")


def _file_in_wheel(package: str) -> Path | None:
    """Returns the GGUF file of an installed package, which is not imported: it needs packages that are not there."""
    found = importlib.util.find_spec(package.replace("-", "_"))
    places = found.submodule_search_locations if found else None
    return gguf_model.find_gguf(Path(next(iter(places)))) if places else None


def _local(name: str, folder: Path, source: str, preset: Preset | None) -> Source:
    files = sorted({path for pattern in _EXPORTED_FILES for path in folder.glob(pattern)})
    if not any(path.suffix in (".safetensors", ".bin") for path in files):
        raise PermanentError(
            "model_invalid", f"{folder} has no weights.", "Give a folder with *.safetensors or *.gguf."
        )
    digest = hashlib.sha256("".join(f"{path.name}:{file_entry(path).sha256}\n" for path in files).encode())
    return Source(name, folder, source, f"sha256:{digest.hexdigest()}", preset, _card(folder))


def _card(folder: Path) -> dict[str, Any]:
    """Returns the YAML metadata of README.md, empty if there is none."""
    try:
        text = (folder / "README.md").read_text("utf-8")
        front = text.split("---\n", 2)[1] if text.startswith("---\n") else ""
        card = yaml.safe_load(front)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return card if isinstance(card, dict) else {}


def task_of(source: Source, requested: str) -> Task:
    """Returns the requested task, or for ``auto`` the task of the preset or the architecture.

    Raises:
        PermanentError: ``task_unknown``.
    """
    if requested != "auto":
        return cast(Task, requested)
    if source.preset:
        return source.preset.task
    architecture = next(iter(source.config.get("architectures") or []), "")
    endings: tuple[tuple[str, Task], ...] = (
        ("ForTokenClassification", "token-classification"),
        ("ForCausalLM", "text-generation"),
        ("LMHeadModel", "text-generation"),
        ("ForConditionalGeneration", "text2text-generation"),
    )
    for ending, task in endings:
        if architecture.endswith(ending):
            return task
    raise PermanentError(
        "task_unknown",
        f"The task of {source.name} is unknown: its config has {architecture or 'no architecture'}.",
        f"Set it with --task {'|'.join(get_args(Task))}.",
    )


def prompt_of(source: Source, task: Task) -> Prompt:
    """Returns the preset's prompt, a chat for a ChatML template (the only one of the run time), or the bare text."""
    if source.preset:
        return source.preset.prompt
    if task == "token-classification":
        return Prompt(kind="none")
    is_chat = task == "text-generation" and _CHATML in _chat_template(source.folder)
    return CORRECT_WITH_CHAT if is_chat else Prompt(kind="text", template="{text}")


def _chat_template(folder: Path) -> str:
    """Returns the tokenizer's chat template; empty if there is none."""
    template, settings = folder / "chat_template.jinja", folder / "tokenizer_config.json"
    if template.is_file():
        return template.read_text("utf-8")
    return str(json.loads(settings.read_text("utf-8")).get("chat_template", "")) if settings.is_file() else ""
