"""What a model would write at each place: the likeliest token and its probability."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

from scanproof.correction.lm.tensors import Tensor

_GRAPHS = {"tensor(float)": "top_choice.onnx", "tensor(float16)": "top_choice_float16.onnx"}


class Choices(Protocol):
    """The outcome of one pass. Places ``[start, stop)`` of a row are its tokens; each says what comes next.

    Places before the pass's first wanted one may not be asked about.
    """

    def tokens(self, row: int, start: int, stop: int) -> list[int]:
        """The likeliest ones; of equally likely ones the first."""
        ...

    def probabilities(self, row: int, start: int, stop: int) -> list[float]:
        """Theirs."""
        ...


class HostLogits:
    """Choices from logits in main memory, worked out where they are asked for: most places of a prompt never are."""

    def __init__(self, logits: NDArray[np.floating], first: int = 0) -> None:
        """Takes [rows, width, vocabulary], of the places from ``first`` on."""
        self._logits = logits
        self._first = first

    def tokens(self, row: int, start: int, stop: int) -> list[int]:
        """See Choices."""
        found: list[int] = self._of(row, start, stop).argmax(axis=-1).tolist()
        return found

    def probabilities(self, row: int, start: int, stop: int) -> list[float]:
        """See Choices."""
        wide = self._of(row, start, stop).astype(np.float32, copy=False)
        found: list[float] = (1 / np.exp(wide - wide.max(axis=-1, keepdims=True)).sum(axis=-1)).tolist()
        return found

    def _of(self, row: int, start: int, stop: int) -> NDArray[np.floating]:
        return self._logits[row, start - self._first : stop - self._first]


class Chosen:
    """Choices that were made on the device: of each place two numbers came back, not a vocabulary."""

    def __init__(self, token: NDArray[np.int64], probability: NDArray[np.float32], first: int = 0) -> None:
        """Takes two arrays of [rows, width], of the places from ``first`` on."""
        self._token = token
        self._probability = probability
        self._first = first

    def tokens(self, row: int, start: int, stop: int) -> list[int]:
        """See Choices."""
        found: list[int] = self._token[row, start - self._first : stop - self._first].tolist()
        return found

    def probabilities(self, row: int, start: int, stop: int) -> list[float]:
        """See Choices."""
        found: list[float] = self._probability[row, start - self._first : stop - self._first].tolist()
        return found


class Chooser:
    """Takes a pass's logits where they are: in main memory as they stand, on a GPU through a small graph beside them.

    A vocabulary of 150,000 makes 29 MB of logits of 48 places, which would cost more to fetch and search than the pass.
    """

    def __init__(self, model: ort.InferenceSession, on_device: bool | None = None) -> None:
        """Takes the session whose ``logits`` it will see; ``on_device`` None is True for a GPU."""
        self._head: ort.InferenceSession | None = None
        self.device = device_of(model)
        if self.device != "cpu" if on_device is None else on_device:
            [kind] = [value.type for value in model.get_outputs() if value.name == "logits"]
            graph = Path(__file__).with_name(_GRAPHS[kind])
            self._head = ort.InferenceSession(str(graph), providers=model.get_providers()[:1])

    @property
    def place(self) -> str:
        """Where the logits are to be bound."""
        return "cpu" if self._head is None else self.device

    def choices(self, logits: Tensor, first: int = 0) -> Choices:
        """Of one pass, whose logits begin at place ``first``."""
        if self._head is None:
            return HostLogits(logits if isinstance(logits, np.ndarray) else logits.numpy(), first)
        binding = self._head.io_binding()
        binding.bind_ortvalue_input("logits", logits)
        binding.bind_output("token", "cpu")
        binding.bind_output("probability", "cpu")
        self._head.run_with_iobinding(binding)
        token, probability = binding.copy_outputs_to_cpu()
        return Chosen(token, probability, first)


def device_of(session: ort.InferenceSession) -> str:
    """``cpu`` or ``cuda``."""
    return "cuda" if session.get_providers()[0] == "CUDAExecutionProvider" else "cpu"
