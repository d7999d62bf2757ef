"""Runs one causal ONNX graph with its key-value cache. Works on tokens, not text, and does not know of drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

from scanproof.correction.lm.predictions import PredictionHead, Predictions
from scanproof.correction.lm.tensors import DeviceMemory, HostMemory, Tensor, TensorMemory
from scanproof.correction.memory import CudaLimits
from scanproof.errors import PermanentError

Ids = NDArray[np.int64]
Logits = NDArray[np.float32]

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_REQUIRED_INPUTS = ("input_ids", "attention_mask", "position_ids")
_LOGITS_FROM = "logits_from"  # optional input of graphs whose output layer can skip the first positions
_LOGITS_AT, _TREE_MASK = "logits_at", "tree_mask"  # optional inputs of graphs that can read trees
_MIN_COMPACTED_COLUMNS = 256  # below it, attending to rejected tokens costs less than the copy


@dataclass
class Cache:
    """Keys and values of the tokens that the model has read, for a batch of rows.

    Attributes:
        values: past tensors by input name, each [rows, heads, columns, head size], in the graph's memory.
        mask: [rows, columns], 1 for a valid token, 0 for a rejected one or padding.
        lengths: [rows], number of valid tokens, which is the position of the next one.
    """

    values: dict[str, Tensor]
    mask: Ids
    lengths: Ids

    def reject(self, row: int, columns: slice) -> None:
        """Masks tokens out. They stay in memory; the positions of later tokens close the gap."""
        self.lengths[row] -= self.mask[row, columns].sum()
        self.mask[row, columns] = 0


class Batch(NamedTuple):
    """Rows ready for decoding: their cache, the prompt tokens still to be read, and the passes spent so far."""

    cache: Cache
    pending: list[list[int]]
    passes: int


class Graph(Protocol):
    """What the decoder needs of a model."""

    @property
    def max_rows(self) -> int:
        """The number of rows that fit into one pass."""
        ...

    def start_batch(self, prompts: Sequence[tuple[int, ...]], prefix: tuple[int, ...] = ()) -> Batch:
        """Prepares prompts that all begin with ``prefix``, which is read once and kept for the next call."""
        ...

    def run(self, tokens: Ids, mask: Ids, cache: Cache, logits_from: int = 0) -> Predictions:
        """Reads ``tokens`` ([rows, width], ``mask`` 0 at padding), adds them to the cache and predicts.

        Predictions at positions before ``logits_from`` may be missing.
        """
        ...

    def select_rows(self, cache: Cache, rows: Sequence[int]) -> None:
        """Drops the cache of all other rows."""
        ...

    def compact(self, cache: Cache) -> None:
        """Frees the memory of rejected tokens once they take up much of it."""
        ...


class CausalGraph:
    """A graph exported as text-generation-with-past, whose attention takes a mask and explicit positions.

    The mask makes rejecting a draft free: seven rejected tokens left in a cache with mask 0, and later tokens at their
    true positions, changed the logits by 1e-6.
    """

    cache_type: type[Cache] = Cache
    max_rows = 1024

    def __init__(self, session: ort.InferenceSession, head: PredictionHead | None = None) -> None:
        """Takes an opened session.

        Raises:
            PermanentError: ``model_unsupported``, if the graph has no mask, positions or cache.
        """
        self._session = session
        inputs = {value.name: value for value in session.get_inputs()}
        self._past = {name: value for name, value in inputs.items() if name.startswith("past_key_values.")}
        missing = [name for name in _REQUIRED_INPUTS if name not in inputs]
        if missing or not self._past:
            names = ", ".join(missing) or "past_key_values"
            raise PermanentError(
                "model_unsupported",
                f"The model's graph has no input {names}.",
                "Export it with `python -m model_export`, which writes a graph that can reject tokens.",
            )
        self._presents = [name.replace("past_key_values.", "present.", 1) for name in self._past]
        optional = {value.name for value in session.get_overridable_initializers()}
        self._can_skip_logits = _LOGITS_FROM in optional
        self.can_read_trees = {_LOGITS_AT, _TREE_MASK} <= optional
        self._head = head or PredictionHead(session)
        on_host = self._head.device == self._head.logits_device == "cpu" and head is None
        self._memory: TensorMemory = (
            HostMemory() if on_host else DeviceMemory(self._head.device, self._head.logits_device)
        )
        self._prefix: tuple[tuple[int, ...], Cache] = ((), self.empty_cache())

    def start_batch(self, prompts: Sequence[tuple[int, ...]], prefix: tuple[int, ...] = ()) -> Batch:
        """See `Graph`. The rest of each prompt is read in the first pass, which verifies draft tokens too."""
        cached = prefix == self._prefix[0]
        if not cached:
            self._prefix = prefix, self._prefill(prefix)
        pending = [list(prompt[len(prefix) :]) for prompt in prompts]
        return Batch(self.expand(self._prefix[1], len(prompts)), pending, passes=int(not cached and bool(prefix)))

    def _prefill(self, prefix: tuple[int, ...]) -> Cache:
        cache = self.empty_cache()
        if prefix:
            tokens = np.array([prefix], np.int64)
            self.run(tokens, np.ones_like(tokens), cache, len(prefix) - 1)
        return cache

    def empty_cache(self) -> Cache:
        """Returns a cache of one row and no tokens."""
        values = {
            name: self._memory.put(np.zeros((1, past.shape[1], 0, past.shape[3]), _TYPES[past.type]))
            for name, past in self._past.items()
        }
        return self.cache_type(values, np.zeros((1, 0), np.int64), np.zeros(1, np.int64))

    def expand(self, cache: Cache, rows: int) -> Cache:
        """Returns a cache of ``rows`` copies of the one row of ``cache``."""
        values = cache.values
        if rows > 1:
            memory = self._memory
            values = {name: memory.put(np.repeat(memory.get(value), rows, axis=0)) for name, value in values.items()}
        return self.cache_type(values, np.repeat(cache.mask, rows, axis=0), np.repeat(cache.lengths, rows))

    def run(self, tokens: Ids, mask: Ids, cache: Cache, logits_from: int = 0) -> Predictions:
        """Reads tokens after those of ``cache`` and adds them to it.

        Args:
            tokens: [rows, width], each row's tokens first, then padding.
            mask: [rows, width], 1 for tokens, 0 for padding.
            logits_from: the first position whose prediction is needed.

        Returns:
            Predictions at each position; meaningless at padding.
        """
        first = logits_from if self._can_skip_logits else 0
        return self._head.predict(self._pass(tokens, mask, cache, first), first)

    def _pass(self, tokens: Ids, mask: Ids, cache: Cache, first: int = 0) -> Tensor:
        """Returns the logits from position ``first`` on, and adds the tokens to the cache."""
        full_mask = np.concatenate([cache.mask, mask], axis=1)
        inputs = {
            "input_ids": tokens,
            "attention_mask": self._attention_mask(cache, full_mask),
            "position_ids": cache.lengths[:, None] + np.maximum(mask.cumsum(axis=1) - 1, 0),
        }
        if first:
            inputs[_LOGITS_FROM] = np.array([first])
        logits, *present = self._memory.run(self._session, inputs, cache.values, ["logits", *self._presents])
        cache.values = dict(zip(self._past, present, strict=True))
        cache.mask = full_mask
        cache.lengths = cache.lengths + mask.sum(axis=1)
        return logits

    def read(self, tokens: Sequence[int], cache: Cache | None = None) -> tuple[Logits, Cache]:
        """Reads one row of tokens, behind those of ``cache``.

        Returns:
            The logits [tokens, vocabulary], and a cache that holds the tokens as well.
        """
        read = self.cut(cache, cache.mask.shape[1]) if cache else self.empty_cache()
        row = np.array([tokens], np.int64)
        return self._on_host(self._pass(row, np.ones_like(row), read))[0], read

    def cut(self, cache: Cache, columns: int, first: int = 0, leading: int = 0) -> Cache:
        """Returns a cache of the ``leading`` first tokens of one row and of ``columns`` tokens from ``first`` on."""
        memory, kept = self._memory, np.r_[:leading, first : first + columns]
        values = {name: memory.put(memory.get(value)[:, :, kept]) for name, value in cache.values.items()}
        return self.cache_type(values, np.ones((1, len(kept)), np.int64), np.array([len(kept)]))

    def read_tree(
        self, tokens: Ids, positions: Ids, mask: NDArray[np.bool_], wanted: Ids, cache: Cache, keep: bool = False
    ) -> Logits:
        """Reads a text and branches of it in one pass; only for graphs that ``can_read_trees``.

        Args:
            tokens: [columns]
            positions: [columns], in the text or in a branch that continues it.
            mask: [columns, cached and own columns], true where a token attends to another, which is no later one.
            wanted: the columns whose predictions are needed.
            cache: of what stands before them.
            keep: whether to add the columns to the cache.

        Returns:
            The logits [wanted, vocabulary].
        """
        columns = np.ones((1, mask.shape[1]), np.int64)
        inputs = {
            "input_ids": tokens[None],
            "attention_mask": columns,
            "position_ids": positions[None],
            _LOGITS_AT: wanted,
            _TREE_MASK: mask[None, None],
        }
        outputs = ["logits", *(self._presents if keep else ())]
        logits, *present = self._memory.run(self._session, inputs, cache.values, outputs)
        if keep:
            cache.values, cache.mask = dict(zip(self._past, present, strict=True)), columns
        row: Logits = self._on_host(logits)[0]
        return row

    def _on_host(self, logits: Tensor) -> Logits:
        return np.asarray(logits if isinstance(logits, np.ndarray) else logits.numpy(), np.float32)

    def _attention_mask(self, cache: Cache, mask: Ids) -> Ids:
        """Returns the graph's mask input for a pass after which the cache has ``mask``."""
        return mask

    def select_rows(self, cache: Cache, rows: Sequence[int]) -> None:
        """Drops all other rows, and every column that is masked in the remaining ones."""
        kept = np.array(rows)
        mask = cache.mask[kept]
        columns = np.flatnonzero(mask.any(axis=0))
        cache.values = {
            name: self._memory.put(self._memory.get(value)[kept][:, :, columns]) for name, value in cache.values.items()
        }
        cache.mask = mask[:, columns]
        cache.lengths = cache.lengths[kept]

    def compact(self, cache: Cache) -> None:
        """Drops rejected columns once they are the majority, so a cache stays below twice its valid size."""
        columns = cache.mask.shape[1]
        if columns > _MIN_COMPACTED_COLUMNS and 2 * int(cache.mask.any(axis=0).sum()) < columns:
            self.select_rows(cache, range(len(cache.lengths)))


