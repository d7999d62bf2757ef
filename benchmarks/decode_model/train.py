"""Trains the benchmark model: `python -m benchmarks.decode_model.train --text en.txt.xz --confusions DIR --out DIR`."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from transformers import Qwen2ForCausalLM

from benchmarks.decode_model.samples import LONGEST, pairs, read_paragraphs
from benchmarks.decode_model.shape import ANSWER, END, START, grown, learn_tokenizer, new_model
from model_training.confusions import load_confusions

TOKENS_PER_STEP = 2048
PEAK_RATE = 2e-3
SHALLOW = 3  # layers for the first half of the time: four times as many steps
IGNORED = -100


def main() -> None:
    """Trains for a number of minutes and saves model and tokenizer in Hub layout."""
    arguments = _parser().parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    rng = Random(arguments.seed)  # noqa: S311 - training data, not secrets
    paragraphs = read_paragraphs(arguments.text, arguments.characters)
    tables = [load_confusions(path) for path in arguments.confusions]
    tokenizer, model = _start(arguments.resume, paragraphs, rng)
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(arguments.out / "tokenizer.json"))

    def make_pairs(longest: int) -> Iterator[tuple[str, str]]:
        return pairs(paragraphs, tables, longest, rng)

    optimizer = _optimizer(model)
    begin, step, running, saved = time.monotonic(), 0, 0.0, 0.0
    while (done := (time.monotonic() - begin) / (60 * arguments.minutes)) < 1:
        if done > arguments.grow_at and model.config.num_hidden_layers == SHALLOW:
            model = grown(model)
            optimizer = _optimizer(model)
        for group in optimizer.param_groups:
            group["lr"] = arguments.rate * _share(step, done)
        ids, labels = _batch(make_pairs(_longest(done, arguments.longest)), tokenizer)
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        running = loss.item() if step == 1 else 0.98 * running + 0.02 * loss.item()
        if step % 20 == 0:
            print(f"{time.monotonic() - begin:.0f} s, step {step}, loss {running:.3f}", flush=True)
        if time.monotonic() - saved > 240:
            saved = time.monotonic()
            _save(model, arguments.out)
    _save(model, arguments.out)


def _optimizer(model: Qwen2ForCausalLM) -> torch.optim.Optimizer:
    print(f"{sum(weight.numel() for weight in model.parameters()):,} parameters", flush=True)
    return torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.01)


def _start(resumed: Path | None, paragraphs: list[str], rng: Random) -> tuple[Tokenizer, Qwen2ForCausalLM]:
    if resumed:
        tokenizer = Tokenizer.from_file(str(resumed / "tokenizer.json"))
        return tokenizer, Qwen2ForCausalLM.from_pretrained(resumed, dtype=torch.float32)
    tokenizer = learn_tokenizer(rng.sample(paragraphs, min(len(paragraphs), 20_000)))
    return tokenizer, new_model(tokenizer, SHALLOW)


def _save(model: Qwen2ForCausalLM, out: Path) -> None:
    model.save_pretrained(out)


def _share(step: int, done: float) -> float:
    """Of the peak learning rate: a short rise, then a cosine."""
    return min(1.0, (step + 1) / 100) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))


def _longest(done: float, longest: int) -> int:
    """Short samples first: copying is found sooner where there is less to look through."""
    return round(min(longest, 60 + (longest - 60) * done / 0.6))


def _batch(source: Iterator[tuple[str, str]], tokenizer: Tokenizer) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and labels, [rows, longest row]; pairs of similar length, so that little is padding."""
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
    """Token ids of prompt and answer, and the prompt's length."""
    prompt = tokenizer.encode(START + pair[0] + ANSWER).ids
    return prompt + tokenizer.encode(pair[1] + END).ids, len(prompt)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, nargs="+", required=True, help="xz files, a paragraph a line")
    parser.add_argument("--confusions", type=Path, nargs="+", required=True, help="tables of measured confusions")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--characters", type=int, default=8_000_000, help="read so much of each text")
    parser.add_argument("--resume", type=Path, help="folder of an earlier training to go on from")
    parser.add_argument("--longest", type=int, default=LONGEST, help="characters of a sample")
    parser.add_argument("--grow-at", type=float, default=0.5, help="part of the time after which all layers are there")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=PEAK_RATE, help="peak learning rate")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
