"""One causal ONNX graph and its key-value cache. It knows tokens, not text, and nothing of drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

from scanproof.correction.lm.choices import Choices, Chooser
from scanproof.correction.lm.tensors import Device, Host, Place, Tensor
from scanproof.correction.memory import CudaLimits
from scanproof.errors import PermanentError

Ids = NDArray[np.int64]

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_NEEDED = ("input_ids", "attention_mask", "position_ids")
_LOGITS_FROM = "logits_from"  # an input of graphs whose head can leave places out
_WORTH_COMPACTING = 256  # columns; below it, attending to rejected tokens costs less than the copy


@dataclass
class Cache:
    """Keys and values of what the model has read so far, for a batch of rows.

    Attributes:
        values: past tensors by input name, each [rows, heads, columns, head size], at the graph's place.
        live: [rows, columns], 1 where the token counts, 0 where it was rejected or is padding.
        length: [rows], how many tokens of each row count: the next token's position.
    """

    values: dict[str, Tensor]
    live: Ids
    length: Ids

    def reject(self, row: int, columns: slice) -> None:
        """Takes tokens back: they stay where they are and are looked at no more. Positions close up."""
        self.length[row] -= self.live[row, columns].sum()
        self.live[row, columns] = 0


class Begun(NamedTuple):
    """Rows about to be written: what the model has read of them, what it has still to read, and what that has cost."""

    cache: Cache
    waiting: list[list[int]]
    passes: int


class Graph(Protocol):
    """What decoding asks of a model, whatever it is made of."""

    @property
    def largest_batch(self) -> int:
        """How many rows may go through it together."""
        ...

    def begin(self, prompts: Sequence[tuple[int, ...]], prefix: tuple[int, ...] = ()) -> Begun:
        """Gets ready to answer prompts that all begin with ``prefix``, which is read once and remembered."""
        ...

    def run(self, tokens: Ids, live: Ids, cache: Cache, wanted: int = 0) -> Choices:
        """Reads ``tokens`` ([rows, width], ``live`` where they are no padding) and says what comes next at each.

        At places before ``wanted`` it may say nothing.
        """
        ...

    def keep(self, cache: Cache, rows: Sequence[int]) -> None:
        """Drops the rows that are finished."""
        ...

    def tidy(self, cache: Cache) -> None:
        """Gives back what rejected tokens take, once it is much."""
        ...


class CausalGraph:
    """Runs a graph exported as text-generation-with-past, whose attention takes a mask and explicit positions.

    That mask is what makes a rejected draft free: seven junk tokens left in a cache with mask 0, and later tokens given
    their true positions, moved the logits by 1e-6.
    """

    cache_type: type[Cache] = Cache
    largest_batch = 1024

    def __init__(self, session: ort.InferenceSession, chooser: Chooser | None = None) -> None:
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
        self._presents = [name.replace("past_key_values.", "present.", 1) for name in self._past]
        self._can_leave_out = any(value.name == _LOGITS_FROM for value in session.get_overridable_initializers())
        self._chooser = chooser or Chooser(session)
        on_host = self._chooser.device == self._chooser.place == "cpu" and chooser is None
        self._place: Place = Host() if on_host else Device(self._chooser.device, self._chooser.place)
        self._prefix: tuple[tuple[int, ...], Cache] = ((), self.empty_cache())

    def begin(self, prompts: Sequence[tuple[int, ...]], prefix: tuple[int, ...] = ()) -> Begun:
        """See Graph. What stands behind the prefix waits for the first pass, which verifies guesses too."""
        known = prefix == self._prefix[0]
        if not known:
            self._prefix = prefix, self._having_read(prefix)
        waiting = [list(prompt[len(prefix) :]) for prompt in prompts]
        return Begun(self.spread(self._prefix[1], len(prompts)), waiting, passes=int(not known and bool(prefix)))

    def _having_read(self, prefix: tuple[int, ...]) -> Cache:
        cache = self.empty_cache()
        if prefix:
            tokens = np.array([prefix], np.int64)
            self.run(tokens, np.ones_like(tokens), cache, len(prefix) - 1)
        return cache

    def empty_cache(self) -> Cache:
        """A cache of one row that has read nothing."""
        values = {
            name: self._place.put(np.zeros((1, past.shape[1], 0, past.shape[3]), _TYPES[past.type]))
            for name, past in self._past.items()
        }
        return self.cache_type(values, np.zeros((1, 0), np.int64), np.zeros(1, np.int64))

    def spread(self, cache: Cache, rows: int) -> Cache:
        """A cache of ``rows`` rows that all have read what the one row of ``cache`` has."""
        values = cache.values
        if rows > 1:
            place = self._place
            values = {name: place.put(np.repeat(place.get(value), rows, axis=0)) for name, value in values.items()}
        return self.cache_type(values, np.repeat(cache.live, rows, axis=0), np.repeat(cache.length, rows))

    def run(self, tokens: Ids, live: Ids, cache: Cache, wanted: int = 0) -> Choices:
        """Reads ``tokens`` after what ``cache`` holds, and adds them to it.

        Args:
            tokens: [rows, width], each row's tokens first, then padding.
            live: [rows, width], 1 for tokens, 0 for padding.
            wanted: what comes next is asked for from this place on.

        Returns:
            What comes next at each place; at those of padding it means nothing.
        """
        read = np.concatenate([cache.live, live], axis=1)
        given = {
            "input_ids": tokens,
            "attention_mask": self._mask(cache, read),
            "position_ids": cache.length[:, None] + np.maximum(live.cumsum(axis=1) - 1, 0),
        }
        first = wanted if self._can_leave_out else 0
        if first:
            given[_LOGITS_FROM] = np.array([first])
        logits, *present = self._place.run(self._session, given, cache.values, ["logits", *self._presents])
        cache.values = dict(zip(self._past, present, strict=True))
        cache.live = read
        cache.length = cache.length + live.sum(axis=1)
        return self._chooser.choices(logits, first)

    def _mask(self, cache: Cache, read: Ids) -> Ids:
        """The attention mask of a pass after which so much is ``read``."""
        return read

    def keep(self, cache: Cache, rows: Sequence[int]) -> None:
        """Drops the rows that are finished, and every column that no row left looks at."""
        kept = np.array(rows)
        live = cache.live[kept]
        columns = np.flatnonzero(live.any(axis=0))
        cache.values = {
            name: self._place.put(self._place.get(value)[kept][:, :, columns]) for name, value in cache.values.items()
        }
        cache.live = live[:, columns]
        cache.length = cache.length[kept]

    def tidy(self, cache: Cache) -> None:
        """Drops rejected columns once they are the larger part: a cache never holds twice what counts for long."""
        columns = cache.live.shape[1]
        if columns > _WORTH_COMPACTING and 2 * int(cache.live.any(axis=0).sum()) < columns:
            self.keep(cache, range(len(cache.length)))


class FusedCache(Cache):
    """A cache of one row that is told by its length: what stands behind the last token that counts is overwritten."""

    def reject(self, row: int, columns: slice) -> None:
        """Takes the last tokens back; those of the middle cannot be."""
        self.live = self.live[:, : columns.start]
        self.length = np.array([columns.start])


class FusedGraph(CausalGraph):
    """A graph with onnxruntime's GroupQueryAttention, which counts the mask's ones and takes one row for longer passes.

    Its cache may be longer than the count, so a rejected draft costs no copy here, either.
    """

    cache_type = FusedCache
    largest_batch = 1

    def tidy(self, cache: Cache) -> None:
        """See Graph."""
        if (stored := _stored(cache)) > _WORTH_COMPACTING and 2 * cache.live.shape[1] < stored:
            self.keep(cache, [0])

    def _mask(self, cache: Cache, read: Ids) -> Ids:
        """As many ones as tokens count, then zeros: its width is what the cache stores and the pass adds."""
        behind = _stored(cache) - cache.live.shape[1]
        return np.pad(read, ((0, 0), (0, behind)))


def _stored(cache: Cache) -> int:
    """Columns of a cache, those that count no more included."""
    shape = next(iter(cache.values.values())).shape
    return int((shape() if callable(shape) else shape)[2])


def open_graph(
    path: Path,
    device: str = "cpu",
    threads: int | None = None,
    fused: bool = False,
    limits: CudaLimits | None = None,
) -> CausalGraph:
    """Opens an exported causal graph; ``fused`` where its attention is GroupQueryAttention.

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
        device: ``cpu`` or ``cuda``; nothing else is tried if it is not there.
        threads: of one pass; None leaves it to onnxruntime.
        limits: of the device's memory, on CUDA; None takes what there is.

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
    given = {}
    if limits is not None and device == "cuda":
        given = limits.provider_options
        for name, value in limits.session_entries.items():
            options.add_session_config_entry(name, value)
    if provider in ort.get_available_providers():
        session = ort.InferenceSession(str(path), options, providers=[(provider, given)])
        if session.get_providers()[0] == provider:  # onnxruntime falls back without a word
            return session
    raise PermanentError(
        "device_unavailable",
        f"onnxruntime cannot run on {device} here.",
        "Ask for the device 'cpu', or install onnxruntime-gpu and the CUDA libraries that it wants.",
    )
