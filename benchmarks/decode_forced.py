"""Other runtimes made to say given answers: what they would take for them, whatever their weights are.

Where a peer drafts, a logits processor puts the answer into its mouth at every place, so that its own drafts are
accepted or refused as they would be. CTranslate2 takes no such processor: it writes as many tokens of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.decode_gguf import write_gguf
from benchmarks.decode_peers import Prompts, convert_for_ctranslate2

Answers = Sequence[Sequence[int]]
Forced = Callable[[Prompts, Answers], list[list[int]]]  # prompts and answers in, what was written out
_CONTEXT = 512  # tokens of a line's prompt and answer; llama.cpp keeps that many rows of logits


def transformers(folder: Path, end: int, threads: int, lookup: int | None = None) -> Forced:
    """transformers in PyTorch; ``lookup`` is its ``prompt_lookup_num_tokens``."""
    import torch
    from transformers import AutoModelForCausalLM, LogitsProcessor, LogitsProcessorList

    torch.set_num_threads(threads)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    extra = {"prompt_lookup_num_tokens": lookup} if lookup else {}

    class Say(LogitsProcessor):  # type: ignore[misc]  # transformers' classes are untyped
        def __init__(self, prompt: int, answer: Sequence[int]) -> None:
            self._prompt, self._answer = prompt, answer

        def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ANN401 - torch's tensors, as transformers has it
            place = input_ids.shape[1] - self._prompt
            said = torch.full_like(scores, -torch.inf)
            said[:, self._answer[place] if place < len(self._answer) else end] = 0.0
            return said

    def run(prompts: Prompts, answers: Answers) -> list[list[int]]:
        written = []
        for prompt, answer in zip(prompts, answers, strict=True):
            ids = torch.tensor([prompt])
            with torch.inference_mode():
                tokens = model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=len(answer) + 1,
                    pad_token_id=end, eos_token_id=end,
                    logits_processor=LogitsProcessorList([Say(len(prompt), answer)]), **extra,
                )  # fmt: skip
            written.append([token for token in tokens[0, len(prompt) :].tolist() if token != end])
        return written

    return run


def transformers_lookup(folder: Path, end: int, threads: int) -> Forced:
    """transformers with prompt-lookup decoding (Saxena 2023)."""
    return transformers(folder, end, threads, lookup=10)


def ctranslate2(folder: Path, end: int, threads: int, rows: int = 1) -> Forced:
    """CTranslate2 in float32, ``rows`` prompts at once: of each batch's answers the mean length is written."""
    import ctranslate2
    from tokenizers import Tokenizer

    converted = folder / "ctranslate2"
    if not converted.is_dir():
        convert_for_ctranslate2(folder, converted)
    generator = ctranslate2.Generator(str(converted), device="cpu", compute_type="float32", intra_threads=threads)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def run(prompts: Prompts, answers: Answers) -> list[list[int]]:
        order = sorted(range(len(prompts)), key=lambda at: len(answers[at]))
        for first in range(0, len(order), rows):
            batch = order[first : first + rows]
            tokens = [[tokenizer.id_to_token(token) for token in prompts[at]] for at in batch]
            count = round(sum(len(answers[at]) + 1 for at in batch) / len(batch))  # the end is a token, too
            generator.generate_batch(
                tokens, min_length=count, max_length=count, include_prompt_in_result=False, end_token=[end], beam_size=1
            )
        return [list(answer) for answer in answers]

    return run


def ctranslate2_batched(folder: Path, end: int, threads: int) -> Forced:
    """CTranslate2, as many prompts at once as we take."""
    return ctranslate2(folder, end, threads, rows=8)


def llama_cpp(folder: Path, end: int, threads: int, lookup: int | None = None) -> Forced:
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

    def run(prompts: Prompts, answers: Answers) -> list[list[int]]:
        written = []
        for prompt, answer in zip(prompts, answers, strict=True):

            def say(
                ids: npt.NDArray[np.intc],
                scores: npt.NDArray[np.single],
                prompt: tuple[int, ...] = prompt,
                answer: Sequence[int] = answer,
            ) -> npt.NDArray[np.single]:
                place = len(ids) - len(prompt)
                scores[:] = -np.inf
                scores[answer[place] if place < len(answer) else end] = 0.0
                return scores

            said: list[int] = []
            for token in model.generate(
                list(prompt), temp=0.0, repeat_penalty=1.0, logits_processor=LogitsProcessorList([say])
            ):
                if token == end or len(said) > len(answer):
                    break
                said.append(token)
            written.append(said)
        return written

    return run


def llama_cpp_lookup(folder: Path, end: int, threads: int) -> Forced:
    """llama.cpp with prompt-lookup decoding."""
    return llama_cpp(folder, end, threads, lookup=10)


PEERS: dict[str, tuple[str, Callable[[Path, int, int], Forced]]] = {
    "transformers": ("transformers", transformers),
    "transformers + prompt lookup": ("transformers", transformers_lookup),
    "CTranslate2": ("ctranslate2", ctranslate2),
    "CTranslate2, 8 lines at once": ("ctranslate2", ctranslate2_batched),
    "llama.cpp": ("llama_cpp", llama_cpp),
    "llama.cpp + prompt lookup": ("llama_cpp", llama_cpp_lookup),
}
