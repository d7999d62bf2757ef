"""Publishes a finished export atomically, with a manifest that contains the hash of every file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from scanproof.correction.models.folder import file_entry
from scanproof.correction.models.manifest import FILE_NAME, FileEntry, Manifest
from scanproof.errors import PermanentError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "chat_template.jinja",
)
_CONFIG_FILES = ("config.json", "generation_config.json", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE")
_TOOLS = ("torch", "transformers", "optimum", "optimum-onnx", "onnx", "onnxruntime", "tokenizers")


@contextmanager
def atomic_folder(final: Path) -> Iterator[Path]:
    """Yields a new folder that replaces `final` once it contains a manifest; otherwise removes it.

    Raises:
        PermanentError: ``output_in_use``, if `final` exists and is not an earlier export.
    """
    if final.exists() and not (final / FILE_NAME).exists() and (not final.is_dir() or any(final.iterdir())):
        message = f"{final} exists and is not an earlier export."
        raise PermanentError("output_in_use", message, "Choose another output folder, or empty this one.")
    final.parent.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=f".{final.name}.partial-", dir=final.parent))
    try:
        yield working
        if (working / FILE_NAME).exists():
            working.chmod(0o755)
            _replace(working, final)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _replace(working: Path, final: Path) -> None:
    if not final.exists():
        working.rename(final)
        return
    old = final.with_name(f"{working.name}.old")
    final.rename(old)  # replacing a non-empty folder is not atomic: between these two lines there is none
    working.rename(final)
    shutil.rmtree(old)


def copy_config_and_tokenizer(source: Path, folder: Path, tokenizer: PreTrainedTokenizerFast) -> tuple[str, ...]:
    """Copies configuration and tokenizer into `folder`; returns the tokenizer's file names.

    The run time reads only tokenizer.json; if the repository has an older format, tokenizer.json is created from it.
    """
    for name in (*_TOKENIZER_FILES, *_CONFIG_FILES):
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
    if not (folder / "tokenizer.json").is_file():
        tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    return tuple(name for name in _TOKENIZER_FILES if (folder / name).is_file())


def describe_files(folder: Path) -> dict[str, FileEntry]:
    """Returns size and hash of every file in the folder."""
    return {path.name: file_entry(path) for path in sorted(folder.iterdir()) if path.name != FILE_NAME}


def tool_versions() -> dict[str, str]:
    """Returns the versions of the export tools without build suffix: 2.13.0+cpu makes the same export as 2.13.0."""
    versions = {}
    for tool in _TOOLS:
        try:
            versions[tool] = version(tool).partition("+")[0]
        except PackageNotFoundError:
            continue
    return versions


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes manifest.json, indented."""
    (folder / FILE_NAME).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
