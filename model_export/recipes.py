"""Which steps make which device's artefact. A recipe is tried only if the one before it failed its gates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import onnx

from model_export import dynamic, embeddings, half, weight_only
from model_export.encoder_attention import fuse_encoder_attention
from model_export.space import DYNAMIC_QUANTIZER_MEMORY, EXPORT_MEMORY
from scanproof.correction.models.manifest import Device, Precision


@dataclass(frozen=True)
class Recipe:
    """One way to make an artefact. `apply(graph, scratch folder)` consumes the graph and returns the finished one.

    `batch_invariant`: see `scanproof.correction.models.manifest.Quantization`. `memory`: peak, as a multiple of the
    float32 weights.
    """

    name: str
    apply: Callable[[onnx.ModelProto, Path], onnx.ModelProto]
    batch_invariant: bool = True
    half_activations: bool = False
    memory: int = EXPORT_MEMORY


def _dynamic(model: onnx.ModelProto, scratch: Path) -> onnx.ModelProto:
    ties = embeddings.tied_output_weights(model)
    quantized = dynamic.quantize_dynamic_int8(fuse_encoder_attention(model), scratch)
    embeddings.quantize_tables(quantized, ties)
    return quantized


def _weights(bits: int, for_cpu: bool) -> Callable[[onnx.ModelProto, Path], onnx.ModelProto]:
    def apply(model: onnx.ModelProto, _scratch: Path) -> onnx.ModelProto:
        ties = embeddings.tied_output_weights(model)
        quantized = weight_only.quantize_weights(model, bits, ties, for_cpu)
        return quantized if for_cpu else half.to_half(quantized)

    return apply


def _plain(model: onnx.ModelProto, _scratch: Path) -> onnx.ModelProto:
    embeddings.share_tied_weights(model)
    return model


def _half(model: onnx.ModelProto, _scratch: Path) -> onnx.ModelProto:
    embeddings.share_tied_weights(model)
    return half.to_half(model)


def _stored_in_half(model: onnx.ModelProto, _scratch: Path) -> onnx.ModelProto:
    embeddings.share_tied_weights(model)
    return half.store_in_half(model)


_RECIPES: dict[tuple[Device, Precision], tuple[Recipe, ...]] = {
    # Dynamic int8 is the fastest on a CPU, but scales a layer's whole input at once; where single activations are far
    # out of line (large language models) the gate refuses it, and block-wise int8 follows.
    ("cpu", "int8"): (
        Recipe("dynamic-int8-per-channel", _dynamic, batch_invariant=False, memory=DYNAMIC_QUANTIZER_MEMORY),
        Recipe("weight-only-int8-block32", _weights(8, for_cpu=True)),
    ),
    ("cpu", "int4"): (Recipe("weight-only-int4-block32", _weights(4, for_cpu=True)),),
    ("cpu", "fp16"): (Recipe("float32-stored-in-float16", _stored_in_half),),
    ("cpu", "fp32"): (Recipe("float32", _plain),),
    ("cuda", "int8"): (Recipe("weight-only-int8-block32-fp16", _weights(8, for_cpu=False), half_activations=True),),
    ("cuda", "int4"): (Recipe("weight-only-int4-block32-fp16", _weights(4, for_cpu=False), half_activations=True),),
    ("cuda", "fp16"): (Recipe("float16", _half, half_activations=True),),
    ("cuda", "fp32"): (Recipe("float32", _plain),),
}


def recipes_for(device: Device, precision: Precision) -> tuple[Recipe, ...]:
    """The recipes in the order to try them."""
    return _RECIPES[device, precision]
