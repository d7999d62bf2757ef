"""The reference for the quality gates: PyTorch's predictions in float32 on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer  # type: ignore[import-untyped]

from model_export.check_text import Pair
from scanproof.correction.guards.config import MIN_PROBABILITY
from scanproof.correction.lm.prompt import PromptBuilder
from scanproof.correction.models.manifest import Prompt, Task
from scanproof.correction.profiles import load_profile
from scanproof.errors import PermanentError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from model_export.candidate_sets import CandidateSet

MAX_SAMPLE_TOKENS = 512
UNDECIDED = -1


@dataclass(frozen=True)
class Sample:
    """One text as token ids: the input and, for generative models, the expected output."""

    source: tuple[int, ...]
    target: tuple[int, ...] = ()

    def first_answer(self, task: Task) -> int:
        """Returns the position of a teacher-forced pass from which on its predictions are compared.

        A causal model predicts the prompt too, whose fixed template would repeat in every sample.
        """
        return len(self.source) - 1 if task == "text-generation" else 0


def load_tokenizer(folder: Path, trust_remote_code: bool = False) -> PreTrainedTokenizerFast:
    """Loads the tokenizer of a model in Hub layout.

    Raises:
        PermanentError: ``tokenizer_missing``, ``tokenizer_slow``.
    """
    import transformers

    loader: Any = transformers.AutoTokenizer
    try:
        tokenizer: PreTrainedTokenizerFast = loader.from_pretrained(
            folder, local_files_only=True, trust_remote_code=trust_remote_code
        )
    except (OSError, ValueError, KeyError, TypeError) as error:  # TypeError: a vocabulary file is missing
        raise PermanentError(
            "tokenizer_missing",
            f"The tokenizer in {folder.name} cannot be loaded: {error}",
            "Put the tokenizer's files beside the weights.",
        ) from error
    if not tokenizer.is_fast:
        message = f"The tokenizer of {folder.name} does not run without transformers."
        raise PermanentError("tokenizer_slow", message, "Choose a model with a tokenizer.json.")
    return tokenizer


def load_model(folder: Path, task: Task, trust_remote_code: bool = False) -> PreTrainedModel:
    """Loads the model in float32, in evaluation mode.

    Raises:
        PermanentError: ``weights_unreadable``.
    """
    import torch
    import transformers

    loader: Any = {
        "token-classification": transformers.AutoModelForTokenClassification,
        "text-generation": transformers.AutoModelForCausalLM,
        "text2text-generation": transformers.AutoModelForSeq2SeqLM,
    }[task]
    try:
        model = loader.from_pretrained(
            folder, local_files_only=True, trust_remote_code=trust_remote_code, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        if "allocate" in str(error):
            raise MemoryError(str(error)) from error
        raise PermanentError(
            "weights_unreadable",
            f"The weights in {folder.name} cannot be loaded: {error}",
            "Give a folder in Hub layout: config.json, tokenizer and safetensors.",
        ) from error
    return model.eval()  # type: ignore[no-any-return]


class Prompts:
    """Builds the run time's prompts from the tokenizer of a model in Hub layout."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, prompt: Prompt, task: Task) -> None:
        """Takes the tokenizer, the prompt and the task that will be in the manifest.

        Raises:
            PermanentError: ``prompt_unsupported``.
        """
        self._tokenizer, self._has_encoder = tokenizer, task == "text2text-generation"
        if task == "token-classification":
            self._builder = None
            return
        template, text = (Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()) for _ in range(2))
        text.encode_special_tokens = True
        self._builder = PromptBuilder(prompt, load_profile("general"), template, text, self._has_encoder)

    def ids(self, text: str) -> list[int]:
        """Returns the token ids of the prompt for ``text``."""
        if self._builder is None:
            return list(self._tokenizer(text)["input_ids"])
        return list(self._builder.build(text))

    def answer(self, text: str) -> list[int]:
        """Returns the token ids of an answer, for a decoder beside an encoder with the special tokens around it."""
        return list(self._tokenizer(text, add_special_tokens=self._has_encoder)["input_ids"])


def samples_of(prompts: Prompts, pairs: Sequence[Pair], task: Task, limit: int, start: int) -> list[Sample]:
    """Returns the check text as the model's input.

    Args:
        limit: maximum number of tokens of input and output together, or of each for an encoder and a decoder.
        start: the decoder's start token.
    """
    samples = []
    for pair in pairs:
        source = prompts.ids(pair.raw)
        target = [] if task == "token-classification" else prompts.answer(pair.truth)
        if task == "text2text-generation":
            target = [start, *target]
        remaining = limit if task == "text2text-generation" else max(limit - len(source), 0)
        samples.append(Sample(tuple(source[:limit]), tuple(target[:remaining])))
    return [sample for sample in samples if sample.source]


def predictions(model: PreTrainedModel, samples: Sequence[Sample], task: Task) -> list[NDArray[np.int64]]:
    """Returns the model's most likely label or next token at the positions of each sample that are compared.

    `UNDECIDED` stands where a causal model gives no token a probability of one half: near ties depend on the machine,
    and what a model writes with less is refused (`scanproof.correction.guards.rewrite`). A model that decides nowhere,
    as one that is not trained, is compared everywhere.
    """
    answers, decided = [], []
    for sample in samples:
        logits = _logits(model, sample, task)[sample.first_answer(task) :]
        answers.append(logits.argmax(-1))
        share = np.exp(logits - logits.max(-1, keepdims=True)).sum(-1)
        decided.append(1 / share >= MIN_PROBABILITY)
    if task != "text-generation" or not np.concatenate(decided).any():
        return answers
    return [np.where(sure, best, UNDECIDED) for sure, best in zip(decided, answers, strict=True)]


def candidate_scores(model: PreTrainedModel, sets: Sequence[CandidateSet]) -> list[NDArray[np.float64]]:
    """Returns the log-likelihood of every candidate of each set, given what stands before it."""
    return [
        np.array([log_likelihood(_logits(model, sample, "text-generation"), sample) for sample in candidates.samples])
        for candidates in sets
    ]


def log_likelihood(logits: NDArray[Any], sample: Sample) -> float:
    """Returns the log-likelihood of a sample's target given its source.

    Args:
        logits: [length of source and target, vocabulary] of a teacher-forced pass.
    """
    rows = logits[len(sample.source) - 1 : -1].astype(np.float64)
    top = rows.max(-1, keepdims=True)
    normaliser = np.log(np.exp(rows - top).sum(-1)) + top[:, 0]
    return float((rows[np.arange(len(rows)), list(sample.target)] - normaliser).sum())


def _logits(model: PreTrainedModel, sample: Sample, task: Task) -> NDArray[np.float32]:
    import torch

    if task == "text2text-generation":
        inputs = {"input_ids": sample.source, "decoder_input_ids": sample.target}
    else:
        inputs = {"input_ids": (*sample.source, *sample.target)}
    with torch.inference_mode():
        logits = model(**{name: torch.tensor([ids]) for name, ids in inputs.items()}).logits
    values: NDArray[np.float32] = logits[0].numpy()
    return values
