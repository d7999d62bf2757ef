"""Exports a Hugging Face corrector to checked, quantized ONNX at build time: ``python -m model_export MODEL OUTPUT``.

In the order of an export: `source` finds the model (`hub` downloads it, `licence` obtains consent), `resources` checks
memory and disk, `reference_model` records PyTorch's predictions, `float32` writes plain ONNX graphs (`llama_graph`
those for CPUs, `fused_attention` those with GroupQueryAttention), `recipes` quantizes them (`dynamic_int8`,
`weight_only`, `embeddings`, `float16`; `encoder_attention` fuses attention first), `quantization_report` counts the
quantized weights, `quality_gates` compares with the reference, `package` describes and publishes the folder. `export`
runs all steps. Nothing here is needed at run time.
"""

import os

# Before onnxruntime is imported, which would write a device id and contact its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
