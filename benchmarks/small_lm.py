"""Trains a small causal transformer as `other_languages` would need it, and prints how well it predicts text.

    python -m benchmarks.small_lm --data DATA --language de --cpu-seconds 300 [--out FOLDER]

It is a Llama of four layers and 5.3 million weights over 8,192 word pieces, trained on ``train_text`` without the end
of each source, in the environment of ``model_training``. Prints bits per character of those ends after a quarter, half
and all of the time. ``--out`` keeps the model in Hub layout for ``model_export``.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from benchmarks.ngram_lm import source_lines, tokens_of, word_pieces

_VOCABULARY, _WIDTH, _LAYERS, _HEADS, _INNER = 8_192, 256, 4, 4, 704
_LENGTH, _ROWS = 128, 12  # tokens of a sequence, sequences of a step
_MATRIX_RATE, _OTHER_RATE = 0.01, 3e-3
_WARMUP, _CONSTANT = 60, 0.55  # steps; share of the time before the rate falls
_MEASURED = 60_000  # characters of a source
_SHARES = (0.25, 0.5)


def batches(tokens: torch.Tensor) -> Iterator[torch.Tensor]:
    """Sequences in random order, each with the token behind it."""
    starts = torch.arange(0, len(tokens) - _LENGTH - 1, _LENGTH)
    while True:
        for chosen in starts[torch.randperm(len(starts))].split(_ROWS):
            yield torch.stack([tokens[start : start + _LENGTH + 1] for start in chosen.tolist()])


def loss_of(model: LlamaForCausalLM, batch: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the following tokens, in natural logarithms."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(input_ids=batch[:, :-1], use_cache=False).logits
    return cross_entropy(logits.float().flatten(0, 1), batch[:, 1:].flatten())


@torch.no_grad()
def bits_per_character(model: LlamaForCausalLM, tokens: torch.Tensor, characters: int) -> float:
    """Of a text with so many characters, read in sequences without what is before them."""
    rows = tokens[: len(tokens) // (_LENGTH + 1) * (_LENGTH + 1)].reshape(-1, _LENGTH + 1)
    loss = sum(float(loss_of(model, part)) * len(part) for part in rows.split(_ROWS)) / len(rows)
    return loss / math.log(2) * len(tokens) / characters


def main() -> None:
    """Prints one JSON object a measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/")
    parser.add_argument("--language", default="de")
    parser.add_argument("--cpu-seconds", type=float, default=3600)
    parser.add_argument("--out", type=Path, help="folder for the model")
    options = parser.parse_args()
    torch.manual_seed(0)
    texts = [line for _, lines in source_lines(options.data, options.language, held_out=False) for line in lines]
    tokenizer = word_pieces(texts, _VOCABULARY)
    tokens = torch.from_numpy(tokens_of(texts, tokenizer))
    held_out = {
        name: "\n".join(lines)[:_MEASURED]
        for name, lines in source_lines(options.data, options.language, held_out=True)
    }
    config = LlamaConfig(
        vocab_size=_VOCABULARY, hidden_size=_WIDTH, intermediate_size=_INNER, num_hidden_layers=_LAYERS,
        num_attention_heads=_HEADS, max_position_embeddings=1024, tie_word_embeddings=True,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    embedding = model.get_input_embeddings().weight
    matrices = [weights for weights in model.parameters() if weights.ndim == 2 and weights is not embedding]
    others = [weights for weights in model.parameters() if weights.ndim != 2 or weights is embedding]
    optimizers = [
        (torch.optim.Muon(matrices, lr=_MATRIX_RATE, weight_decay=0.1, adjust_lr_fn="original"), _MATRIX_RATE),
        (torch.optim.AdamW(others, lr=_OTHER_RATE, betas=(0.9, 0.98), weight_decay=0.0), _OTHER_RATE),
    ]

    def measure(share: float, seen: int) -> None:
        bits = {
            name: round(bits_per_character(model, torch.from_numpy(tokens_of([text], tokenizer)), len(text)), 3)
            for name, text in held_out.items()
        }
        print(json.dumps({"share_of_time": share, "tokens": seen, "bits_per_character": bits}), flush=True)

    shares, used, seen = [*_SHARES], 0.0, 0
    for step, batch in enumerate(batches(tokens), start=1):
        began, done = time.process_time(), used / options.cpu_seconds
        if done >= 1:
            break
        if shares and done >= shares[0]:
            measure(shares.pop(0), seen)
            began = time.process_time()
        falling = min(1.0, max(0.02, (1 - done) / (1 - _CONSTANT)))
        loss_of(model, batch).backward()
        for optimizer, rate in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * falling * min(1.0, step / _WARMUP)
            optimizer.step()
            optimizer.zero_grad()
        seen, used = seen + batch.shape[0] * _LENGTH, used + time.process_time() - began
    measure(1.0, seen)
    if options.out:
        model.save_pretrained(options.out)
        PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(options.out)


if __name__ == "__main__":
    main()
