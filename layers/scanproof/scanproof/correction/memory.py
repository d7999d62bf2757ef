"""Memory: how much a language model takes, how to stay within a budget, and how to tell that there was not enough."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from scanproof.correction.models.manifest import Device, Manifest
from scanproof.errors import PermanentError

BUDGET_VARIABLE = "SCANPROOF_MEMORY_BUDGET_GIB"
_MIB = 1024 * 1024
_WORKING = 256 * _MIB  # activations and logits of one pass over a long window, and onnxruntime's own
_BYTES = {"float32": 4, "float16": 2}
# How onnxruntime, CUDA, the C++ library and numpy say it.
_SIGNS = (
    "failed to allocate",
    "out of memory",
    "bad_alloc",
    "bad allocation",
    "alloc_failed",
    "is smaller than requested bytes",
    "unable to allocate",
)


@dataclass(frozen=True)
class CudaLimits:
    """What onnxruntime's CUDA provider is told: how large its arena may grow, and how much of the graph goes there.

    ``graph_kib`` is None where the whole graph fits; else nodes go to the device until so much is used, and the rest
    stays on the processor.
    """

    arena_bytes: int
    graph_kib: int | None

    @property
    def provider_options(self) -> dict[str, str]:
        """Of CUDAExecutionProvider; the arena grows by what is asked for, not to the next power of two."""
        return {"gpu_mem_limit": str(self.arena_bytes), "arena_extend_strategy": "kSameAsRequested"}

    @property
    def session_entries(self) -> dict[str, str]:
        """Of the session; the setting is "limit in KiB,file with measured node sizes", the file left out."""
        return {} if self.graph_kib is None else {"session.resource_cuda_partitioning_settings": f"{self.graph_kib},"}


@dataclass(frozen=True)
class Budget:
    """What a language model may take, in MiB: of the GPU's memory on CUDA, of main memory on the processor."""

    mib: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Budget | None:
        """``SCANPROOF_MEMORY_BUDGET_GIB``, a number; None if it is not set.

        Raises:
            PermanentError: ``memory_budget_invalid``.
        """
        said = environment.get(BUDGET_VARIABLE)
        if not said:
            return None
        try:
            mib = int(float(said) * 1024)
        except ValueError:
            mib = 0
        if mib < 1:
            raise PermanentError(
                "memory_budget_invalid",
                f"{BUDGET_VARIABLE} is {said!r}.",
                "Set it to a number of GiB, or leave it out.",
            )
        return cls(mib)

    def rows(self, manifest: Manifest, context_size: int, device: Device, most: int) -> int:
        """How many lines may go through the model together: fewer where memory is short.

        Raises:
            PermanentError: ``memory_budget_small``, if not even one fits. On CUDA weights may stay outside.
        """
        kib = self.cuda_limits(manifest, context_size).graph_kib if device == "cuda" else None
        weights = manifest.sizes.onnx if kib is None else kib * 1024
        fit = (self.mib * _MIB - _WORKING - weights) // row_bytes(manifest, context_size)
        if fit < 1:
            needed = needed_mib(manifest, context_size)
            raise PermanentError(
                "memory_budget_small",
                f"{manifest.name} takes about {needed} MiB, and the memory budget is {self.mib} MiB.",
                f"Raise {BUDGET_VARIABLE}, lower the context size, or use a smaller model.",
            )
        return min(most, fit)

    def cuda_limits(self, manifest: Manifest, context_size: int) -> CudaLimits:
        """All of the graph on the device if its weights leave room to work in, else as much as half the budget."""
        fits = needed_mib(manifest, context_size) <= self.mib
        return CudaLimits(self.mib * _MIB, None if fits else self.mib * 1024 // 2)


def row_bytes(manifest: Manifest, context_size: int) -> int:
    """Keys and values of one line that fills the context; a guess where the manifest does not tell the shape."""
    graphs = manifest.graphs
    if not (graphs.layers and graphs.key_value_heads and graphs.head_size):
        return 64 * _MIB
    a_token = 2 * graphs.layers * graphs.key_value_heads * graphs.head_size * _BYTES[graphs.activations]
    return a_token * context_size


def needed_mib(manifest: Manifest, context_size: int) -> int:
    """What a model takes with one line that fills the context, rounded up."""
    return (manifest.sizes.onnx + row_bytes(manifest, context_size) + _WORKING) // _MIB + 1


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory, of the machine or of the device, was what failed."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in said for sign in _SIGNS)
