"""Finds a model by preset, Hub id or local folder; a GGUF id resolves to its base model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_args

import yaml  # type: ignore[import-untyped]

from model_export import hub
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
) -> Source:
    """Finds the model; downloads it unless it is a local folder, the bundled one, or `offline` is set.

    Raises:
        PermanentError: ``model_invalid``, ``model_unknown``, and those of `hub.download`.
    """
    model = _base_of_gguf(model, log)
    preset = preset_of(model)
    if preset and (REPOSITORY_ROOT / preset.source).is_dir():
        return _local(preset.name, REPOSITORY_ROOT / preset.source, preset.source, preset)
    if preset is None and Path(model).is_dir():
        folder = Path(model).resolve()
        return _local(folder.name, folder, f"local:{folder.name}", None)
    if preset is None and (model.count("/") != 1 or Path(model).is_absolute()):
        message = f"{model!r} is neither a folder, nor a Hub id (owner/name), nor a preset ({', '.join(PRESETS)})."
        raise PermanentError("model_unknown", message, "Check the spelling.")
    repository = preset.source if preset else model
    pinned = revision or (preset.revision if preset else None)
    if pinned is None:
        log(f"No revision is pinned for {repository}: using the newest. Pin it with --revision.")
    downloaded = hub.download(repository, pinned, cache, offline, trust_remote_code)
    card = downloaded.card or _card(downloaded.folder)
    return Source(
        preset.name if preset else repository, downloaded.folder, repository, downloaded.revision, preset, card
    )


def _base_of_gguf(model: str, log: Callable[[str], None]) -> str:
    if not model.upper().endswith(_GGUF) or Path(model).is_dir():
        return model
    base = model[: -len(_GGUF)]
    log(f"{model} contains llama.cpp's files, which ONNX cannot use: exporting its base model {base} instead.")
    return base


def _local(name: str, folder: Path, source: str, preset: Preset | None) -> Source:
    files = sorted({path for pattern in _EXPORTED_FILES for path in folder.glob(pattern)})
    if not any(path.suffix in (".safetensors", ".bin") for path in files):
        raise PermanentError("model_invalid", f"{folder} has no weights.", "Give a folder with *.safetensors.")
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
    """Returns the preset's prompt, a prompt for the tokenizer's chat template, or the bare text."""
    if source.preset:
        return source.preset.prompt
    if task == "token-classification":
        return Prompt(kind="none")
    settings = source.folder / "tokenizer_config.json"
    chat = (source.folder / "chat_template.jinja").is_file() or (
        settings.is_file() and "chat_template" in json.loads(settings.read_text("utf-8"))
    )
    return CORRECT_WITH_CHAT if chat and task == "text-generation" else Prompt(kind="text", template="{text}")
