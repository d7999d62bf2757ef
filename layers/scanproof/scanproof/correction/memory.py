"""Memory of language models: estimates, the budget, and recognising that memory ran out."""

from __future__ import annotations

import ctypes
import gc
import sys
from dataclasses import dataclass

from scanproof.correction.models.manifest import Device, Manifest
from scanproof.errors import PermanentError
from scanproof.settings import Settings

_MIB = 1024 * 1024
_WORKING = 256 * _MIB  # activations of one pass over a long window, and onnxruntime's own
# Positions whose logits one pass computes, over all rows: a vocabulary of 150,000 makes 300 MB of them.
MAX_LOGITS = 512
_VOCABULARY = 152_064  # Qwen2.5's, for a manifest that does not say
# On a processor onnxruntime packs the weights beside those that it read. Measured with SmolLM2 (145 MiB in int8, 240
# once opened; with eight lines 361): see docs/measurements.md, Memory of a language model.
_PACKED_SHARE = 0.7
_LOGITS_COPIES = 2  # the pass's own, and those of a row with its probabilities
_CACHE_COPIES = 2  # a pass reads the keys and values before it, and writes them anew
_BYTES = {"float32": 4, "float16": 2}
# Messages of onnxruntime, CUDA, the C++ library and numpy.
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
    """Limits of onnxruntime's CUDA provider: the size of its arena, and how much of the graph it holds.

    ``graph_kib`` is None where the whole graph fits; else nodes go to the device until so much is used, and the rest
    stays on the processor.
    """

    arena_bytes: int
    graph_kib: int | None

    @property
    def provider_options(self) -> dict[str, str]:
        """Options of CUDAExecutionProvider; the arena grows by the requested size, not to the next power of two."""
        return {"gpu_mem_limit": str(self.arena_bytes), "arena_extend_strategy": "kSameAsRequested"}

    @property
    def session_entries(self) -> dict[str, str]:
        """Session settings; the value is "limit in KiB,file with measured node sizes", without the file."""
        return {} if self.graph_kib is None else {"session.resource_cuda_partitioning_settings": f"{self.graph_kib},"}


@dataclass(frozen=True)
class Budget:
    """The memory that a language model may take, in MiB: of the GPU on CUDA, else of main memory."""

    mib: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Budget | None:
        """Returns the budget of ``SCANPROOF_MEMORY_BUDGET_GIB``; None without one."""
        return None if settings.memory_budget_gib is None else cls(max(1, int(settings.memory_budget_gib * 1024)))

    def rows(self, manifest: Manifest, context_size: int, device: Device, most: int) -> int:
        """Returns how many lines may go through the model together, at most ``most``; fewer where memory is short.

        Raises:
            PermanentError: ``memory_budget_small``, if not even one line fits.
        """
        kib = self.cuda_limits(manifest, context_size).graph_kib if device == "cuda" else None
        weights = weight_bytes(manifest) if kib is None else kib * 1024
        fit = (self.mib * _MIB - _working(manifest) - weights) // row_bytes(manifest, context_size)
        if fit < 1:
            needed = needed_mib(manifest, context_size)
            raise PermanentError(
                "memory_budget_small",
                f"{manifest.name} takes about {needed} MiB, and the memory budget is {self.mib} MiB.",
                "Raise SCANPROOF_MEMORY_BUDGET_GIB, lower the context size, or use a smaller model.",
            )
        return min(most, fit)

    def cuda_limits(self, manifest: Manifest, context_size: int) -> CudaLimits:
        """Places the whole graph on the device if its weights leave room for activations, else half the budget."""
        fits = needed_mib(manifest, context_size) <= self.mib
        return CudaLimits(self.mib * _MIB, None if fits else self.mib * 1024 // 2)


def weight_bytes(manifest: Manifest) -> int:
    """Returns the bytes of an opened model's weights."""
    return int(manifest.sizes.onnx * (1 + _PACKED_SHARE)) if manifest.device == "cpu" else manifest.sizes.onnx


def _working(manifest: Manifest) -> int:
    """Returns the bytes of a pass besides weights and cache."""
    vocabulary = manifest.graphs.vocabulary or _VOCABULARY
    return _WORKING + _LOGITS_COPIES * MAX_LOGITS * vocabulary * _BYTES[manifest.graphs.activations]


def row_bytes(manifest: Manifest, context_size: int) -> int:
    """Returns the bytes of keys and values of a line that fills the context; a guess where the shape is unknown."""
    graphs = manifest.graphs
    if not (graphs.layers and graphs.key_value_heads and graphs.head_size):
        return 64 * _MIB
    a_token = 2 * graphs.layers * graphs.key_value_heads * graphs.head_size * _BYTES[graphs.activations]
    return _CACHE_COPIES * a_token * context_size


def needed_mib(manifest: Manifest, context_size: int) -> int:
    """Returns the MiB that a model takes with one line that fills the context, rounded up."""
    return (weight_bytes(manifest) + row_bytes(manifest, context_size) + _working(manifest)) // _MIB + 1


def return_memory() -> None:
    """Returns freed memory to the system, where the C library can: it keeps what onnxruntime frees for itself."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation failed, on the machine or on the device."""
    message = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in message for sign in _SIGNS)
