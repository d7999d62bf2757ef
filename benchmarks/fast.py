"""Measures the fast corrector: pages per second, the processor's time by part, and how long the tagger alone takes.

    python -m benchmarks.fast [--model models/fast] [--threads 2] [--text FILE] [--against CHECKOUT]

A page has 2,000 characters. Where torch is installed, the same windows also run through PyTorch. FILE has lines to
correct instead of generated ones. CHECKOUT is another version of this repository, which corrects the same lines with
its own model in a process of its own. The variants take turns, and of each the shortest time counts, so that their
ratios hold on a busy machine; from the second turn on a process knows the words that it searched for. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import NamedTuple
from unittest.mock import patch

from scanproof.correction.fast.corrector import FastCorrector, load_fast
from scanproof.correction.fast.tagger import Tagger, Tags

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


class Turn(NamedTuple):
    """Seconds of one turn on the clock, of the processor, and of these the tagger's; a digest of the corrected text."""

    wall: float
    cpu: float
    tagger: float
    digest: str


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fast", description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--text", type=Path, help="lines to correct (default: generated)")
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", type=Path, help="another checkout to compare with")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    lines = options.text.read_text("utf-8").splitlines() if options.text else generated_lines(options.pages)
    fast = load_fast(options.model, options.threads)
    if options.serve:
        serve(fast, lines)
        return
    pages = sum(map(len, lines)) / _PAGE
    with ExitStack() as stack:
        runs: dict[str, Callable[[], Turn]] = {"corrector": lambda: corrected(fast, lines)}
        if options.against:
            runs["the other checkout"] = stack.enter_context(OtherCheckout(options.against))
        for name, tag in taggers(fast.folder, lines).items():
            runs[name] = as_turn(tag)
        turns: dict[str, list[Turn]] = {name: [] for name in runs}
        for _ in range(options.rounds):
            for name, run in runs.items():
                turns[name].append(run())
    result = {
        "pages": round(pages, 1),
        "threads": options.threads,
        **{name: summary(of_run, pages) for name, of_run in turns.items()},
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if options.against:
        result |= comparison(turns["corrector"], turns["the other checkout"])
    print(json.dumps(result))


def summary(turns: Sequence[Turn], pages: float) -> dict[str, float]:
    """The best of several turns."""
    wall, cpu, tagger = (min(times) for times in zip(*(turn[:3] for turn in turns), strict=True))
    found = {"pages_per_second": round(pages / wall, 2), "cpu_ms_a_page": round(1000 * cpu / pages, 1)}
    return found | ({"of_it_tagger": round(1000 * tagger / pages, 1)} if tagger else {})


def comparison(new: Sequence[Turn], old: Sequence[Turn]) -> dict[str, object]:
    """How this version's time relates to the other's, and whether both correct alike."""
    cpu = [min(turn.cpu for turn in turns) for turns in (new, old)]
    rest = [min(turn.cpu - turn.tagger for turn in turns) for turns in (new, old)]
    return {
        "cpu_ratio": round(cpu[0] / cpu[1], 3),
        "cpu_ratio_without_tagger": round(rest[0] / rest[1], 3),
        "same_text": {turn.digest for turn in new} == {turn.digest for turn in old},
    }


def corrected(fast: FastCorrector, lines: Sequence[str]) -> Turn:
    """Corrects the lines once."""
    tag, seconds = Tagger.tag, list[float]()

    def timed(tagger: Tagger, text: str, statuses: Sequence[int] | None = None) -> Tags:
        start = time.thread_time()
        tags = tag(tagger, text, statuses)
        seconds.append(time.thread_time() - start)
        return tags

    with patch.object(Tagger, "tag", timed):
        wall, cpu = time.perf_counter(), time.process_time()
        found = fast.correct(lines)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Turn(wall, cpu, sum(seconds), sha256("\n".join(line.text for line in found).encode()).hexdigest())


def as_turn(run: Callable[[], object]) -> Callable[[], Turn]:
    """A function that times ``run``."""

    def timed() -> Turn:
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        return Turn(time.perf_counter() - wall, time.process_time() - cpu, 0.0, "")

    return timed


def serve(fast: FastCorrector, lines: Sequence[str]) -> None:
    """Takes a turn for each line of standard input."""
    for _ in sys.stdin:
        print(json.dumps(corrected(fast, lines)), flush=True)


class OtherCheckout:
    """The same turns with the code of another checkout, by this file in a process of its own."""

    def __init__(self, checkout: Path) -> None:
        given = [argument for argument in sys.argv[1:] if argument != "--against" and argument != str(checkout)]
        path = os.pathsep.join((str(checkout / "layers" / "scanproof"), str(checkout)))
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, *given, "--serve"],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self) -> Turn:
        """Takes one turn."""
        requests, replies = self._process.stdin, self._process.stdout
        assert requests and replies  # noqa: S101 - both are pipes
        requests.write("\n")
        requests.flush()
        return Turn(*json.loads(replies.readline()))

    def __enter__(self) -> OtherCheckout:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def taggers(model: Path, lines: Sequence[str]) -> dict[str, Callable[[], object]]:
    """The tagger alone, on one thread."""
    runs = {"tagger alone, one thread": tagging(model, lines)}
    if pytorch := in_pytorch(model, lines):
        runs["PyTorch float32, tagger alone, one thread"] = pytorch
    return runs


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


if __name__ == "__main__":
    main()
