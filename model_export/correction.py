"""Corrects pairs with an exported model, in the plainest way, to compare error rates before and after quantization."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model_export.gates import cer
from model_export.original import Pair, prompt_ids
from model_export.running import CausalModel, Seq2SeqModel, TokenClassifier
from model_export.source import Source
from scanproof.correction.fast.labels import rewrite
from scanproof.correction.models.manifest import Prompt, Role, Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_ROOM_TO_GROW = 1.5


def error_rate(
    folder: Path,
    files: dict[Role, str],
    task: Task,
    tokenizer: PreTrainedTokenizerFast,
    prompt: Prompt,
    model: Source,
    pairs: Sequence[Pair],
) -> float:
    """Character error rate of the model's corrections of `pairs`."""
    if task == "token-classification":
        named = model.config["id2label"]
        labels = [named[str(index)] for index in range(len(named))]
        tagger = TokenClassifier(folder, files)
        return cer([(_tagged(tagger, tokenizer, labels, pair.raw), pair.truth) for pair in pairs])
    end = model.end_tokens
    if task == "text2text-generation":
        translator = Seq2SeqModel(folder, files)
        start = int(model.config.get("decoder_start_token_id") or 0)
        return cer(
            [
                (_decoded(tokenizer, translator.greedy(ids, end, _limit(ids), start)), pair.truth)
                for pair in pairs
                for ids in [prompt_ids(tokenizer, prompt, pair.raw)]
            ]
        )
    writer = CausalModel(folder, files)
    outputs = []
    for pair in pairs:
        ids = prompt_ids(tokenizer, prompt, pair.raw)
        limit = _limit(tokenizer(pair.raw)["input_ids"])
        outputs.append((_decoded(tokenizer, writer.greedy(ids, end, limit)), pair.truth))
    return cer(outputs)


def _limit(ids: Sequence[int]) -> int:
    return int(len(ids) * _ROOM_TO_GROW) + 8


def _decoded(tokenizer: PreTrainedTokenizerFast, ids: list[int]) -> str:
    return str(tokenizer.decode(ids, skip_special_tokens=True)).strip()


def _tagged(tagger: TokenClassifier, tokenizer: PreTrainedTokenizerFast, labels: list[str], raw: str) -> str:
    """`raw` with the likeliest edit of every character applied."""
    encoded = tokenizer(raw, return_offsets_mapping=True)
    chosen = np.argmax(tagger.logits(encoded["input_ids"]), axis=-1)
    return "".join(
        rewrite(labels[int(index)], raw[start:stop])
        for (start, stop), index in zip(encoded["offset_mapping"], chosen, strict=True)
    )
