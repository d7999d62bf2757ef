"""Exports a causal model with onnxruntime's fused attention (GroupQueryAttention) through transformers' attention hook.

One operator per layer replaces some forty, supports grouped queries directly, and can append to the cache in place. It
counts the attention mask's ones, so the cache is shortened to reject a token.
"""

# ruff: noqa: ANN401 (the tracer's graph and the models' arguments are untyped)

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, DynamicCache
from transformers.masking_utils import AttentionMaskInterface

from model_export import graphs
from model_export.reference_model import load_model
from scanproof.errors import PermanentError

_NAME = "onnx_group_query"
_OPSET = 18


class _GroupQueryAttention(torch.autograd.Function):
    """Traced as com.microsoft.GroupQueryAttention; in PyTorch it only computes outputs of the right shapes."""

    @staticmethod
    def forward(*inputs: Any) -> tuple[Tensor, Tensor, Tensor]:
        _, query, key, value, past_key, past_value, _, _, _, kv_heads, _ = inputs
        batch, length, _ = query.shape
        present = (
            torch.cat([past, new.reshape(batch, length, kv_heads, -1).transpose(1, 2)], dim=2)
            for past, new in ((past_key, key), (past_value, value))
        )
        return (query.clone(), *present)

    @staticmethod
    def symbolic(graph: Any, *inputs: Any) -> Any:
        *tensors, heads, kv_heads, scale = inputs
        outputs = graph.op(
            f"{graphs.ONNXRUNTIME}::GroupQueryAttention",
            *tensors,
            num_heads_i=heads,
            kv_num_heads_i=kv_heads,
            scale_f=scale,
            outputs=3,
        )
        for output, like in zip(outputs, (tensors[0], tensors[3], tensors[4]), strict=True):
            output.setType(like.type().with_sizes([None] * len(like.type().sizes() or [0, 0, 0, 0])))
        return outputs


class _Cache(DynamicCache):
    """Passes each layer its past unchanged: the operator appends to it."""

    def __init__(self, past: tuple[Tensor, ...], last: Tensor, total: Tensor) -> None:
        super().__init__()
        self.past, self.last, self.total = past, last, total
        self.present: dict[int, tuple[Tensor, Tensor]] = {}

    def update(self, key: Tensor, value: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        return key, value

    def get_seq_length(self, *_: Any, **__: Any) -> int:
        return 0  # positions are an input; nothing may be derived from the cache's length


class _Traced(torch.nn.Module):
    """The model with optimum's inputs and outputs: input_ids, attention_mask, position_ids and the cache."""

    current: _Cache

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor, positions: Tensor, *past: Tensor) -> tuple[Tensor, ...]:
        last = (mask.sum(1) - 1).to(torch.int32)
        total = torch.ops.aten._shape_as_tensor(mask)[1].to(torch.int32)
        cache = _Traced.current = _Cache(past, last, total)
        logits = self.model(
            input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True
        ).logits
        return (logits, *(tensor for layer in sorted(cache.present) for tensor in cache.present[layer]))


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, _mask: Any, scaling: float | None = None, **options: Any
) -> tuple[Tensor, None]:
    """The hook: takes [batch, heads, length, size], returns [batch, length, heads, size]."""
    if options.get("sliding_window") or options.get("softcap"):
        raise NotImplementedError("windowed or capped attention")
    batch, _, length, _ = query.shape
    _, kv_heads, size = _cache_shape(module.config)  # as numbers: the tracer turns a tensor's shape into tensors
    heads = module.config.num_attention_heads
    cache, layer = _Traced.current, module.layer_idx
    joined = [part.transpose(1, 2).reshape(batch, length, -1) for part in (query, key, value)]
    past = cache.past[2 * layer : 2 * layer + 2]
    scale = scaling if scaling is not None else size**-0.5
    output, *present = _GroupQueryAttention.apply(  # type: ignore[no-untyped-call]
        *joined, *past, cache.last, cache.total, heads, kv_heads, scale
    )
    cache.present[layer] = (present[0], present[1])
    return output.reshape(batch, length, heads, size), None


def export_fused(model_folder: Path, path: Path, trust_remote_code: bool = False) -> None:
    """Writes the causal model in `model_folder` to `path` with fused attention, otherwise like optimum.

    Raises:
        PermanentError: ``fused_attention_unsupported``, if the architecture does not support transformers' hook.
    """
    AttentionInterface.register(_NAME, _attention)
    AttentionMaskInterface.register(_NAME, lambda *_, **__: None)
    model: Any = load_model(model_folder, "text-generation", trust_remote_code)
    layers, heads, size = _cache_shape(model.config)
    try:
        model.set_attn_implementation(_NAME)
        past = tuple(torch.zeros(1, heads, 2, size) for _ in range(2 * layers))
        inputs = (torch.ones(1, 3, dtype=torch.long), torch.ones(1, 5, dtype=torch.long), torch.tensor([[2, 3, 4]]))
        names = [f"{layer}.{part}" for layer in range(layers) for part in ("key", "value")]
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _Traced(model).eval(), (*inputs, *past), str(path), dynamo=False, opset_version=_OPSET,
                input_names=["input_ids", "attention_mask", "position_ids", *(f"past_key_values.{n}" for n in names)],
                output_names=["logits", *(f"present.{name}" for name in names)],
                dynamic_axes=_axes(names), custom_opsets={graphs.ONNXRUNTIME: 1},
            )  # fmt: skip
    except (NotImplementedError, KeyError, ValueError, AttributeError, TypeError) as error:
        message = f"{model_folder.name} cannot be exported with fused attention: {error}"
        raise PermanentError("fused_attention_unsupported", message, "Use --attention plain.") from error


def _cache_shape(config: Any) -> tuple[int, int, int]:
    heads = config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    return config.num_hidden_layers, getattr(config, "num_key_value_heads", None) or heads, size


def _axes(names: list[str]) -> dict[str, dict[int, str]]:
    tokens = {0: "batch_size", 1: "sequence_length"}
    total = "past_sequence_length + sequence_length"
    return {
        "input_ids": tokens,
        "position_ids": tokens,
        "logits": tokens,
        "attention_mask": {0: "batch_size", 1: total},
        **{f"past_key_values.{name}": {0: "batch_size", 2: "past_sequence_length"} for name in names},
        **{f"present.{name}": {0: "batch_size", 2: total} for name in names},
    }
