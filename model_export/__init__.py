"""Any Hugging Face corrector to checked, quantized ONNX, at build time: ``python -m model_export MODEL OUTPUT``.

Read it in the order of an export: `source` finds the model (`hub` downloads it, `licence` asks), `original` notes
what PyTorch answers, `float32` writes the plain ONNX graphs (`direct` those for CPUs, `fused_attention` those with
GroupQueryAttention), `recipes` quantizes them (`dynamic`, `weight_only`, `embeddings`, `half`; `encoder_attention`
fuses first), `census` counts what was quantized, `gates` compares, `package` describes and publishes the folder.
`export` strings them together; nothing here is needed at run time.
"""