class FusedCache(Cache):
    """A cache of one row that is defined by its length: columns behind the last valid token are overwritten."""

    def reject(self, row: int, columns: slice) -> None:
        """Removes the last tokens; tokens in the middle cannot be removed."""
        self.mask = self.mask[:, : columns.start]
        self.lengths = np.array([columns.start])


class FusedGraph(CausalGraph):
    """A graph with onnxruntime's GroupQueryAttention, which counts the mask's ones and allows one row per pass.

    Its cache may be longer than the count, so rejecting a draft needs no copy here either.
    """

    cache_type = FusedCache
    max_rows = 1

    def compact(self, cache: Cache) -> None:
        """See `Graph`."""
        if (stored := _stored_columns(cache)) > _MIN_COMPACTED_COLUMNS and 2 * cache.mask.shape[1] < stored:
            self.select_rows(cache, [0])

    def _attention_mask(self, cache: Cache, mask: Ids) -> Ids:
        """Pads the mask with zeros to the width of the stored columns and the pass's tokens."""
        unused = _stored_columns(cache) - cache.mask.shape[1]
        return np.pad(mask, ((0, 0), (0, unused)))


def _stored_columns(cache: Cache) -> int:
    """Returns the number of columns in memory, rejected ones included."""
    shape = next(iter(cache.values.values())).shape
    return int((shape() if callable(shape) else shape)[2])


