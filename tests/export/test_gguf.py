"""A GGUF file is converted exactly, or refused with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

import gguf
import numpy as np
import torch
import transformers

from model_export import cli, gguf_model
from scanproof.correction.models.folder import open_model
from scanproof.errors import PermanentError

TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *"abcdefghijklmnopqrstuvwxyz0123456789", "Ġ", "th", "the"]
MERGES = ["t h", "th e"]
WIDTH, INNER, HEADS, KEY_HEADS, LAYERS = 64, 96, 4, 2, 2


def small_llama() -> Any:
    torch.manual_seed(5)
    config = transformers.LlamaConfig(
        vocab_size=len(TOKENS), hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KEY_HEADS, max_position_embeddings=128, rope_theta=5000.0,
        tie_word_embeddings=True,
    )  # fmt: skip
    return transformers.LlamaForCausalLM(config).eval()


def permuted(weight: Any, heads: int) -> Any:
    """llama.cpp's order of query and key rows (its convert_hf_to_gguf.py)."""
    return weight.reshape(heads, 2, len(weight) // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def write(path: Path, model: Any, pre: str = "smollm", tokenizer: bool = True, **fields: Any) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(5000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(TOKENS))
    writer.add_string("general.license", "apache-2.0")
    for name, value in fields.items():
        writer.add_string(name.replace("__", "."), value)
    if tokenizer:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(pre)
        writer.add_token_list(TOKENS)
        writer.add_token_types([3] * 3 + [1] * (len(TOKENS) - 3))
        writer.add_token_merges(MERGES)
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, LAYERS)
    for name, weight in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        values = weight.numpy()
        if "q_proj" in name or "k_proj" in name:
            values = permuted(values, HEADS if "q_proj" in name else KEY_HEADS)
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module")
def model() -> Any:
    return small_llama()


@pytest.fixture
def file(model: Any, tmp_path: Path) -> Path:
    return write(tmp_path / "small.gguf", model)


def test_converted_model_predicts_the_same(model: Any, file: Path, tmp_path: Path) -> None:
    gguf_model.convert_gguf(file, tmp_path)
    converted: Any = transformers.AutoModelForCausalLM.from_pretrained(tmp_path)
    ids = torch.arange(3, 40)[None]
    assert torch.allclose(model(ids).logits, converted(ids).logits, atol=1e-5)
    assert converted.config.rope_theta == 5000.0
    assert converted.generation_config.eos_token_id == 2


def test_tokenizer_splits_as_the_model(file: Path, tmp_path: Path) -> None:
    gguf_model.convert_gguf(file, tmp_path)
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer.tokenize("the 12<|im_end|>") == ["the", "Ġ", "1", "2", "<|im_end|>"]
    assert tokenizer.eos_token_id == 2


def test_gguf_file_is_exported(model: Any, tmp_path: Path, short_check: None) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    write(folder / "small.gguf", model)
    for source in (folder, folder / "small.gguf"):
        output = tmp_path / source.name.replace(".", "-")
        assert cli.main([str(source), str(output), "--precision", "fp32", "--quiet"]) == 0
        manifest = open_model(output / "cpu")
        assert (manifest.name, manifest.source) == ("small", "local:small.gguf")
        assert manifest.revision.startswith("sha256:")
        assert manifest.licence.name == "apache-2.0"


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9])
def test_truncated_file_is_refused(file: Path, tmp_path: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(PermanentError, match="not a complete GGUF file") as error:
        gguf_model.convert_gguf(file, tmp_path)
    assert error.value.code == "gguf_invalid"


@pytest.mark.parametrize(
    ("options", "code", "reason"),
    [
        ({"tokenizer": False}, "tokenizer_missing", "no tokenizer"),
        ({"pre": "chameleon"}, "gguf_unsupported", "chameleon"),
        ({"llama__rope__scaling__type": "yarn"}, "gguf_unsupported", "yarn"),
    ],
)
def test_inexact_conversion_is_refused(
    model: Any, tmp_path: Path, options: dict[str, Any], code: str, reason: str
) -> None:
    path = write(tmp_path / "small.gguf", model, **options)
    with pytest.raises(PermanentError, match=reason) as error:
        gguf_model.convert_gguf(path, tmp_path)
    assert error.value.code == code


def test_ambiguous_folder_is_refused(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    with pytest.raises(PermanentError, match=r"a\.gguf, b\.gguf"):
        gguf_model.find_gguf(tmp_path)


def test_new_config_keeps_rope_theta(small_model: Callable[[str], Path], tmp_path: Path) -> None:
    """transformers 5 saves ``rope_parameters``, which transformers 4 would ignore."""
    from model_export.reference_model import load_model
    from model_export.saved_config import translated

    old = small_model("qwen2")
    folder = tmp_path / "new"
    folder.mkdir()
    for path in old.iterdir():
        (folder / path.name).symlink_to(path.resolve())
    config = json.loads((old / "config.json").read_text())
    config |= {"rope_parameters": {"rope_type": "default", "rope_theta": 123456.0}}
    del config["rope_theta"]
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(json.dumps(config))
    settings = {"tokenizer_class": "TokenizersBackend", "extra_special_tokens": ["[BOS]"]}
    (folder / "tokenizer_config.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    found = translated(folder, tmp_path / "translated")
    loaded: Any = load_model(found, "text-generation")
    assert loaded.config.rope_theta == 123456.0
    assert transformers.AutoTokenizer.from_pretrained(found).additional_special_tokens == ["[BOS]"]
    assert translated(old, tmp_path / "unused") == old
