"""Other runtimes for the same weights: each opens a Hub folder and writes greedy outputs for prompts of tokens.

A peer that is not installed is left out by name. None is asked for more than it offers: batches where it takes them,
prompt lookup where it has it. A peer can be made to say given answers, whatever its weights are: a logits processor
puts them into its mouth at every place, so that its own drafts are accepted or refused as they would be. CTranslate2
takes no such processor, and drafts nothing: it writes as many tokens of its own.
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
_CONTEXT = 512  # tokens of a line's prompt and answer; llama.cpp keeps that many rows of logits where it drafts


class Run(Protocol):
    """Writes an answer to each prompt."""

    def __call__(self, prompts: Prompts, limits: Sequence[int], said: Answers | None = None) -> list[list[int]]:
        """The tokens written, without the end; at most ``limits`` of them, or just what is to be ``said``."""
        ...


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
    """CTranslate2 in float32, ``rows`` prompts of like length at once."""
    import ctranslate2
    from tokenizers import Tokenizer

    converted = folder / "ctranslate2"
    if not converted.is_dir():
        _convert_for_ctranslate2(folder, converted)
    generator = ctranslate2.Generator(str(converted), device="cpu", compute_type="float32", intra_threads=threads)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def run(prompts: Prompts, limits: Sequence[int], said: Answers | None = None) -> list[list[int]]:
        written: dict[int, list[int]] = {}
        order = sorted(range(len(prompts)), key=lambda at: len(prompts[at]))
        for first in range(0, len(order), rows):
            batch = order[first : first + rows]
            tokens = [[tokenizer.id_to_token(token) for token in prompts[at]] for at in batch]
            least, most = 0, max(limits[at] for at in batch)
            if said:  # on the average; the end is a token, too
                least = most = round(sum(len(said[at]) + 1 for at in batch) / len(batch))
            results = generator.generate_batch(
                tokens, min_length=least, max_length=most, include_prompt_in_result=False, end_token=[end], beam_size=1
            )
            for at, result in zip(batch, results, strict=True):
                written[at] = [token for token in result.sequences_ids[0][: limits[at]] if token != end]
        return [list(said[at]) if said else written[at] for at in range(len(prompts))]

    return run


def ctranslate2_batched(folder: Path, end: int, threads: int) -> Run:
    """CTranslate2, as many prompts at once as we take."""
    return ctranslate2(folder, end, threads, rows=8)


def llama_cpp(folder: Path, end: int, threads: int, lookup: int | None = None) -> Run:
    """llama.cpp with float32 weights and its own float16 cache; ``lookup`` tokens are drafted by its prompt lookup."""
    from llama_cpp import Llama, LogitsProcessorList
    from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

    path = folder / "model.gguf"
    if not path.is_file():
        write_gguf(folder, path)
    draft: Any = LlamaPromptLookupDecoding(num_pred_tokens=lookup) if lookup else None
    model: Any = Llama(
        str(path), n_ctx=_CONTEXT, n_threads=threads, n_threads_batch=threads, verbose=False, draft_model=draft
    )

    def run(prompts: Prompts, limits: Sequence[int], said: Answers | None = None) -> list[list[int]]:
        written = []
        for at, (prompt, limit) in enumerate(zip(prompts, limits, strict=True)):
            forced = LogitsProcessorList([_saying(prompt, said[at], end)]) if said else None
            answer: list[int] = []
            for token in model.generate(list(prompt), temp=0.0, repeat_penalty=1.0, logits_processor=forced):
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


def installed(name: str) -> bool:
    """Whether the peer's package is there."""
    package = PEERS[name][0]
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _saying(
    prompt: Sequence[int], answer: Sequence[int], end: int
) -> Callable[[npt.NDArray[np.intc], npt.NDArray[np.single]], npt.NDArray[np.single]]:
    """A logits processor of llama.cpp that has it say ``answer``."""

    def say(ids: npt.NDArray[np.intc], scores: npt.NDArray[np.single]) -> npt.NDArray[np.single]:
        place = len(ids) - len(prompt)
        scores[:] = -np.inf
        scores[answer[place] if place < len(answer) else end] = 0.0
        return scores

    return say


def _with_generate(
    model: Any,  # noqa: ANN401 - PyTorch's and optimum's models have this method in common, no type
    end: int,
    lookup: int | None,
) -> Run:
    import torch
    from transformers import LogitsProcessor, LogitsProcessorList

    class Say(LogitsProcessor):  # type: ignore[misc]  # transformers' classes are untyped
        def __init__(self, prompt: int, answer: Sequence[int]) -> None:
            self._prompt, self._answer = prompt, answer

        def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ANN401 - torch's tensors, as transformers has it
            place = input_ids.shape[1] - self._prompt
            told = torch.full_like(scores, -torch.inf)
            told[:, self._answer[place] if place < len(self._answer) else end] = 0.0
            return told

    extra = {"prompt_lookup_num_tokens": lookup} if lookup else {}

    def run(prompts: Prompts, limits: Sequence[int], said: Answers | None = None) -> list[list[int]]:
        written = []
        for at, (prompt, limit) in enumerate(zip(prompts, limits, strict=True)):
            ids = torch.tensor([prompt])
            forced = LogitsProcessorList([Say(len(prompt), said[at])]) if said else None
            with torch.inference_mode():
                tokens = model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=limit,
                    pad_token_id=end, eos_token_id=end, logits_processor=forced, **extra,
                )  # fmt: skip
            written.append([token for token in tokens[0, len(prompt) :].tolist() if token != end])
        return written

    return run


def _convert_for_ctranslate2(folder: Path, converted: Path) -> None:
    import json

    from ctranslate2.converters import TransformersConverter

    if not (folder / "tokenizer_config.json").is_file():  # its converter asks transformers for a tokenizer class
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>", "bos_token": "<|raw|>"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    TransformersConverter(str(folder)).convert(str(converted), force=True)
