"""Other runtimes for the same weights: each opens a model and generates greedy outputs for prompts of tokens.

Peers that are not installed are skipped. Each runs with the features that it offers: batches, prompt lookup.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

Prompts = Sequence[tuple[int, ...]]
_CONTEXT = 1024  # tokens of prompt and answer; llama.cpp stores that many rows of logits when it drafts
_LOOKUP = 10  # draft tokens


class Run(Protocol):
    """Generates an answer to each prompt."""

    def __call__(self, prompts: Prompts, limits: Sequence[int]) -> list[list[int]]:
        """Returns the generated tokens without the end token: at most ``limits``."""
        ...


@dataclass(frozen=True)
class Sources:
    """The model as peers read it: a folder in Hub layout, and a file of llama.cpp's."""

    hub: Path | None
    gguf: Path | None


class Peer(NamedTuple):
    """A runtime: its package, what it reads, and how it is opened (source, end tokens, threads)."""

    package: str
    source: Literal["hub", "gguf"]
    open: Callable[[Path, frozenset[int], int], Run]


def transformers_plain(folder: Path, end: frozenset[int], threads: int, lookup: int | None = None) -> Run:
    """Opens transformers in PyTorch without batches; ``lookup`` is its ``prompt_lookup_num_tokens``."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(threads)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return _with_generate(model, end, lookup)


def transformers_lookup(folder: Path, end: frozenset[int], threads: int) -> Run:
    """Opens transformers with prompt-lookup decoding (Saxena 2023)."""
    return transformers_plain(folder, end, threads, lookup=_LOOKUP)


def optimum_onnxruntime(folder: Path, end: frozenset[int], threads: int) -> Run:
    """Opens optimum's ORTModelForCausalLM with a graph exported by optimum."""
    import onnxruntime
    from optimum.onnxruntime import ORTModelForCausalLM

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return _with_generate(ORTModelForCausalLM.from_pretrained(folder, export=True, session_options=options), end, None)


def ctranslate2(folder: Path, end: frozenset[int], threads: int, rows: int = 1) -> Run:
    """Opens CTranslate2 in float32 with batches of ``rows`` prompts of similar length."""
    import tempfile

    import ctranslate2
    from ctranslate2.converters import TransformersConverter
    from tokenizers import Tokenizer

    converted = Path(tempfile.mkdtemp(prefix="scanproof-ctranslate2-"))
    TransformersConverter(str(folder)).convert(str(converted), force=True)
    generator = ctranslate2.Generator(str(converted), device="cpu", compute_type="float32", intra_threads=threads)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def run(prompts: Prompts, limits: Sequence[int]) -> list[list[int]]:
        outputs: dict[int, list[int]] = {}
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        for first in range(0, len(order), rows):
            batch = order[first : first + rows]
            tokens = [[tokenizer.id_to_token(token) for token in prompts[index]] for index in batch]
            results = generator.generate_batch(
                tokens,
                max_length=max(limits[index] for index in batch),
                include_prompt_in_result=False,
                end_token=sorted(end),
                beam_size=1,
            )
            for index, result in zip(batch, results, strict=True):
                outputs[index] = _until(end, result.sequences_ids[0], limits[index])
        return [outputs[index] for index in range(len(prompts))]

    return run


def ctranslate2_batched(folder: Path, end: frozenset[int], threads: int) -> Run:
    """Opens CTranslate2 with Scanproof's batch size."""
    return ctranslate2(folder, end, threads, rows=8)


def onnxruntime_genai(folder: Path, end: frozenset[int], threads: int, lookup: int | None = None) -> Run:
    """Opens onnxruntime-genai with a graph of its own builder; ``lookup`` is the number of its n-gram draft tokens."""
    import json
    import subprocess
    import sys
    import tempfile

    import onnxruntime_genai

    built = Path(tempfile.mkdtemp(prefix="scanproof-genai-"))
    options = ["-i", str(folder), "-o", str(built), "-p", "fp32", "-e", "cpu", "-c", str(built / "cache")]
    subprocess.run(
        [sys.executable, "-m", "onnxruntime_genai.models.builder", *options], check=True, capture_output=True
    )
    settings = json.loads((built / "genai_config.json").read_text("utf-8"))
    settings["model"]["decoder"].setdefault("session_options", {})["intra_op_num_threads"] = threads
    (built / "genai_config.json").write_text(json.dumps(settings), "utf-8")
    model = onnxruntime_genai.Model(str(built))

    def run(prompts: Prompts, limits: Sequence[int]) -> list[list[int]]:
        outputs = []
        for prompt, limit in zip(prompts, limits, strict=True):
            parameters = onnxruntime_genai.GeneratorParams(model)
            parameters.set_search_options(do_sample=False, max_length=len(prompt) + limit + _LOOKUP)
            if lookup:
                parameters.set_speculative_options(ngram_size=3, max_draft_tokens=lookup)
            generator = onnxruntime_genai.Generator(model, parameters)
            generator.append_tokens(list(prompt))
            answer: list[int] = []
            while len(answer) < limit and not generator.is_done() and not end & set(answer):
                generator.generate_next_token()
                answer = [int(token) for token in generator.get_sequence(0)[len(prompt) :]]
            outputs.append(_until(end, answer, limit))
        return outputs

    return run


