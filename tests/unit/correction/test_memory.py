"""A budget makes the batch smaller, then leaves part of the graph off the GPU, then refuses; shortage is recognised."""

from __future__ import annotations

import numpy as np
import pytest

from scanproof.correction.memory import Budget, is_out_of_memory, needed_mib, row_bytes, weight_bytes
from scanproof.correction.models.manifest import Manifest
from scanproof.errors import PermanentError
from scanproof.settings import Settings

MIB = 1024 * 1024


@pytest.fixture
def manifest() -> Manifest:
    """Qwen2.5-1.5B in int8 with float16 activations, as far as memory is concerned."""
    shape = {
        "files": {"model": "model.onnx"},
        "layers": 28,
        "key_value_heads": 2,
        "head_size": 128,
        "activations": "float16",
    }
    return Manifest.model_validate(
        {
            "name": "accurate-apache",
            "source": "tests",
            "revision": "1",
            "licence": {"name": "own", "permissive": True, "accepted": True},
            "task": "text-generation",
            "architecture": "Qwen2ForCausalLM",
            "device": "cuda",
            "precision": "int8",
            "quantization": {"recipe": "weight-only", "precision": "int8", "share": 1, "batch_invariant": True},
            "graphs": shape,
            "tokenizer": {"files": []},
            "prompt": {"kind": "chat"},
            "sizes": {"onnx": 1600 * MIB, "float32": 6000 * MIB},
            "gates": [],
            "tools": {},
            "files": {},
        }
    )


def test_row_bytes_of_a_full_context(manifest: Manifest) -> None:
    assert row_bytes(manifest, 8192) == 2 * (2 * 28 * 2 * 128 * 2 * 8192)
    assert needed_mib(manifest, 8192) == 1600 + 448 + 256 + 297 + 1


def test_processor_packs_weights(manifest: Manifest) -> None:
    """Within a quarter of what SmolLM2 took: 361 MiB with eight lines of 64 tokens in int8."""
    shape = manifest.graphs.model_copy(
        update={"layers": 30, "key_value_heads": 3, "head_size": 64, "activations": "float32", "vocabulary": 49_152}
    )
    sizes = manifest.sizes.model_copy(update={"onnx": 145 * MIB})
    smollm2 = manifest.model_copy(update={"device": "cpu", "graphs": shape, "sizes": sizes})
    assert weight_bytes(smollm2) == pytest.approx(240 * MIB, rel=0.05)
    assert needed_mib(smollm2, 8 * 64) == 246 + 45 + 256 + 192 + 1


@pytest.mark.parametrize(("gib", "rows"), [(2.6, 1), (3.0, 2), (16, 4)])
def test_rows_shrink_with_the_budget(manifest: Manifest, gib: float, rows: int) -> None:
    assert Budget(int(gib * 1024)).rows(manifest, 8192, "cpu", most=4) == rows


def test_too_small_budget_is_refused(manifest: Manifest) -> None:
    with pytest.raises(PermanentError, match=r"2602 MiB.*1024 MiB") as refusal:
        Budget(1024).rows(manifest, 8192, "cpu", most=4)
    assert refusal.value.code == "memory_budget_small"


def test_large_weights_stay_partly_outside_cuda(manifest: Manifest) -> None:
    within, over = (Budget(gib * 1024).cuda_limits(manifest, 8192) for gib in (3, 1))
    assert within.session_entries == {}
    assert within.provider_options["gpu_mem_limit"] == str(3 * 1024 * MIB)
    assert over.session_entries == {"session.resource_cuda_partitioning_settings": f"{512 * 1024},"}
    assert Budget(2048).rows(manifest, 8192, "cuda", most=4) == 1
    assert Budget(2700).rows(manifest, 8192, "cuda", most=4) == 1
    assert Budget(4096).rows(manifest, 8192, "cuda", most=4) == 4


def test_budget_comes_from_settings() -> None:
    assert Budget.from_settings(Settings()) is None
    assert Budget.from_settings(Settings(memory_budget_gib=1.5)) == Budget(1536)


def test_memory_shortage_is_recognised() -> None:
    with pytest.raises(MemoryError) as real:
        np.empty(2**60, np.float32)
    assert is_out_of_memory(real.value)
    for said in (
        "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : BFCArena::AllocateRawInternal Failed to allocate memory for 4096",
        "Available memory of 1048576 is smaller than requested bytes of 4194304",
        "CUDA failure 2: out of memory ; GPU=0",
        "std::bad_alloc",
    ):
        assert is_out_of_memory(RuntimeError(said))
    assert not is_out_of_memory(RuntimeError("Invalid rank for input: input_ids"))
