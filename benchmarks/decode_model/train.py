"""Trains the benchmark model: `python -m benchmarks.decode_model.train --out DIR`, then `pack.py`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from transformers import Qwen2ForCausalLM

from benchmarks.decode_model.pages import page
from benchmarks.decode_model.samples import HELD_OUT, LONGEST, SHORTEST, pairs
from benchmarks.decode_model.shape import ANSWER, END, START, learn_tokenizer, new_model, with_more_layers

TOKENS_PER_STEP = 2048
PEAK_RATE = 2e-3  # AdamW: embeddings, biases, norms
MATRIX_RATE = 0.008  # Muon (Jordan et al. 2024): matrices of the layers; needs about half as many steps
SHALLOW = 3  # layers in the first part of the training, which makes steps four times as fast
IGNORED = -100


def main() -> None:
    """Trains and saves model and tokenizer in Hub layout."""
    arguments = _parser().parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    rng = Random(arguments.seed)  # noqa: S311 - training data, not secrets
    tokenizer, model = _start(arguments.resume)
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(arguments.out / "tokenizer.json"))
    optimizers = _optimizers(model)
    start, step, average_loss, saved = time.monotonic(), 0, 0.0, 0.0
    while (done := step / arguments.steps) < 1:
        if done > arguments.grow_at and model.config.num_hidden_layers == SHALLOW:
            model = with_more_layers(model)
            optimizers = _optimizers(model)
        ids, labels = _batch(pairs(arguments.shortest, _max_characters(done, arguments), rng), tokenizer)
        loss = _loss(model, ids, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, rate in zip(optimizers, (MATRIX_RATE, PEAK_RATE), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * arguments.rate * _rate_factor(step, done)
            optimizer.step()
            optimizer.zero_grad()
        step += 1
        average_loss = loss.item() if step == 1 else 0.95 * average_loss + 0.05 * loss.item()
        if step % 20 == 0:
            print(f"{time.monotonic() - start:.0f} s, step {step}, loss {average_loss:.3f}", flush=True)
        if time.monotonic() - saved > 240:
            saved = time.monotonic()
            model.save_pretrained(arguments.out)
    model.save_pretrained(arguments.out)


def _loss(model: Qwen2ForCausalLM, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Returns the loss on the answers' tokens; skips the output layer, a fifth of the work, for all others."""
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.model(input_ids=ids).last_hidden_state[:, :-1]
        targets = labels[:, 1:]
        counted = targets != IGNORED
        logits = model.lm_head(hidden[counted])
    return torch.nn.functional.cross_entropy(logits.float(), targets[counted])


def _optimizers(model: Qwen2ForCausalLM) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    print(f"{sum(weight.numel() for weight in model.parameters()):,} parameters", flush=True)
    matrices = [weight for weight in model.model.layers.parameters() if weight.dim() == 2]
    known = set(map(id, matrices))
    others = [weight for weight in model.parameters() if id(weight) not in known]
    return (
        torch.optim.Muon(matrices, lr=MATRIX_RATE, weight_decay=0.0, momentum=0.95),
        torch.optim.AdamW(others, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.0),
    )


def _start(resumed: Path | None) -> tuple[Tokenizer, Qwen2ForCausalLM]:
    if resumed:
        tokenizer = Tokenizer.from_file(str(resumed / "tokenizer.json"))
        return tokenizer, Qwen2ForCausalLM.from_pretrained(resumed, dtype=torch.float32)
    tokenizer = learn_tokenizer(page(2000, HELD_OUT + number) for number in range(2000))
    return tokenizer, new_model(tokenizer, SHALLOW)


def _rate_factor(step: int, done: float) -> float:
    """Returns the factor of the peak learning rate: warm-up, constant, decay."""
    return min(1.0, (step + 1) / 40) * min(1.0, 0.03 + 2.0 * (1 - done))


def _max_characters(done: float, arguments: argparse.Namespace) -> int:
    """Returns the current maximum length: copying is learned faster on short samples."""
    longest: int = arguments.longest
    return longest if arguments.resume else round(min(longest, 60 + (longest - 60) * done / 0.5))


def _batch(source: Iterator[tuple[str, str]], tokenizer: Tokenizer) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns token ids and labels [rows, longest row] of pairs of similar length, to reduce padding."""
    rows = sorted((_row(pair, tokenizer) for pair in islice(source, 64)), key=lambda row: len(row[0]))
    start = torch.randint(len(rows), ()).item()
    chosen: list[tuple[list[int], int]] = []
    for row in rows[int(start) :] + rows[: int(start)][::-1]:
        if chosen and (len(chosen) + 1) * max(len(row[0]), len(chosen[0][0])) > TOKENS_PER_STEP:
            break
        chosen.append(row)
    width = max(len(ids) for ids, _ in chosen)
    ids = torch.tensor([row + [0] * (width - len(row)) for row, _ in chosen])
    labels = torch.tensor(
        [[IGNORED] * prompt + row[prompt:] + [IGNORED] * (width - len(row)) for row, prompt in chosen]
    )
    return ids, labels


def _row(pair: tuple[str, str], tokenizer: Tokenizer) -> tuple[list[int], int]:
    """Returns the token ids of prompt and answer, and the prompt's length."""
    prompt = tokenizer.encode(START + pair[0] + ANSWER).ids
    return prompt + tokenizer.encode(pair[1] + END).ids, len(prompt)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", type=Path, help="folder of an earlier training to continue")
    parser.add_argument("--rate", type=float, default=1.0, help="factor of the learning rates")
    parser.add_argument("--shortest", type=int, default=SHORTEST, help="characters of a sample")
    parser.add_argument("--longest", type=int, default=LONGEST, help="characters of a sample")
    parser.add_argument(
        "--grow-at", type=float, default=0.9, help="share of the steps after which all layers are trained"
    )
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
