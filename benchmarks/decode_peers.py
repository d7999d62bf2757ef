"""Other runtimes for the same weights: each opens a Hub folder and generates greedy outputs for prompts of tokens.

Peers that are not installed are skipped. Each runs with the features that it offers: batches, prompt lookup. A peer can
be forced to generate given answers with a logits processor, so that its drafts are accepted or rejected as with weights
that generate them. CTranslate2 has no such processor and no drafts: it generates as many tokens of its own.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.decode_gguf import write_gguf

Prompts = Sequence[tuple[int, ...]]
Answers = Sequence[Sequence[int]]
_CONTEXT = 512  # tokens of prompt and answer; llama.cpp stores that many rows of logits when it drafts


class Run(Protocol):
    """Generates an answer to each prompt."""

    def __call__(self, prompts: Prompts, limits: Sequence[int], forced: Answers | None = None) -> list[list[int]]:
        """Returns the generated tokens without the end token: at most ``limits``, or the ``forced`` answers."""
        ...


def transformers_plain(folder: Path, end: int, threads: int, lookup: int | None = None) -> Run:
    """Opens transformers in PyTorch without batches; ``lookup`` is its ``prompt_lookup_num_tokens``."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(threads)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return _with_generate(model, end, lookup)


def transformers_lookup(folder: Path, end: int, threads: int) -> Run:
    """Opens transformers with prompt-lookup decoding (Saxena 2023)."""
    return transformers_plain(folder, end, threads, lookup=10)


def optimum_onnxruntime(folder: Path, end: int, threads: int) -> Run:
    """Opens optimum's ORTModelForCausalLM with a graph exported by optimum."""
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
    """Opens CTranslate2 in float32 with batches of ``rows`` prompts of similar length."""
    import ctranslate2
    from tokenizers import Tokenizer

    converted = folder / "ctranslate2"
    if not converted.is_dir():
        _convert_for_ctranslate2(folder, converted)
    generator = ctranslate2.Generator(str(converted), device="cpu", compute_type="float32", intra_threads=threads)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def run(prompts: Prompts, limits: Sequence[int], forced: Answers | None = None) -> list[list[int]]:
        outputs: dict[int, list[int]] = {}
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        for first in range(0, len(order), rows):
            batch = order[first : first + rows]
            tokens = [[tokenizer.id_to_token(token) for token in prompts[index]] for index in batch]
            shortest, longest = 0, max(limits[index] for index in batch)
            if forced:  # the average length, with the end token
                shortest = longest = round(sum(len(forced[index]) + 1 for index in batch) / len(batch))
            results = generator.generate_batch(
                tokens,
                min_length=shortest,
                max_length=longest,
                include_prompt_in_result=False,
                end_token=[end],
                beam_size=1,
            )
            for index, result in zip(batch, results, strict=True):
                outputs[index] = [token for token in result.sequences_ids[0][: limits[index]] if token != end]
        return [list(forced[index]) if forced else outputs[index] for index in range(len(prompts))]

    return run


def ctranslate2_batched(folder: Path, end: int, threads: int) -> Run:
    """Opens CTranslate2 with Scanproof's batch size."""
    return ctranslate2(folder, end, threads, rows=8)


def llama_cpp(folder: Path, end: int, threads: int, lookup: int | None = None) -> Run:
    """Opens llama.cpp with float32 weights and its float16 cache; ``lookup`` is its draft length."""
    from llama_cpp import Llama, LogitsProcessorList
    from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

    path = folder / "model.gguf"
    if not path.is_file():
        write_gguf(folder, path)
    draft: Any = LlamaPromptLookupDecoding(num_pred_tokens=lookup) if lookup else None
    model: Any = Llama(
        str(path), n_ctx=_CONTEXT, n_threads=threads, n_threads_batch=threads, verbose=False, draft_model=draft
    )

    def run(prompts: Prompts, limits: Sequence[int], forced: Answers | None = None) -> list[list[int]]:
        outputs = []
        for index, (prompt, limit) in enumerate(zip(prompts, limits, strict=True)):
            processor = LogitsProcessorList([_forcing(prompt, forced[index], end)]) if forced else None
            answer: list[int] = []
            for token in model.generate(list(prompt), temp=0.0, repeat_penalty=1.0, logits_processor=processor):
                if token == end or len(answer) == limit:
                    break
                answer.append(token)
            outputs.append(answer[:limit])
        return outputs

    return run


def llama_cpp_lookup(folder: Path, end: int, threads: int) -> Run:
    """Opens llama.cpp with prompt-lookup decoding."""
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


def installed(name: str) -> bool:
    """Returns whether the peer's package is installed."""
    package = PEERS[name][0]
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _forcing(
    prompt: Sequence[int], answer: Sequence[int], end: int
) -> Callable[[npt.NDArray[np.intc], npt.NDArray[np.single]], npt.NDArray[np.single]]:
    """Returns a logits processor that forces llama.cpp to generate ``answer``."""

    def process(ids: npt.NDArray[np.intc], scores: npt.NDArray[np.single]) -> npt.NDArray[np.single]:
        position = len(ids) - len(prompt)
        scores[:] = -np.inf
        scores[answer[position] if position < len(answer) else end] = 0.0
        return scores

    return process


def _with_generate(
    model: Any,  # noqa: ANN401 - PyTorch's and optimum's models share a method, but no type
    end: int,
    lookup: int | None,
) -> Run:
    import torch
    from transformers import LogitsProcessor, LogitsProcessorList

    class ForcedAnswer(LogitsProcessor):  # type: ignore[misc]  # transformers' classes are untyped
        def __init__(self, prompt: int, answer: Sequence[int]) -> None:
            self._prompt, self._answer = prompt, answer

        def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ANN401 - transformers' signature
            position = input_ids.shape[1] - self._prompt
            logits = torch.full_like(scores, -torch.inf)
            logits[:, self._answer[position] if position < len(self._answer) else end] = 0.0
            return logits

    extra = {"prompt_lookup_num_tokens": lookup} if lookup else {}

    def run(prompts: Prompts, limits: Sequence[int], forced: Answers | None = None) -> list[list[int]]:
        outputs = []
        for index, (prompt, limit) in enumerate(zip(prompts, limits, strict=True)):
            ids = torch.tensor([prompt])
            processor = LogitsProcessorList([ForcedAnswer(len(prompt), forced[index])]) if forced else None
            with torch.inference_mode():
                tokens = model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=limit,
                    pad_token_id=end, eos_token_id=end, logits_processor=processor, **extra,
                )  # fmt: skip
            outputs.append([token for token in tokens[0, len(prompt) :].tolist() if token != end])
        return outputs

    return run


def _convert_for_ctranslate2(folder: Path, converted: Path) -> None:
    import json

    from ctranslate2.converters import TransformersConverter

    if not (folder / "tokenizer_config.json").is_file():  # its converter requires a tokenizer class of transformers
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>", "bos_token": "<|raw|>"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    TransformersConverter(str(folder)).convert(str(converted), force=True)
