"""Top-1 predictions of a pass: the most likely next token at each position, and its probability."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

from scanproof.correction.lm.tensors import Tensor

_HEADS = {"tensor(float)": "top_choice.onnx", "tensor(float16)": "top_choice_float16.onnx"}


class Predictions(Protocol):
    """Next-token predictions of one pass; position ``i`` of a row predicts the token after the row's token ``i``.

    Positions before the pass's ``logits_from`` must not be requested.
    """

    def tokens(self, row: int, start: int, stop: int) -> list[int]:
        """Returns the most likely tokens at ``[start, stop)``; the lowest id wins a tie."""
        ...

    def probabilities(self, row: int, start: int, stop: int) -> list[float]:
        """Returns the probabilities of those tokens."""
        ...


class HostPredictions:
    """Predictions from logits in main memory, computed on request: most positions of a prompt are never requested."""

    def __init__(self, logits: NDArray[np.floating], first: int = 0) -> None:
        """Takes logits [rows, width, vocabulary] of the positions from ``first`` on."""
        self._logits = logits
        self._first = first

    def tokens(self, row: int, start: int, stop: int) -> list[int]:
        """See `Predictions`."""
        tokens: list[int] = self._slice(row, start, stop).argmax(axis=-1).tolist()
        return tokens

    def probabilities(self, row: int, start: int, stop: int) -> list[float]:
        """See `Predictions`."""
        logits = self._slice(row, start, stop).astype(np.float32, copy=False)
        normalised = np.exp(logits - logits.max(axis=-1, keepdims=True))
        probabilities: list[float] = (1 / normalised.sum(axis=-1)).tolist()
        return probabilities

    def _slice(self, row: int, start: int, stop: int) -> NDArray[np.floating]:
        return self._logits[row, start - self._first : stop - self._first]


class DevicePredictions:
    """Predictions computed on the device, which returns two numbers per position instead of the vocabulary."""

    def __init__(self, tokens: NDArray[np.int64], probabilities: NDArray[np.float32], first: int = 0) -> None:
        """Takes two arrays [rows, width] of the positions from ``first`` on."""
        self._tokens = tokens
        self._probabilities = probabilities
        self._first = first

    def tokens(self, row: int, start: int, stop: int) -> list[int]:
        """See `Predictions`."""
        tokens: list[int] = self._tokens[row, start - self._first : stop - self._first].tolist()
        return tokens

    def probabilities(self, row: int, start: int, stop: int) -> list[float]:
        """See `Predictions`."""
        probabilities: list[float] = self._probabilities[row, start - self._first : stop - self._first].tolist()
        return probabilities


class PredictionHead:
    """Turns a pass's logits into predictions: directly in main memory, on a GPU with a small ONNX graph.

    A vocabulary of 150,000 makes 29 MB of logits for 48 positions; copying and searching them would cost more than the
    pass itself.
    """

    def __init__(self, model: ort.InferenceSession, on_device: bool | None = None) -> None:
        """Takes the session that computes the logits; ``on_device`` None means True on a GPU."""
        self._session: ort.InferenceSession | None = None
        self.device = device_of(model)
        if self.device != "cpu" if on_device is None else on_device:
            [dtype] = [value.type for value in model.get_outputs() if value.name == "logits"]
            graph = Path(__file__).with_name(_HEADS[dtype])
            self._session = ort.InferenceSession(str(graph), providers=model.get_providers()[:1])

    @property
    def logits_device(self) -> str:
        """The device to which the model binds its logits."""
        return "cpu" if self._session is None else self.device

    def predict(self, logits: Tensor, first: int = 0) -> Predictions:
        """Returns the predictions of one pass whose logits begin at position ``first``."""
        if self._session is None:
            return HostPredictions(logits if isinstance(logits, np.ndarray) else logits.numpy(), first)
        binding = self._session.io_binding()
        binding.bind_ortvalue_input("logits", logits)
        binding.bind_output("token", "cpu")
        binding.bind_output("probability", "cpu")
        self._session.run_with_iobinding(binding)
        tokens, probabilities = binding.copy_outputs_to_cpu()
        return DevicePredictions(tokens, probabilities, first)


def device_of(session: ort.InferenceSession) -> str:
    """Returns ``cpu`` or ``cuda``."""
    return "cuda" if session.get_providers()[0] == "CUDAExecutionProvider" else "cpu"
