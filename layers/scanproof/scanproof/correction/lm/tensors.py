"""Where the tensors of a cache live, and how a graph is run on them there.

On the CPU they are numpy arrays, because that is what onnxruntime hands over quickest: with the fifty tensors of a
small model's cache, binding them as onnxruntime's own values takes a third of a pass. On a GPU they stay there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

Tensor = Any  # a numpy array or an OrtValue, as the place has it
Array = NDArray[Any]


class Place(Protocol):
    """Main memory or a device's."""

    def put(self, values: Array) -> Tensor:
        """Takes an array there."""
        ...

    def get(self, tensor: Tensor) -> Array:
        """Fetches a tensor."""
        ...

    def run(
        self,
        session: ort.InferenceSession,
        given: Mapping[str, Array],
        past: Mapping[str, Tensor],
        names: Sequence[str],
    ) -> list[Tensor]:
        """One pass: inputs in main memory, a cache that lies here; the outputs by ``names``, logits first."""
        ...


class Host:
    """Main memory."""

    def put(self, values: Array) -> Tensor:
        """See Place."""
        return values

    def get(self, tensor: Tensor) -> Array:
        """See Place."""
        array: Array = tensor
        return array

    def run(
        self,
        session: ort.InferenceSession,
        given: Mapping[str, Array],
        past: Mapping[str, Tensor],
        names: Sequence[str],
    ) -> list[Tensor]:
        """See Place."""
        outputs: list[Tensor] = session.run(names, {**given, **past})
        return outputs


class Device:
    """A device's memory; logits go to ``logits``, which may be another place."""

    def __init__(self, device: str, logits: str) -> None:
        self._device = device
        self._logits = logits

    def put(self, values: Array) -> Tensor:
        """See Place."""
        return ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values), self._device, 0)

    def get(self, tensor: Tensor) -> Array:
        """See Place."""
        array: Array = tensor.numpy()
        return array

    def run(
        self,
        session: ort.InferenceSession,
        given: Mapping[str, Array],
        past: Mapping[str, Tensor],
        names: Sequence[str],
    ) -> list[Tensor]:
        """See Place."""
        binding = session.io_binding()
        for name, values in given.items():
            binding.bind_cpu_input(name, np.ascontiguousarray(values))
        for name, tensor in past.items():
            binding.bind_ortvalue_input(name, tensor)
        for index, name in enumerate(names):
            binding.bind_output(name, self._device if index else self._logits)
        session.run_with_iobinding(binding)
        outputs: list[Tensor] = binding.get_outputs()
        return outputs