def onnxruntime_genai_lookup(folder: Path, end: frozenset[int], threads: int) -> Run:
    """Opens onnxruntime-genai with n-gram speculation."""
    return onnxruntime_genai(folder, end, threads, lookup=_LOOKUP)


def llama_cpp(file: Path, end: frozenset[int], threads: int, lookup: int | None = None) -> Run:
    """Opens llama.cpp with the file's own quantization and its float16 cache; ``lookup`` is its draft length."""
    from llama_cpp import Llama
    from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

    draft: Any = LlamaPromptLookupDecoding(num_pred_tokens=lookup) if lookup else None
    model: Any = Llama(
        str(file), n_ctx=_CONTEXT, n_threads=threads, n_threads_batch=threads, verbose=False, draft_model=draft
    )

    def run(prompts: Prompts, limits: Sequence[int]) -> list[list[int]]:
        outputs = []
        for prompt, limit in zip(prompts, limits, strict=True):
            answer: list[int] = []
            for token in model.generate(list(prompt), temp=0.0, repeat_penalty=1.0):
                if token in end or len(answer) == limit:
                    break
                answer.append(token)
            outputs.append(answer)
        return outputs

    return run


def llama_cpp_lookup(file: Path, end: frozenset[int], threads: int) -> Run:
    """Opens llama.cpp with prompt-lookup decoding."""
    return llama_cpp(file, end, threads, lookup=_LOOKUP)


PEERS: dict[str, Peer] = {
    "transformers": Peer("transformers", "hub", transformers_plain),
    "transformers + prompt lookup": Peer("transformers", "hub", transformers_lookup),
    "optimum ORTModel": Peer("optimum.onnxruntime", "hub", optimum_onnxruntime),
    "CTranslate2": Peer("ctranslate2", "hub", ctranslate2),
    "CTranslate2, 8 lines at once": Peer("ctranslate2", "hub", ctranslate2_batched),
    "onnxruntime-genai": Peer("onnxruntime_genai", "hub", onnxruntime_genai),
    "onnxruntime-genai + n-gram speculation": Peer("onnxruntime_genai", "hub", onnxruntime_genai_lookup),
    "llama.cpp": Peer("llama_cpp", "gguf", llama_cpp),
    "llama.cpp + prompt lookup": Peer("llama_cpp", "gguf", llama_cpp_lookup),
}


def installed(name: str) -> bool:
    """Returns whether the peer's package is installed."""
    try:
        return importlib.util.find_spec(PEERS[name].package) is not None
    except ModuleNotFoundError:
        return False


def _until(end: frozenset[int], tokens: Sequence[int], limit: int) -> list[int]:
    """Returns the tokens before the first end token, at most ``limit``."""
    stop = next((index for index, token in enumerate(tokens) if token in end), len(tokens))
    return list(tokens[: min(stop, limit)])


def _with_generate(
    model: Any,  # noqa: ANN401 - PyTorch's and optimum's models share a method, but no type
    end: frozenset[int],
    lookup: int | None,
) -> Run:
    import torch

    extra = {"prompt_lookup_num_tokens": lookup} if lookup else {}
    stops = sorted(end)

    def run(prompts: Prompts, limits: Sequence[int]) -> list[list[int]]:
        outputs = []
        for prompt, limit in zip(prompts, limits, strict=True):
            ids = torch.tensor([prompt])
            with torch.inference_mode():
                tokens = model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=limit,
                    pad_token_id=stops[0], eos_token_id=stops, **extra,
                )  # fmt: skip
            outputs.append(_until(end, tokens[0, len(prompt) :].tolist(), limit))
        return outputs

    return run
