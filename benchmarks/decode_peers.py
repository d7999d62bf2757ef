"""Other runtimes for the same weights: each opens a Hub folder and writes greedy outputs for prompts of tokens.

A peer that is not installed is left out by name. None is asked for more than it offers: batches where it takes them,
prompt lookup where it has it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.decode_gguf import write_gguf

Prompts = Sequence[tuple[int, ...]]
Run = Callable[[Prompts, Sequence[int]], list[list[int]]]  # prompts and limits in, written tokens out


def transformers_plain(folder: Path, end: int, threads: int, lookup: int | None = None) -> Run:
    """transformers in PyTorch, one prompt after another; ``lookup`` is its ``prompt_lookup_num_tokens``."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(threads)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return _with_generate(model, end, lookup)


def transformers_lookup(folder: Path, end: int, threads: int) -> Run:
    """transformers with prompt-lookup decoding (Saxena 2023)."""
    return transformers_plain(folder, end, threads, lookup=10)


def optimum_onnxruntime(folder: Path, end: int, threads: int) -> Run:
    """optimum's ORTModelForCausalLM on a graph that it exports itself."""
    import onnxruntime
    from optimum.onnxruntime import ORTModelForCausalLM

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    exported = folder / "optimum"
    if exported.is_dir():
        return _with_generate(ORTModelForCausalLM.from_pretrained(exported, session_options=options), end, None)
    model = ORTModelForCausalLM.from_pretrained(folder, export=True, session_options=options)
    model.save_pretrained(exported)
    return _with_generate(model, end, None)


def ctranslate2(folder: Path, end: int, threads: int, rows: int = 1) -> Run:
    """CTranslate2 in float32, ``rows`` prompts at once."""
    import ctranslate2
    from tokenizers import Tokenizer

    converted = folder / "ctranslate2"
    if not converted.is_dir():
        convert_for_ctranslate2(folder, converted)
    generator = ctranslate2.Generator(str(converted), device="cpu", compute_type="float32", intra_threads=threads)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def run(prompts: Prompts, limits: Sequence[int]) -> list[list[int]]:
        written: list[list[int]] = []
        for first in range(0, len(prompts), rows):
            batch, most = prompts[first : first + rows], limits[first : first + rows]
            tokens = [[tokenizer.id_to_token(token) for token in prompt] for prompt in batch]
            results = generator.generate_batch(
                tokens, max_length=max(most), include_prompt_in_result=False, end_token=[end], beam_size=1
            )
            for result, limit in zip(results, most, strict=True):
                written.append([token for token in result.sequences_ids[0][:limit] if token != end])
        return written

    return run


def ctranslate2_batched(folder: Path, end: int, threads: int) -> Run:
    """CTranslate2, as many prompts at once as we take."""
    return ctranslate2(folder, end, threads, rows=8)


def llama_cpp(folder: Path, end: int, threads: int, lookup: int | None = None) -> Run:
    """llama.cpp with float32 weights and its own float16 cache; ``lookup`` tokens are drafted by its prompt lookup."""
    from llama_cpp import Llama
    from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

    path = folder / "model.gguf"
    if not path.is_file():
        write_gguf(folder, path)
    draft: Any = LlamaPromptLookupDecoding(num_pred_tokens=lookup) if lookup else None
    model: Any = Llama(
        str(path), n_ctx=4096, n_threads=threads, n_threads_batch=threads, verbose=False, draft_model=draft
    )

    def run(prompts: Prompts, limits: Sequence[int]) -> list[list[int]]:
        written = []
        for prompt, limit in zip(prompts, limits, strict=True):
            answer: list[int] = []
            for token in model.generate(list(prompt), temp=0.0, repeat_penalty=1.0):
                if token == end or len(answer) == limit:
                    break
                answer.append(token)
            written.append(answer[:limit])
        return written

    return run


def llama_cpp_lookup(folder: Path, end: int, threads: int) -> Run:
    """llama.cpp with prompt-lookup decoding."""
    return llama_cpp(folder, end, threads, lookup=10)


PEERS: dict[str, tuple[str, Callable[[Path, int, int], Run]]] = {
    "transformers": ("transformers", transformers_plain),
    "transformers + prompt lookup": ("transformers", transformers_lookup),
    "optimum ORTModel": ("optimum.onnxruntime", optimum_onnxruntime),
    "CTranslate2": ("ctranslate2", ctranslate2),
    "CTranslate2, 8 lines at once": ("ctranslate2", ctranslate2_batched),
    "llama.cpp": ("llama_cpp", llama_cpp),
    "llama.cpp + prompt lookup": ("llama_cpp", llama_cpp_lookup),
}


def installed(package: str) -> bool:
    """Whether a peer's package is there."""
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _with_generate(
    model: Any,  # noqa: ANN401 - PyTorch's and optimum's models have this method in common, no type
    end: int,
    lookup: int | None,
) -> Run:
    import torch

    extra = {"prompt_lookup_num_tokens": lookup} if lookup else {}

    def run(prompts: Prompts, limits: Sequence[int]) -> list[list[int]]:
        written = []
        for prompt, limit in zip(prompts, limits, strict=True):
            ids = torch.tensor([prompt])
            with torch.inference_mode():
                tokens = model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=limit,
                    pad_token_id=end, eos_token_id=end, **extra,
                )  # fmt: skip
            written.append([token for token in tokens[0, len(prompt) :].tolist() if token != end])
        return written

    return run


def convert_for_ctranslate2(folder: Path, converted: Path) -> None:
    """Writes CTranslate2's form of a Hub folder."""
    import json

    from ctranslate2.converters import TransformersConverter

    if not (folder / "tokenizer_config.json").is_file():  # its converter asks transformers for a tokenizer class
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>", "bos_token": "<|raw|>"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    TransformersConverter(str(folder)).convert(str(converted), force=True)
