"""Converts the benchmark's model to llama.cpp's file format in float32."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_BLOCK = {
    "input_layernorm.weight": "attn_norm.weight",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write_gguf(hub: Path, path: Path) -> None:
    """Converts a Qwen2 in Hub layout; needs the packages gguf and safetensors."""
    import gguf
    from safetensors.numpy import load_file

    config = json.loads((hub / "config.json").read_text("utf-8"))
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    _add_tokenizer(writer, json.loads((hub / "tokenizer.json").read_text("utf-8")), config)
    for name, weight in load_file(hub / "model.safetensors").items():
        writer.add_tensor(_renamed(name), weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokenizer(
    writer: Any,  # noqa: ANN401 - gguf is untyped
    tokenizer: dict[str, Any],
    config: dict[str, Any],
) -> None:
    """Adds the byte-level BPE tokenizer. Prompts are tokens, but llama.cpp requires a tokenizer."""
    special = {token["id"] for token in tokenizer["added_tokens"]}
    tokens = sorted(tokenizer["model"]["vocab"].items(), key=lambda item: item[1])
    listed = [token for token, _ in tokens] + [f"[none {index}]" for index in range(len(tokens), config["vocab_size"])]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(listed)  # one per row of the embedding table
    writer.add_token_types([3 if index in special else 1 for index in range(len(listed))])  # 3: control, 1: normal
    merges = tokenizer["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)


def _renamed(name: str) -> str:
    outside_blocks = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
    if name in outside_blocks:
        return outside_blocks[name]
    _, _, layer, rest = name.split(".", 3)
    for hub_name, gguf_name in _BLOCK.items():
        if rest.startswith(hub_name):
            return f"blk.{layer}.{gguf_name}{rest[len(hub_name) :]}"
    raise ValueError(f"no such tensor in a Qwen2: {name}")
