"""Measures the inputs of a causal graph's matrix products, over text that the model writes itself.

No data has to be at hand, and the text is in the languages and of the kinds that the model knows (self-calibration:
Williams et al., 2025).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from onnx.external_data_helper import load_external_data_for_model

from model_export import graphs
from model_export.inference import open_session

_TEXTS, _LENGTH = 40, 256  # tokens of a text, of which the first one is random
_SEED = 0
_LARGEST = 4.0  # size of a token's input, by the text's median: that of the first token can be a thousand times it

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def input_moments(model: onnx.ModelProto, scratch: Path) -> dict[str, Floats]:
    """Returns the mean outer product, [width, width], of the input of each MatMul by a constant, by the input's name.

    Args:
        model: a graph of `llama_graph`.
        scratch: an existing folder, for a copy of the graph.
    """
    known = graphs.initializers(model)
    products = [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in known]
    names = list(dict.fromkeys(node.input[0] for node in products))
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        reader = _Reader(_written(model, names, Path(folder)))
        sums: dict[str, Floats] = {}
        for text in reader.texts():
            for name, values in zip(names, reader.read(text, names), strict=True):
                product = _outer_products(values[0])
                sums[name] = sums[name] + product if name in sums else product
    return {name: total / np.float32(_TEXTS * _LENGTH) for name, total in sums.items()}


def _written(model: onnx.ModelProto, names: Sequence[str], folder: Path) -> Path:
    """Writes a copy of the graph that returns these values as well."""
    own = len(model.graph.output)
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    [file, *_] = graphs.save({"model.onnx": model}, folder)
    load_external_data_for_model(model, str(folder))
    del model.graph.output[own:]
    return folder / file


def _outer_products(values: Floats) -> Floats:
    """Returns the sum of the outer products of rows, [tokens, width]."""
    sizes = np.sqrt(np.square(values).mean(axis=1, keepdims=True))
    limited = values * np.minimum(1, _LARGEST * np.median(sizes) / np.maximum(sizes, np.float32(1e-9)))
    products: Floats = (limited.T @ limited).astype(np.float32)
    return products


class _Reader:
    """Runs a causal graph over texts of one length."""

    def __init__(self, path: Path) -> None:
        self._session = open_session(path, prepack=False)
        self._past = [value for value in self._session.get_inputs() if value.name.startswith("past_key_values.")]
        self._present = [value.name.replace("past_key_values.", "present.", 1) for value in self._past]

    def texts(self) -> list[Ids]:
        """Draws texts, [1, length] each, token by token by the probabilities that the model gives."""
        random = np.random.default_rng(_SEED)
        vocabulary = next(value.shape[-1] for value in self._session.get_outputs() if value.name == "logits")
        tokens: Ids = random.integers(0, vocabulary, (_TEXTS, 1))
        written, cache = [tokens], self._empty_cache(_TEXTS)
        for place in range(_LENGTH - 1):
            logits, *cache = self._run(tokens, place, cache, ["logits", *self._present])
            tokens = (logits[:, -1] + random.gumbel(size=logits[:, -1].shape)).argmax(axis=1)[:, None]
            written.append(tokens)
        return np.split(np.concatenate(written, axis=1), _TEXTS)

    def read(self, text: Ids, names: Sequence[str]) -> list[Floats]:
        """Returns these values of the graph, [1, length, width] each."""
        return self._run(text, 0, self._empty_cache(len(text)), names)

    def _run(self, tokens: Ids, place: int, cache: Sequence[Floats], names: Sequence[str]) -> list[Floats]:
        rows, length = tokens.shape
        inputs = {
            "input_ids": tokens,
            "attention_mask": np.ones((rows, place + length), np.int64),
            "position_ids": np.tile(np.arange(place, place + length), (rows, 1)),
            "logits_from": np.array([length - 1]),
            **{value.name: part for value, part in zip(self._past, cache, strict=True)},
        }
        values: list[Floats] = self._session.run(list(names), inputs)
        return values

    def _empty_cache(self, rows: int) -> list[Floats]:
        return [np.zeros((rows, value.shape[1], 0, value.shape[3]), np.float32) for value in self._past]
