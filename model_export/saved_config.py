"""Translates the configuration of a model saved by transformers 5 for transformers 4, which the export uses.

Version 4 ignores what it does not know: rotary positions would silently have the default base of 10,000.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from scanproof.errors import PermanentError

_CONFIG, _TOKENIZER = "config.json", "tokenizer_config.json"
_FAST_TOKENIZER = "PreTrainedTokenizerFast"


def translated(folder: Path, scratch: Path) -> Path:
    """Returns ``folder`` if it needs no translation, else ``scratch`` with links to its files and new configurations.

    Raises:
        PermanentError: ``config_unsupported``, if kinds of layers have rotary positions of their own.
    """
    files = {name: _read(folder / name) for name in (_CONFIG, _TOKENIZER)}
    new = {_CONFIG: _model_config(files[_CONFIG], folder), _TOKENIZER: _tokenizer_config(files[_TOKENIZER])}
    changed = {name: values for name, values in new.items() if values != files[name]}
    if not changed:
        return folder
    scratch.mkdir(parents=True)
    for path in folder.resolve().iterdir():
        if path.is_file() and path.name not in changed:
            (scratch / path.name).symlink_to(path)
        elif path.is_dir():
            shutil.copytree(path, scratch / path.name)
    for name, values in changed.items():
        (scratch / name).write_text(json.dumps(values, indent=2) + "\n", "utf-8")
    return scratch


def _read(path: Path) -> dict[str, Any]:
    """Returns a JSON object; empty if it cannot be read, which those report that need the file."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _model_config(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    rope = config.get("rope_parameters")
    if not rope:
        return config
    if any(isinstance(value, dict) for value in rope.values()):
        raise PermanentError(
            "config_unsupported",
            f"Rotary positions of {folder.name} differ between kinds of layers.",
            "Choose a model with one rope_theta.",
        )
    rest = {key: value for key, value in config.items() if key != "rope_parameters"}
    scaling = {key: value for key, value in rope.items() if key != "rope_theta"}
    plain = scaling.get("rope_type", "default") == "default"
    theta = {"rope_theta": rope["rope_theta"]} if "rope_theta" in rope else {}
    return {**rest, **theta, "rope_scaling": None if plain else scaling}


def _tokenizer_config(config: dict[str, Any]) -> dict[str, Any]:
    new = dict(config)
    if new.get("tokenizer_class") in ("TokenizersBackend", "SentencePieceBackend"):
        new["tokenizer_class"] = _FAST_TOKENIZER
    if isinstance(new.get("extra_special_tokens"), list):
        new["additional_special_tokens"] = new.pop("extra_special_tokens")
    return new
