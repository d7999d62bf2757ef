"""Builds the graph of a Llama-like decoder from fused operators: a fifteenth of the nodes of a traced graph.

A pass of a small model over one token spends its time on the number of operators, not on arithmetic: rotary positions
alone are some thirty traced nodes in each layer. Inputs, outputs and mask are those of optimum's graph, and three more
inputs have defaults, so that a pass may leave them out:

- ``logits_from`` [1]: the first position whose logits are needed, so that the output layer can skip the prompt.
- ``logits_at`` [positions], default empty: the positions whose logits are needed, if they are not the last ones. They
  apply to every row and replace ``logits_from``.
- ``tree_mask`` [batch, 1, length, columns], bool, broadcast: the columns (cached ones included) that each position may
  attend to, besides the causal mask and ``attention_mask``. With it several continuations of one prefix are read in one
  pass (tree attention: Miao et al., SpecInfer, 2024).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from model_export import graphs
from model_export.reference_model import load_model

Array = npt.NDArray[Any]

_OPSET = 23  # the first opset with Attention, RotaryEmbedding and RMSNormalization
_IR_VERSION = 10
_MODEL_TYPES = ("llama", "mistral", "qwen2")
_MASKED = -1e9  # far below any score, but finite, so that rows of padding only do not become NaN
_DEFAULTS: dict[str, Array] = {
    "logits_from": np.zeros(1, np.int64),
    "logits_at": np.zeros(0, np.int64),
    "tree_mask": np.ones((1, 1, 1, 1), np.bool_),
}


def is_supported(config: dict[str, Any]) -> bool:
    """Returns whether this module supports every feature of the architecture in config.json."""
    scaling = config.get("rope_scaling") or {}
    return (
        config.get("model_type") in _MODEL_TYPES
        and config.get("hidden_act", "silu") == "silu"
        and scaling.get("rope_type", scaling.get("type", "default")) == "default"
        and (config.get("model_type") != "mistral" or not config.get("sliding_window"))
        and not config.get("use_sliding_window")
        and not config.get("mlp_bias")
    )


def write_llama_graph(model_folder: Path, path: Path, trust_remote_code: bool = False) -> None:
    """Writes the causal model in ``model_folder`` to ``path``; large weights go to a file beside it.

    Raises:
        PermanentError: ``weights_unreadable``.
    """
    model: Any = load_model(model_folder, "text-generation", trust_remote_code)
    weights = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    proto = _GraphBuilder(model.config, weights).model()
    external = graphs.weight_bytes(proto) > graphs.MAX_SINGLE_FILE
    onnx.save_model(proto, path, save_as_external_data=external, location=f"{path.name}.data")


class _GraphBuilder:
    """Collects nodes and weights. Methods return the name of their last node's output."""

    def __init__(self, config: Any, weights: dict[str, Array]) -> None:  # noqa: ANN401 - transformers' configurations are untyped
        self._config = config
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._heads: int = config.num_attention_heads
        self._key_heads: int = config.num_key_value_heads
        self._size: int = getattr(config, "head_dim", None) or config.hidden_size // self._heads

    def model(self) -> onnx.ModelProto:
        """Builds the graph."""
        table = self._constant("model.embed_tokens.weight", self._weights["model.embed_tokens.weight"])
        stream = self._node("Gather", [table, "input_ids"], "embedded")
        rotations, mask = self._rotations(), self._mask()
        for layer in range(self._config.num_hidden_layers):
            stream = self._layer(f"model.layers.{layer}", layer, stream, rotations, mask)
        needed = self._node("Gather", [stream, self._logits_positions()], "wanted", axis=1)
        self._linear("lm_head", self._normed("model.norm", needed), output="logits")
        initializers = [*self._constants.values(), *(graphs.tensor(value, name) for name, value in _DEFAULTS.items())]
        graph = helper.make_graph(self._nodes, "decoder", self._inputs(), self._outputs(), initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)

    def _logits_positions(self) -> str:
        """Returns ``logits_at`` if it is not empty, else the positions from ``logits_from`` on."""
        count = self._node("Size", ["logits_at"], "logits_at_count")
        is_empty = self._node("Equal", [count, "zero"], "logits_at_is_empty")
        first = self._node("Squeeze", ["logits_from"], "first_wanted")
        start = self._node("Where", [is_empty, first, "length"], "range_start")
        rest = self._node("Range", [start, "length", "one"], "last_positions")
        return self._node("Concat", ["logits_at", rest], "logits_positions", axis=0)

    def _layer(self, name: str, layer: int, stream: str, rotations: tuple[str, str], mask: str) -> str:
        attended = self._attention(name, layer, self._normed(f"{name}.input_layernorm", stream), rotations, mask)
        stream = self._node("Add", [stream, attended], f"{name}.attended")
        normed = self._normed(f"{name}.post_attention_layernorm", stream)
        gate, up = (self._linear(f"{name}.mlp.{part}", normed) for part in ("gate_proj", "up_proj"))
        activated = self._node("Mul", [gate, self._node("Sigmoid", [gate], f"{name}.mlp.open")], f"{name}.mlp.silu")
        gated = self._node("Mul", [activated, up], f"{name}.mlp.gated")
        return self._node("Add", [stream, self._linear(f"{name}.mlp.down_proj", gated)], f"{name}.output")

    def _attention(self, name: str, layer: int, normed: str, rotations: tuple[str, str], mask: str) -> str:
        name = f"{name}.self_attn"
        joined = self._joined_linear(name, ("q_proj", "k_proj", "v_proj"), normed)
        widths = [self._heads * self._size, *[self._key_heads * self._size] * 2]
        query, key, value = self._split(name, joined, widths)
        query = self._node("RotaryEmbedding", [query, *rotations], f"{name}.query", num_heads=self._heads)
        key = self._node("RotaryEmbedding", [key, *rotations], f"{name}.key", num_heads=self._key_heads)
        kinds = ("key", "value")
        attended = f"{name}.weighed"
        self._nodes.append(
            helper.make_node(
                "Attention",
                [query, key, value, mask, *(f"past_key_values.{layer}.{kind}" for kind in kinds)],
                [attended, *(f"present.{layer}.{kind}" for kind in kinds)],
                name=attended,
                q_num_heads=self._heads,
                kv_num_heads=self._key_heads,
            )
        )
        return self._linear(f"{name}.o_proj", attended)

    def _rotations(self) -> tuple[str, str]:
        """Returns cosines and sines of every position, [batch, length, half a head]."""
        exponents = np.arange(0, self._size, 2, dtype=np.float32) / self._size
        frequencies = (1.0 / self._config.rope_theta**exponents).astype(np.float32)[None, None]
        positions = self._node("Unsqueeze", ["position_ids", self._integers("last_axis", [2])], "places")
        floats = self._node("Cast", [positions], "float_places", to=TensorProto.FLOAT)
        angles = self._node("Mul", [floats, self._constant("frequencies", frequencies)], "angles")
        return self._node("Cos", [angles], "cosines"), self._node("Sin", [angles], "sines")

    def _mask(self) -> str:
        """Returns [batch, 1, length, columns]: 0 where a token attends to a column, `_MASKED` elsewhere."""
        zero, one = self._constant("zero", np.array(0, np.int64)), self._constant("one", np.array(1, np.int64))
        total = self._node("Squeeze", [self._node("Shape", ["attention_mask"], "total_shape", start=1, end=2)], "total")
        length = self._node("Squeeze", [self._node("Shape", ["input_ids"], "length_shape", start=1, end=2)], "length")
        past = self._node("Sub", [total, length], "past")
        columns = self._node("Range", [zero, total, one], "columns")
        own = self._node("Range", [past, total, one], "own_columns")
        own = self._node("Unsqueeze", [own, self._integers("token_axis", [1])], "own_column")
        earlier = self._node("LessOrEqual", [columns, own], "earlier")
        valid = self._node("Cast", ["attention_mask"], "live", to=TensorProto.BOOL)
        valid = self._node("Unsqueeze", [valid, self._integers("inner_axes", [1, 2])], "live_columns")
        attended = self._node("And", [self._node("And", [earlier, valid], "seen"), "tree_mask"], "seen_in_tree")
        values = [self._constant(name, np.array(value, np.float32)) for name, value in (("open", 0), ("shut", _MASKED))]
        return self._node("Where", [attended, *values], "mask")

    def _normed(self, name: str, stream: str) -> str:
        scale = self._constant(f"{name}.weight", self._weights[f"{name}.weight"])
        return self._node(
            "RMSNormalization", [stream, scale], f"{name}.output", axis=-1, epsilon=self._config.rms_norm_eps
        )

    def _linear(self, name: str, values: str, output: str | None = None) -> str:
        return self._matmul(name, values, self._weights[f"{name}.weight"], self._weights.get(f"{name}.bias"), output)

    def _joined_linear(self, name: str, parts: tuple[str, ...], values: str) -> str:
        """Joins layers that read the same values into one."""
        weight = np.concatenate([self._weights[f"{name}.{part}.weight"] for part in parts])
        biases = [self._weights.get(f"{name}.{part}.bias") for part in parts]
        bias = None if biases[0] is None else np.concatenate([part for part in biases if part is not None])
        return self._matmul(f"{name}.{'_'.join(parts)}", values, weight, bias)

    def _matmul(self, name: str, values: str, weight: Array, bias: Array | None, output: str | None = None) -> str:
        output = output or f"{name}.output"
        transposed = self._constant(f"{name}.weight", weight.T)
        if bias is None:
            return self._node("MatMul", [values, transposed], output)
        product = self._node("MatMul", [values, transposed], f"{name}.product")
        return self._node("Add", [product, self._constant(f"{name}.bias", bias)], output)

    def _split(self, name: str, values: str, widths: list[int]) -> list[str]:
        outputs = [f"{name}.part{index}" for index in range(len(widths))]
        sizes = self._integers(f"{name}.widths", widths)
        self._nodes.append(helper.make_node("Split", [values, sizes], outputs, name=f"{name}.split", axis=-1))
        return outputs

    def _node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401 - ONNX attributes
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def _integers(self, name: str, values: list[int]) -> str:
        return self._constant(name, np.array(values, np.int64))

    def _constant(self, name: str, values: Array) -> str:
        if name not in self._constants:
            self._constants[name] = graphs.tensor(values, name)
        return name

    def _cache(self, kind: str, columns: str) -> list[onnx.ValueInfoProto]:
        shape: list[str | int | None] = ["batch_size", self._key_heads, columns, self._size]
        layers = range(self._config.num_hidden_layers)
        names = [f"{kind}.{layer}.{part}" for layer in layers for part in ("key", "value")]
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in names]

    def _inputs(self) -> list[onnx.ValueInfoProto]:
        tokens, total = ["batch_size", "sequence_length"], "past_sequence_length + sequence_length"
        shapes = {"input_ids": tokens, "attention_mask": ["batch_size", total], "position_ids": tokens}
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name, shape in shapes.items()]
        optional = [
            helper.make_tensor_value_info("logits_from", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("logits_at", TensorProto.INT64, ["logits_count"]),
            helper.make_tensor_value_info(
                "tree_mask", TensorProto.BOOL, ["tree_rows", 1, "tree_length", "tree_columns"]
            ),
        ]
        return [*inputs, *self._cache("past_key_values", "past_sequence_length"), *optional]

    def _outputs(self) -> list[onnx.ValueInfoProto]:
        shape = ["batch_size", "wanted_length", self._config.vocab_size]
        logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape)
        return [logits, *self._cache("present", "past_sequence_length + sequence_length")]
