"""Fuses an encoder's attention into one operator (com.microsoft.Attention), so that it is quantized as one.

Query, key and value become one product whose input is scaled once, and a dozen small nodes are removed, which saves a
tenth of the time on a CPU. onnxruntime fuses float32 graphs when it opens them, but not quantized ones.
"""

from __future__ import annotations

import onnx
from onnx import helper

from model_export import graphs

_ENCODER_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}  # of BERT and similar models


def fuse_encoder_attention(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns the graph with fused attention, or unchanged if it is not such an encoder.

    The mask is used as given, so padding may be on either side.
    """
    from onnxruntime.transformers import optimizer  # type: ignore[import-untyped]
    from onnxruntime.transformers.fusion_options import AttentionMaskFormat, FusionOptions  # type: ignore[import-untyped]

    if {value.name for value in model.graph.input} != _ENCODER_INPUTS:
        return model
    options = FusionOptions("bert")
    options.attention_mask_format = AttentionMaskFormat.AttentionMask
    # Fusing additions with their normalisation is slower, and the quantized product adds the bias itself.
    options.enable_skip_layer_norm = options.enable_bias_skip_layer_norm = options.enable_embed_layer_norm = False
    options.enable_bias_gelu = False
    fused: onnx.ModelProto = optimizer.optimize_by_fusion(model, "bert", 0, 0, options).model
    if not any(opset.domain == graphs.ONNXRUNTIME for opset in fused.opset_import):
        fused.opset_import.append(helper.make_opsetid(graphs.ONNXRUNTIME, 1))
    return fused