def open_graph(
    path: Path,
    device: str = "cpu",
    threads: int | None = None,
    fused: bool = False,
    limits: CudaLimits | None = None,
) -> CausalGraph:
    """Opens an exported causal graph; ``fused`` if its attention is GroupQueryAttention.

    Raises:
        PermanentError: ``model_missing``, ``device_unavailable``, ``model_unsupported``.
    """
    session = open_session(path, device, threads, limits)
    return FusedGraph(session) if fused else CausalGraph(session)


def open_session(
    path: Path, device: str = "cpu", threads: int | None = None, limits: CudaLimits | None = None
) -> ort.InferenceSession:
    """Opens an exported graph.

    Args:
        device: ``cpu`` or ``cuda``; there is no fallback to another device.
        threads: threads per pass; None uses onnxruntime's default.
        limits: memory limits on CUDA; None means no limits.

    Raises:
        PermanentError: ``model_missing``, ``device_unavailable``.
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
    provider_options = {}
    if limits is not None and device == "cuda":
        provider_options = limits.provider_options
        for name, value in limits.session_entries.items():
            options.add_session_config_entry(name, value)
    if provider in ort.get_available_providers():
        session = ort.InferenceSession(str(path), options, providers=[(provider, provider_options)])
        if session.get_providers()[0] == provider:  # onnxruntime falls back silently
            return session
    raise PermanentError(
        "device_unavailable",
        f"onnxruntime cannot run on {device} here.",
        "Use the device 'cpu', or install onnxruntime-gpu and the CUDA libraries that it needs.",
    )
