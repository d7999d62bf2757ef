"""Runs exported graphs with onnxruntime, one text at a time, for the quality gates and as a decoding reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scanproof.correction.models.manifest import Device, Role, Task

if TYPE_CHECKING:
    import onnxruntime as ort  # type: ignore[import-untyped]

PROVIDERS: dict[Device, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_TYPES = {"tensor(int64)": np.int64, "tensor(float)": np.float32, "tensor(float16)": np.float16}

Ids = NDArray[np.int64]
Floats = NDArray[Any]  # float32 or float16, as the graph has it


def open_session(
    path: Path, provider: str = PROVIDERS["cpu"], profile: Path | None = None, prepack: bool = True
) -> ort.InferenceSession:
    """Opens a deterministic session on `provider`; raises onnxruntime's own errors for a missing file or provider.

    Args:
        profile: the prefix of the profile's file name.
        prepack: whether to keep a second copy of the weights, in the order in which the processor reads them.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.use_deterministic_compute = True
    options.add_session_config_entry("session.disable_prepacking", str(int(not prepack)))
    if profile:
        options.enable_profiling, options.profile_file_prefix = True, str(profile)
    return onnxruntime.InferenceSession(str(path), options, providers=[provider])


class Graph:
    """One graph with its key-value cache."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self._inputs = {value.name: value for value in session.get_inputs() + session.get_overridable_initializers()}
        self._outputs = [value.name for value in session.get_outputs()]
        self.cache: dict[str, Floats] = {}
        self.restart()

    def restart(self) -> None:
        """Empties the cache."""
        self.cache = {
            name: np.zeros([1, *value.shape[1:2], 0, *value.shape[3:]], _TYPES[value.type])
            for name, value in self._inputs.items()
            if name.startswith("past_key_values.")
        }

    def __call__(self, ids: Sequence[int], **inputs: NDArray[np.generic]) -> dict[str, Floats]:
        """Runs tokens `ids` ([length]) after those in the cache; returns the outputs and updates the cache."""
        past = next((tensor.shape[2] for tensor in self.cache.values()), 0)
        tokens = np.asarray([ids], np.int64)
        feed: dict[str, NDArray[np.generic]] = {
            "input_ids": tokens,
            "attention_mask": np.ones((1, past + len(ids)), np.int64),
            "position_ids": np.arange(past, past + len(ids), dtype=np.int64)[None],
            "token_type_ids": np.zeros_like(tokens),
            **self.cache,
            **inputs,
        }
        feed = {name: value for name, value in feed.items() if name in self._inputs}
        outputs = dict(zip(self._outputs, self._session.run(None, feed), strict=True))
        for name, value in outputs.items():
            past_name = name.replace("present.", "past_key_values.", 1)
            if past_name in self._inputs:
                self.cache[past_name] = value
        return outputs


class TokenClassifier:
    """A token-classification model."""

    def __init__(self, folder: Path, files: Mapping[Role, str], provider: str = PROVIDERS["cpu"]) -> None:
        self._graph = Graph(open_session(folder / files["model"], provider))

    def logits(self, source: Sequence[int], target: Sequence[int] = ()) -> Floats:
        """Returns [length of source, labels]."""
        logits: Floats = self._graph(source)["logits"][0]
        return logits


class CausalModel:
    """A decoder-only language model."""

    def __init__(self, folder: Path, files: Mapping[Role, str], provider: str = PROVIDERS["cpu"]) -> None:
        self._graph = Graph(open_session(folder / files["model"], provider))

    def logits(self, source: Sequence[int], target: Sequence[int] = ()) -> Floats:
        """Returns teacher-forced logits [length of source and target together, vocabulary]."""
        self._graph.restart()
        logits: Floats = self._graph([*source, *target])["logits"][0]
        return logits

    def greedy(self, source: Sequence[int], end: frozenset[int], limit: int) -> list[int]:
        """Returns the greedy continuation without the end token."""
        self._graph.restart()
        return list(_greedy(lambda ids: self._graph(ids)["logits"][0, -1], list(source), end, limit))


class Seq2SeqModel:
    """A sequence-to-sequence model."""

    def __init__(self, folder: Path, files: Mapping[Role, str], provider: str = PROVIDERS["cpu"]) -> None:
        self._encoder = Graph(open_session(folder / files["encoder"], provider))
        self._decoder = Graph(open_session(folder / files["decoder"], provider))
        self._decoder_with_past = Graph(open_session(folder / files["decoder_with_past"], provider))

    def logits(self, source: Sequence[int], target: Sequence[int] = ()) -> Floats:
        """Returns teacher-forced logits [length of target, vocabulary]; `target` begins with the start token."""
        logits: Floats = self._start(source, target)[0]["logits"][0]
        return logits

    def greedy(self, source: Sequence[int], end: frozenset[int], limit: int, start: int = 0) -> list[int]:
        """Returns the greedy output without start and end token."""
        first, encoded = self._start(source, [start])
        self._decoder_with_past.cache = {
            name.replace("present.", "past_key_values.", 1): value for name, value in first.items() if name != "logits"
        }
        tokens = [int(first["logits"][0, -1].argmax())]
        if tokens[0] in end:
            return []
        rest = _greedy(lambda ids: self._decoder_with_past(ids, **encoded)["logits"][0, -1], tokens, end, limit - 1)
        return [*tokens, *rest]

    def _start(self, source: Sequence[int], target: Sequence[int]) -> tuple[dict[str, Floats], dict[str, Floats | Ids]]:
        hidden = self._encoder(source)["last_hidden_state"]
        encoded: dict[str, Floats | Ids] = {"encoder_attention_mask": np.ones((1, len(source)), np.int64)}
        return self._decoder(target, encoder_hidden_states=hidden, **encoded), encoded


def _greedy(step: Callable[[list[int]], Floats], tokens: list[int], end: frozenset[int], limit: int) -> Iterator[int]:
    for _ in range(limit):
        token = int(step(tokens).argmax())
        if token in end:
            return
        yield token
        tokens = [token]


class Runner(Protocol):
    """What the quality gates need of a model of any task."""

    def __init__(self, folder: Path, files: Mapping[Role, str], provider: str = PROVIDERS["cpu"]) -> None: ...

    def logits(self, source: Sequence[int], target: Sequence[int] = ()) -> Floats:
        """Returns teacher-forced logits, one row per predicted position."""
        ...


RUNNERS: dict[Task, type[Runner]] = {
    "token-classification": TokenClassifier,
    "text-generation": CausalModel,
    "text2text-generation": Seq2SeqModel,
}
