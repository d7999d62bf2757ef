"""One causal ONNX graph and its key-value cache. It knows tokens, not text, and nothing of drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

from scanproof.errors import PermanentError

Ids = NDArray[np.int64]
Floats = NDArray[np.floating]

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_NEEDED = ("input_ids", "attention_mask", "position_ids")
_WORTH_COMPACTING = 256  # columns; below it, attending to rejected tokens costs less than the copy


@dataclass
class Cache:
    """Keys and values of what the model has read so far, for a batch of rows.

    Attributes:
        values: past tensors by input name, each [rows, heads, columns, head size], on the graph's device.
        live: [rows, columns], 1 where the token counts, 0 where it was rejected or is padding.
        length: [rows], how many tokens of each row count: the next token's position.
    """

    values: dict[str, ort.OrtValue]
    live: Ids
    length: Ids

    def reject(self, row: int, columns: slice) -> None:
        """Takes tokens back: they stay where they are and are looked at no more. Positions close up."""
        self.length[row] -= self.live[row, columns].sum()
        self.live[row, columns] = 0


class CausalGraph:
    """Runs a graph exported as text-generation-with-past, whose attention takes a mask and explicit positions.

    That mask is what makes a rejected draft free: seven junk tokens left in a cache with mask 0, and later tokens given
    their true positions, moved the logits by 1e-6.
    """

    def __init__(self, session: ort.InferenceSession) -> None:
        """Raises PermanentError ``model_unsupported`` if the graph has no mask, positions or cache."""
        self._session = session
        inputs = {value.name: value for value in session.get_inputs()}
        self._past = {name: value for name, value in inputs.items() if name.startswith("past_key_values.")}
        missing = [name for name in _NEEDED if name not in inputs]
        if missing or not self._past:
            what = ", ".join(missing) or "past_key_values"
            raise PermanentError(
                "model_unsupported",
                f"The model's graph has no input {what}.",
                "Export it with `python -m model_export`, which writes a graph that can take tokens back.",
            )
        self.device = "cuda" if session.get_providers()[0] == "CUDAExecutionProvider" else "cpu"

    def empty_cache(self) -> Cache:
        """A cache of one row that has read nothing."""
        values = {
            name: self._to_device(np.zeros((1, past.shape[1], 0, past.shape[3]), _TYPES[past.type]))
            for name, past in self._past.items()
        }
        return Cache(values, np.zeros((1, 0), np.int64), np.zeros(1, np.int64))

    def spread(self, cache: Cache, rows: int) -> Cache:
        """A cache of ``rows`` rows that all have read what the one row of ``cache`` has."""
        values = {name: self._to_device(np.repeat(value.numpy(), rows, axis=0)) for name, value in cache.values.items()}
        return Cache(values, np.repeat(cache.live, rows, axis=0), np.repeat(cache.length, rows))

    def run(self, tokens: Ids, live: Ids, cache: Cache) -> Floats:
        """Reads ``tokens`` after what ``cache`` holds, and adds them to it.

        Args:
            tokens: [rows, width], each row's tokens first, then padding.
            live: [rows, width], 1 for tokens, 0 for padding.

        Returns:
            Logits, [rows, width, vocabulary]; those of padding mean nothing.
        """
        mask = np.concatenate([cache.live, live], axis=1)
        positions = cache.length[:, None] + np.maximum(live.cumsum(axis=1) - 1, 0)
        binding = self._session.io_binding()
        binding.bind_cpu_input("input_ids", tokens)
        binding.bind_cpu_input("attention_mask", mask)
        binding.bind_cpu_input("position_ids", positions)
        for name, value in cache.values.items():
            binding.bind_ortvalue_input(name, value)
        binding.bind_output("logits", "cpu")
        for name in self._past:
            binding.bind_output(name.replace("past_key_values.", "present.", 1), self.device)
        self._session.run_with_iobinding(binding)
        logits, *present = binding.get_outputs()
        cache.values = dict(zip(self._past, present, strict=True))
        cache.live = mask
        cache.length = cache.length + live.sum(axis=1)
        values: Floats = logits.numpy()
        return values

    def keep(self, cache: Cache, rows: Sequence[int]) -> None:
        """Drops the rows that are finished, and every column that no row left looks at."""
        kept = np.array(rows)
        live = cache.live[kept]
        columns = np.flatnonzero(live.any(axis=0))
        cache.values = {
            name: self._to_device(np.ascontiguousarray(value.numpy()[kept][:, :, columns]))
            for name, value in cache.values.items()
        }
        cache.live = live[:, columns]
        cache.length = cache.length[kept]

    def tidy(self, cache: Cache) -> None:
        """Drops rejected columns once they are the larger part: a cache never holds twice what counts for long."""
        columns = cache.live.shape[1]
        if columns > _WORTH_COMPACTING and 2 * int(cache.live.any(axis=0).sum()) < columns:
            self.keep(cache, range(len(cache.length)))

    def _to_device(self, values: Floats) -> ort.OrtValue:
        return ort.OrtValue.ortvalue_from_numpy(values, self.device, 0)


def open_graph(path: Path, device: str = "cpu", threads: int | None = None) -> CausalGraph:
    """Opens an exported graph.

    Args:
        device: ``cpu`` or ``cuda``; nothing else is tried if it is not there.
        threads: of one pass; None leaves it to onnxruntime.

    Raises:
        PermanentError: ``model_missing``, ``device_unavailable``, ``model_unsupported``.
    """
    if not path.is_file():
        raise PermanentError(
            "model_missing", f"There is no model at {path}.", "Export it with `python -m model_export`."
        )
    provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}[device]
    options = ort.SessionOptions()
    options.log_severity_level = 3
    if threads:
        options.intra_op_num_threads = threads
    if provider in ort.get_available_providers():
        session = ort.InferenceSession(str(path), options, providers=[provider])
        if session.get_providers()[0] == provider:  # onnxruntime falls back without a word
            return CausalGraph(session)
    raise PermanentError(
        "device_unavailable",
        f"onnxruntime cannot run on {device} here.",
        "Ask for the device 'cpu', or install onnxruntime-gpu and the CUDA libraries that it wants.",
    )
