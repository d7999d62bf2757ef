"""Storage of cache tensors, in main memory or on a device, and passes over them.

On the CPU they are numpy arrays, which onnxruntime exchanges fastest: binding the fifty cache tensors of a small model
as OrtValues takes a third of a pass. On a GPU they stay in its memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

Tensor = Any  # a numpy array in main memory, an OrtValue on a device
Array = NDArray[Any]


class TensorMemory(Protocol):
    """Holds cache tensors and runs a session on them."""

    def put(self, values: Array) -> Tensor:
        """Copies an array into this memory."""
        ...

    def get(self, tensor: Tensor) -> Array:
        """Copies a tensor into main memory."""
        ...

    def run(
        self,
        session: ort.InferenceSession,
        inputs: Mapping[str, Array],
        past: Mapping[str, Tensor],
        outputs: Sequence[str],
    ) -> list[Tensor]:
        """Runs one pass.

        Args:
            inputs: arrays in main memory, by input name.
            past: cache tensors in this memory, by input name.
            outputs: names of the outputs to return, logits first.
        """
        ...


class HostMemory:
    """Main memory."""

    def put(self, values: Array) -> Tensor:
        """See `TensorMemory`."""
        return values

    def get(self, tensor: Tensor) -> Array:
        """See `TensorMemory`."""
        array: Array = tensor
        return array

    def run(
        self,
        session: ort.InferenceSession,
        inputs: Mapping[str, Array],
        past: Mapping[str, Tensor],
        outputs: Sequence[str],
    ) -> list[Tensor]:
        """See `TensorMemory`."""
        results: list[Tensor] = session.run(outputs, {**inputs, **past})
        return results


class DeviceMemory:
    """The memory of a device."""

    def __init__(self, device: str, logits_device: str) -> None:
        """Takes the device of the cache, and the device that receives the logits."""
        self._device = device
        self._logits_device = logits_device

    def put(self, values: Array) -> Tensor:
        """See `TensorMemory`."""
        return ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values), self._device, 0)

    def get(self, tensor: Tensor) -> Array:
        """See `TensorMemory`."""
        array: Array = tensor.numpy()
        return array

    def run(
        self,
        session: ort.InferenceSession,
        inputs: Mapping[str, Array],
        past: Mapping[str, Tensor],
        outputs: Sequence[str],
    ) -> list[Tensor]:
        """See `TensorMemory`."""
        binding = session.io_binding()
        for name, values in inputs.items():
            binding.bind_cpu_input(name, np.ascontiguousarray(values))
        for name, tensor in past.items():
            binding.bind_ortvalue_input(name, tensor)
        for index, name in enumerate(outputs):
            binding.bind_output(name, self._device if index else self._logits_device)
        session.run_with_iobinding(binding)
        results: list[Tensor] = binding.get_outputs()
        return results
