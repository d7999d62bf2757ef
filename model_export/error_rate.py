"""Corrects pairs with an exported model, token by token, to compare error rates before and after quantization."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model_export.check_text import Pair
from model_export.inference import CausalModel, Seq2SeqModel, TokenClassifier
from model_export.quality_gates import cer
from model_export.reference_model import Prompts
from model_export.source import Source
from scanproof.correction.fast.tagger import rewrite
from scanproof.correction.models.manifest import Prompt, Role, Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_MAX_GROWTH = 1.5


def error_rate(
    folder: Path,
    files: dict[Role, str],
    task: Task,
    tokenizer: PreTrainedTokenizerFast,
    prompt: Prompt,
    model: Source,
    pairs: Sequence[Pair],
) -> float:
    """Returns the character error rate of the model's corrections of `pairs`."""
    if task == "token-classification":
        label_by_id = model.config["id2label"]
        labels = [label_by_id[str(index)] for index in range(len(label_by_id))]
        tagger = TokenClassifier(folder, files)
        return cer([(_tagged(tagger, tokenizer, labels, pair.raw), pair.truth) for pair in pairs])
    end, prompts = model.end_tokens, Prompts(tokenizer, prompt, task)
    if task == "text2text-generation":
        seq2seq = Seq2SeqModel(folder, files)
        start = int(model.config.get("decoder_start_token_id") or 0)
        return cer(
            [
                (_decoded(tokenizer, seq2seq.greedy(ids, end, _limit(ids), start)), pair.truth)
                for pair in pairs
                for ids in [prompts.ids(pair.raw)]
            ]
        )
    causal = CausalModel(folder, files)
    outputs = []
    for pair in pairs:
        ids = prompts.ids(pair.raw)
        limit = _limit(tokenizer(pair.raw)["input_ids"])
        outputs.append((_decoded(tokenizer, causal.greedy(ids, end, limit)), pair.truth))
    return cer(outputs)


def _limit(ids: Sequence[int]) -> int:
    return int(len(ids) * _MAX_GROWTH) + 8


def _decoded(tokenizer: PreTrainedTokenizerFast, ids: list[int]) -> str:
    return str(tokenizer.decode(ids, skip_special_tokens=True)).strip()


def _tagged(tagger: TokenClassifier, tokenizer: PreTrainedTokenizerFast, labels: list[str], raw: str) -> str:
    """Returns `raw` with the most likely edit of every character applied."""
    encoded = tokenizer(raw, return_offsets_mapping=True)
    predicted = np.argmax(tagger.logits(encoded["input_ids"]), axis=-1)
    return "".join(
        rewrite(labels[int(index)], raw[start:stop])
        for (start, stop), index in zip(encoded["offset_mapping"], predicted, strict=True)
    )
