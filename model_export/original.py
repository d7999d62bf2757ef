"""What the original answers: PyTorch's own predictions, in float32 on the CPU, that the gates compare with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scanproof.correction.models.manifest import Prompt, Task
from scanproof.errors import PermanentError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

LONGEST_SAMPLE = 512


@dataclass(frozen=True)
class Pair:
    """A raw line and what it should read."""

    raw: str
    truth: str


@dataclass(frozen=True)
class Sample:
    """One text as token ids: what goes in, and for generating models what should come out."""

    source: tuple[int, ...]
    target: tuple[int, ...] = ()


def read_pairs(path: Path) -> list[Pair]:
    """Pairs from JSON lines with ``raw`` and ``truth``.

    Raises:
        PermanentError: ``check_file_invalid``, naming the line.
    """
    pairs = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            pairs.append(Pair(str(row["raw"]), str(row["truth"])))
        except (ValueError, KeyError, TypeError) as error:
            raise PermanentError(
                "check_file_invalid",
                f"{path.name}, line {number}, is not a pair.",
                'Give one JSON object a line: {"raw": "...", "truth": "..."}.',
            ) from error
    if not pairs:
        raise PermanentError("check_file_invalid", f"{path.name} holds no pairs.", "Give at least one line.")
    return pairs


def load_tokenizer(folder: Path, trust_remote_code: bool = False) -> PreTrainedTokenizerFast:
    """The tokenizer of a model in Hub layout. Raises PermanentError ``tokenizer_missing``, ``tokenizer_slow``."""
    import transformers

    kind: Any = transformers.AutoTokenizer

    try:
        tokenizer: PreTrainedTokenizerFast = kind.from_pretrained(
            folder, local_files_only=True, trust_remote_code=trust_remote_code
        )
    except (OSError, ValueError, KeyError, TypeError) as error:  # TypeError: a vocabulary file that is not there
        raise PermanentError(
            "tokenizer_missing",
            f"The tokenizer in {folder.name} cannot be loaded: {error}",
            "Put the tokenizer's files beside the weights.",
        ) from error
    if not tokenizer.is_fast:
        message = f"The tokenizer of {folder.name} has no form that runs without transformers."
        raise PermanentError("tokenizer_slow", message, "Choose a model with a tokenizer.json.")
    return tokenizer


def load_model(folder: Path, task: Task, trust_remote_code: bool = False) -> PreTrainedModel:
    """The model in float32, ready to predict. Raises PermanentError ``weights_unreadable``."""
    import torch
    import transformers

    kind: Any = {
        "token-classification": transformers.AutoModelForTokenClassification,
        "text-generation": transformers.AutoModelForCausalLM,
        "text2text-generation": transformers.AutoModelForSeq2SeqLM,
    }[task]
    try:
        model = kind.from_pretrained(
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
    """Token ids of `text` as the model is asked to correct it."""
    filled = (prompt.template or "{text}").replace("{text}", text)
    if prompt.kind == "chat":
        turns = [{"role": "user", "content": filled}]
        return list(tokenizer.apply_chat_template(turns, add_generation_prompt=True))
    return list(tokenizer(filled)["input_ids"])


def samples_of(
    tokenizer: PreTrainedTokenizerFast, pairs: Sequence[Pair], task: Task, prompt: Prompt, longest: int, start: int
) -> list[Sample]:
    """The check text as the model sees it; `start` is a decoder's first token. Cut to `longest` tokens in all."""
    samples = []
    for pair in pairs:
        source = prompt_ids(tokenizer, prompt, pair.raw)
        target: list[int] = []
        if task != "token-classification":
            target = list(tokenizer(pair.truth, add_special_tokens=task == "text2text-generation")["input_ids"])
        if task == "text2text-generation":
            target = [start, *target]
        room = longest if task == "text2text-generation" else max(longest - len(source), 0)
        samples.append(Sample(tuple(source[:longest]), tuple(target[:room])))
    return [sample for sample in samples if sample.source]


def predictions(model: PreTrainedModel, samples: Sequence[Sample], task: Task) -> list[NDArray[np.int64]]:
    """The original's most likely label or next token at every position of every sample."""
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
