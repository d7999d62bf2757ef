"""Checks disk space and memory before an export starts."""

from __future__ import annotations

import json
import shutil
from math import prod
from pathlib import Path

from scanproof.errors import PermanentError

GIGABYTE = 1_000_000_000
# Peak resident memory as a multiple of the float32 weights, measured at 0.5 billion weights: the exporter holds the
# model, its traced copy and the graph; onnxruntime's dynamic quantizer makes several more copies.
EXPORT_MEMORY = 5
DYNAMIC_QUANTIZER_MEMORY = 7
CALIBRATION_MEMORY = 2_500_000_000  # bytes beside them: the cache of the texts that `calibration` writes (SmolLM2-135M)
_REDUCE_MEMORY = "Export on a larger machine, or a smaller model; for the CPU, int4 takes less than int8."


def count_parameters(folder: Path) -> int:
    """Returns the number of weights, from the headers of safetensors files, else from the size of PyTorch files."""
    files = list(folder.glob("*.safetensors"))
    if files:
        return sum(_parameters_in_file(path) for path in files)
    return sum(path.stat().st_size for path in folder.glob("pytorch_model*.bin")) // 4


def _parameters_in_file(path: Path) -> int:
    with path.open("rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    return sum(prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")


def require_disk_space(folder: Path, needed: int, purpose: str) -> None:
    """Requires `needed` free bytes on the disk of `folder`, which need not exist yet.

    Raises:
        PermanentError: ``disk_full``.
    """
    existing = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        message = (
            f"{purpose} needs {needed / GIGABYTE:.1f} GB on the disk of {existing}; {free / GIGABYTE:.1f} GB are free."
        )
        raise PermanentError("disk_full", message, "Free some space, or point --cache-dir and OUTPUT to another disk.")


def require_memory(parameters: int, multiple: int = EXPORT_MEMORY, beside: int = 0) -> None:
    """Requires enough memory for an export, because the kernel would kill the process without a message.

    Args:
        parameters: number of weights.
        multiple: of the float32 weights.
        beside: bytes beside them.

    Raises:
        PermanentError: ``memory_short``.
    """
    needed = parameters * 4 * multiple + beside
    available = available_memory()
    if available is not None and available < needed:
        message = (
            f"Exporting {parameters / 1e9:.1f} billion weights needs about {needed / GIGABYTE:.0f} GB of memory; "
            f"{available / GIGABYTE:.0f} GB are available."
        )
        raise PermanentError("memory_short", message, _REDUCE_MEMORY)


def available_memory() -> int | None:
    """Returns the bytes available without swapping; None on systems other than Linux."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return int(kilobytes) * 1024 if kilobytes else None
