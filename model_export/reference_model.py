"""The reference for the quality gates: PyTorch's predictions in float32 on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from model_export.check_text import Pair
from scanproof.correction.models.manifest import Prompt, Task
from scanproof.errors import PermanentError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

MAX_SAMPLE_TOKENS = 512


@dataclass(frozen=True)
class Sample:
    """One text as token ids: the input and, for generative models, the expected output."""

    source: tuple[int, ...]
    target: tuple[int, ...] = ()


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


def prompt_ids(tokenizer: PreTrainedTokenizerFast, prompt: Prompt, text: str) -> list[int]:
    """Returns the token ids of the prompt for `text`."""
    content = (prompt.template or "{text}").replace("{text}", text)
    if prompt.kind == "chat":
        turns = [{"role": "user", "content": content}]
        return list(tokenizer.apply_chat_template(turns, add_generation_prompt=True))
    return list(tokenizer(content)["input_ids"])


def samples_of(
    tokenizer: PreTrainedTokenizerFast, pairs: Sequence[Pair], task: Task, prompt: Prompt, limit: int, start: int
) -> list[Sample]:
    """Returns the check text as the model's input.

    Args:
        limit: maximum number of tokens of input and output together, or of each for an encoder and a decoder.
        start: the decoder's start token.
    """
    samples = []
    for pair in pairs:
        source = prompt_ids(tokenizer, prompt, pair.raw)
        target: list[int] = []
        if task != "token-classification":
            target = list(tokenizer(pair.truth, add_special_tokens=task == "text2text-generation")["input_ids"])
        if task == "text2text-generation":
            target = [start, *target]
        remaining = limit if task == "text2text-generation" else max(limit - len(source), 0)
        samples.append(Sample(tuple(source[:limit]), tuple(target[:remaining])))
    return [sample for sample in samples if sample.source]


def predictions(model: PreTrainedModel, samples: Sequence[Sample], task: Task) -> list[NDArray[np.int64]]:
    """Returns the model's most likely label or next token at every position of every sample."""
    import torch

    answers = []
    with torch.inference_mode():
        for sample in samples:
            if task == "text2text-generation":
                inputs = {"input_ids": sample.source, "decoder_input_ids": sample.target}
            else:
                inputs = {"input_ids": (*sample.source, *sample.target)}
            logits = model(**{name: torch.tensor([ids]) for name, ids in inputs.items()}).logits
            answers.append(logits[0].argmax(-1).numpy())
    return answers
