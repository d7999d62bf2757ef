"""Opens a model folder after verifying the hash of every file that its manifest lists."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from scanproof.correction.models.manifest import FILE_NAME, FileEntry, Manifest
from scanproof.errors import PermanentError

_EXPORT_AGAIN = "Export the model again with `python -m model_export`, or fetch an unaltered copy of the folder."


def file_entry(path: Path) -> FileEntry:
    """Returns size and sha256 of one file, which is read in chunks."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return FileEntry(sha256=digest.hexdigest(), bytes=path.stat().st_size)


def read_manifest(folder: Path) -> Manifest:
    """Reads and validates the folder's manifest without verifying the files.

    Raises:
        PermanentError: ``model_missing`` (no such folder or no manifest), ``model_manifest_invalid``.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise PermanentError("model_missing", f"There is no exported model at {folder}.", _EXPORT_AGAIN) from None
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        message = f"{path} is not a manifest that this version supports: {where}: {first['msg']}."
        raise PermanentError("model_manifest_invalid", message, _EXPORT_AGAIN) from error


def open_model(folder: Path) -> Manifest:
    """Returns the folder's manifest after verifying every file that it lists.

    Raises:
        PermanentError: as `read_manifest`, and ``model_altered`` for the first file that is missing or differs.
    """
    manifest = read_manifest(folder)
    for name, entry in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise PermanentError("model_altered", f"{path} is listed in the manifest and is not there.", _EXPORT_AGAIN)
        # Comparing sizes first detects a truncated download before gigabytes are hashed.
        if path.stat().st_size != entry.bytes or file_entry(path) != entry:
            raise PermanentError("model_altered", f"{path} is not the file that the manifest describes.", _EXPORT_AGAIN)
    for name in manifest.graphs.files.values():
        if name not in manifest.files:
            raise PermanentError("model_altered", f"{folder / name} is a graph but has no hash.", _EXPORT_AGAIN)
    return manifest
