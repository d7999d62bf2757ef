"""Measures the fast corrector: pages per second, and how long the tagger alone takes.

    python -m benchmarks.fast [--model models/fast] [--threads 2] [--text FILE]

A page has 2,000 characters. Where torch is installed, the same windows also run through PyTorch. FILE has lines to
correct instead of generated ones. The variants take turns, so that their ratios hold on a busy machine. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from scanproof.correction.fast.corrector import load_fast
from scanproof.correction.fast.model_folder import default_folder
from scanproof.correction.fast.tagger import Tagger

_PAGE = 2_000
_WORDS = (  # noqa: SIM905 - a list this long reads better as words
    "please find enclosed the invoice for goods delivered to your warehouse on the agreed date payment is due within "
    "thirty days total amount including tax and shipping the council met on Tuesday evening to discuss the repair of "
    "the bridge which had been closed since the flood several members spoke against the proposal of Mr Hartley"
).split()
_MISREAD = {"e": "c", "h": "b", "n": "u", "o": "0", "i": "1", "m": "rn"}
_ERRORS = 0.03  # of the letters that have a look-alike here


def generated_lines(pages: int, seed: int = 1) -> list[str]:
    """Generates lines of about 70 characters, some of them misread, to fill ``pages`` pages."""
    rng = Random(seed)  # noqa: S311 - sampling, not secrecy
    lines: list[str] = []
    while sum(map(len, lines)) < pages * _PAGE:
        clean = " ".join(rng.choice(_WORDS) for _ in range(12))
        lines.append("".join(_MISREAD.get(c, c) if rng.random() < _ERRORS else c for c in clean))
    return lines


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fast", description=__doc__)
    parser.add_argument("--model", type=Path, default=default_folder())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--text", type=Path, help="lines to correct (default: generated)")
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    lines = options.text.read_text("utf-8").splitlines() if options.text else generated_lines(options.pages)
    fast = load_fast(options.model, options.threads)
    runs: dict[str, Callable[[], object]] = {
        "corrector": lambda: fast.correct(lines),
        "tagger alone, one thread": tagging(options.model, lines),
    }
    if pytorch := in_pytorch(options.model, lines):
        runs["PyTorch float32, tagger alone, one thread"] = pytorch
    pages = sum(map(len, lines)) / _PAGE
    speed = {name: round(pages / seconds, 2) for name, seconds in best_times(runs, options.rounds).items()}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    result = {"pages": round(pages, 1), "threads": options.threads, "pages_per_second": speed}
    print(json.dumps({**result, "peak_memory_mb": memory}))


def tagging(model: Path, lines: Sequence[str]) -> Callable[[], object]:
    """One forward pass per line, without further passes, language resources and guards."""
    tagger = Tagger(model)
    return lambda: [tagger.tag(line) for line in lines]


def in_pytorch(model: Path, lines: Sequence[str]) -> Callable[[], object] | None:
    """The same windows through transformers, one at a time; None where it is not installed."""
    try:
        import torch
        from transformers import AutoModelForTokenClassification, AutoTokenizer
    except ImportError:
        return None
    torch.set_num_threads(1)
    network = AutoModelForTokenClassification.from_pretrained(model).float().eval()
    tokenizer = AutoTokenizer.from_pretrained(model)
    pieces = [piece for line in lines for piece in re.findall(r"(?s).{1,127}", line)]
    inputs = [tokenizer(piece, return_tensors="pt") for piece in pieces]

    def run() -> object:
        with torch.inference_mode():
            return [network(**given).logits for given in inputs]

    return run


def best_times(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The shortest time of each run; they take turns."""
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main()
