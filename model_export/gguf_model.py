"""Converts a GGUF file (llama.cpp's format) to a folder in Hub layout: weights dequantized to float32.

transformers reads configuration and weights, and undoes llama.cpp's permutation of query and key rows. The tokenizer is
built here: transformers takes every Llama-like model's for Llama 3's, which splits digits and words differently.
"""

from __future__ import annotations

import json
import logging
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from scanproof.errors import PermanentError

_ARCHITECTURES = ("llama", "qwen2")
_CONTROL, _USER_DEFINED = 3, 4  # token types in llama.h
_QWEN2_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3_WORDS = _QWEN2_WORDS.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
_BASE_INSTEAD = "Export the base model instead: give its Hub id or a folder in Hub layout."


def find_gguf(folder: Path) -> Path | None:
    """Returns the folder's GGUF file, None if it has none.

    Raises:
        PermanentError: ``gguf_ambiguous``, if there are several.
    """
    files = sorted(folder.glob("*.gguf"))
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        raise PermanentError("gguf_ambiguous", f"{folder} has several GGUF files: {names}.", "Give one of the files.")
    return files[0] if files else None


def convert_gguf(path: Path, folder: Path) -> None:
    """Writes config.json, generation_config.json, tokenizer and model.safetensors into ``folder``, which exists.

    Raises:
        PermanentError: ``gguf_invalid`` (truncated or not GGUF), ``gguf_unsupported`` (architecture, rope scaling or
            tokenizer that cannot be converted exactly), ``tokenizer_missing``.
    """
    fields, tensors = _metadata(path)
    _require_supported(path, fields, tensors)
    tokenizer = _tokenizer(path, fields)
    model = _model(path)
    end = fields.get("tokenizer.ggml.eos_token_id")
    model.config.bos_token_id = model.generation_config.bos_token_id = fields.get("tokenizer.ggml.bos_token_id")
    model.config.eos_token_id = model.generation_config.eos_token_id = end
    model.generation_config.pad_token_id = fields.get("tokenizer.ggml.padding_token_id")
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": model.config.max_position_embeddings}
    tokens = fields["tokenizer.ggml.tokens"]
    settings |= {"eos_token": tokens[end]} if end is not None else {}
    settings |= {"chat_template": fields["tokenizer.chat_template"]} if "tokenizer.chat_template" in fields else {}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), "utf-8")


def licence_of(path: Path) -> dict[str, Any]:
    """Returns the file's licence in the keys of a model card; empty if the file does not say.

    Raises:
        PermanentError: ``gguf_invalid``.
    """
    fields, _ = _metadata(path)
    card = {"license": fields.get("general.license"), "license_link": fields.get("general.license.link")}
    return {key: value for key, value in card.items() if value}


def _metadata(path: Path) -> tuple[dict[str, Any], frozenset[str]]:
    """Returns the file's fields and the names of its tensors."""
    from gguf import GGUFReader

    try:
        reader = GGUFReader(path)
        return {name: field.contents() for name, field in reader.fields.items()}, frozenset(
            tensor.name for tensor in reader.tensors
        )
    except (ValueError, IndexError, KeyError, OSError, UnicodeDecodeError) as error:
        raise PermanentError(
            "gguf_invalid",
            f"{path.name} is not a complete GGUF file: {error}.",
            "Fetch it again: the download was probably cut short.",
        ) from error


def _require_supported(path: Path, fields: dict[str, Any], tensors: frozenset[str]) -> None:
    architecture = str(fields.get("general.architecture"))
    scaling = fields.get(f"{architecture}.rope.scaling.type", "none")
    reasons = (
        (architecture not in _ARCHITECTURES, f"its architecture is {architecture}, not {' or '.join(_ARCHITECTURES)}"),
        (scaling != "none" or "rope_freqs.weight" in tensors, f"its rotary positions are scaled ({scaling})"),
        (int(fields.get("split.count", 1)) > 1, "it is one of several parts"),
    )
    for is_unsupported, reason in reasons:
        if is_unsupported:
            raise PermanentError("gguf_unsupported", f"{path.name} cannot be converted: {reason}.", _BASE_INSTEAD)


def _model(path: Path) -> Any:  # noqa: ANN401 - transformers' models are untyped
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, modeling_gguf_pytorch_utils

    logging.getLogger("transformers").setLevel(logging.ERROR)
    loader: Any = AutoModelForCausalLM
    read: Any = modeling_gguf_pytorch_utils.load_gguf_checkpoint
    try:
        with redirect_stderr(StringIO()):  # a progress bar
            values = read(str(path))["config"]
            config = AutoConfig.for_model(**{key: item for key, item in values.items() if not key.startswith("_")})
            with torch.device("meta"):  # without random weights, which take longer than the file's
                model = loader.from_config(config, dtype=torch.float32)
            weights = read(str(path), return_tensors=True, model_to_load=model)["tensors"]
    except (ValueError, IndexError, KeyError, TypeError, NotImplementedError) as error:
        raise PermanentError(
            "gguf_invalid", f"The weights in {path.name} cannot be read: {error}.", _BASE_INSTEAD
        ) from error
    missing = set(model.state_dict()) - set(weights) - ({"lm_head.weight"} if config.tie_word_embeddings else set())
    if missing:
        names = ", ".join(sorted(missing)[:3])
        raise PermanentError("gguf_invalid", f"{path.name} lacks {len(missing)} tensors: {names}.", _BASE_INSTEAD)
    model.load_state_dict(weights, strict=False, assign=True)
    model.tie_weights()
    return model.eval()


def _tokenizer(path: Path, fields: dict[str, Any]) -> Any:  # noqa: ANN401 - tokenizers.Tokenizer, imported late
    from tokenizers import (  # type: ignore[import-untyped]
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        pre_tokenizers,
    )

    kind, splitting = fields.get("tokenizer.ggml.model"), fields.get("tokenizer.ggml.pre")
    if "tokenizer.ggml.tokens" not in fields:
        message = f"{path.name} contains no tokenizer."
        raise PermanentError("tokenizer_missing", message, _BASE_INSTEAD)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)

    def words(pattern: str) -> list[Any]:
        return [pre_tokenizers.Split(Regex(pattern), behavior="isolated"), bytes_only]

    # llama.cpp's names of the ways in which the models split text before byte pairs are merged
    ways = {
        "smollm": [pre_tokenizers.Digits(individual_digits=True), byte_level],
        "gpt-2": [byte_level],
        "qwen2": words(_QWEN2_WORDS),
        "llama-bpe": words(_LLAMA3_WORDS),
    }
    if kind != "gpt2" or splitting not in ways:
        message = f"The tokenizer of {path.name} ({kind}, {splitting}) cannot be converted exactly."
        raise PermanentError("gguf_unsupported", message, _BASE_INSTEAD)
    tokens = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({token: index for index, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(ways[splitting])
    tokenizer.decoder = decoders.ByteLevel()
    types = dict(enumerate(fields.get("tokenizer.ggml.token_type", ())))
    special = [tokens[index] for index, kind in types.items() if kind == _CONTROL]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    defined = [tokens[index] for index, kind in types.items() if kind == _USER_DEFINED]
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in defined])
    return tokenizer
