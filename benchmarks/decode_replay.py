"""What draft decoding gains with a model of a larger shape: its real passes, the small trained model's answers.

    python -m benchmarks.decode_replay --make qwen2.5-0.5b FOLDER     random weights of that shape
    python -m benchmarks.decode_replay FOLDER [--characters 500] [--errors 0.02 0.05]

THE FIGURES ARE A SIMULATION. The large graph runs every pass over the very tokens that the small model's decoding
puts to it, wrong guesses and all, and only its time counts; what it "says" is what the benchmark's trained model says
there. Peers run the same weights and are made to say the same tokens, by a logits processor where they draft too.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from tokenizers import Tokenizer

from benchmarks.decode import (
    END,
    LINES_AT_ONCE,
    MODEL,
    OURS,
    PLAIN,
    START,
    Clock,
    Ours,
    Result,
    Task,
    at_once,
    make_task,
    passes_of,
    table,
)
from benchmarks.decode_peers import PEERS, Run, installed
from scanproof.correction.lm.choices import Choices
from scanproof.correction.lm.decode import padded
from scanproof.correction.lm.session import Begun, Cache, CausalGraph, Ids, open_graph
from scanproof.correction.lm.window import measured_cost

Told = TypeVar("Told")
Open = Callable[[], Run]


class Replayed:
    """Stands in for a CausalGraph: the large one works, the small one answers."""

    largest_batch = CausalGraph.largest_batch

    def __init__(self, large: CausalGraph, small: CausalGraph, clock: Clock) -> None:
        """Takes two graphs; the small one's vocabulary is a part of the large one's."""
        self._large, self._small, self._clock = large, small, clock
        self._behind = large.empty_cache()  # the large graph's cache, with the columns of the small one's
        self.answering = 0.0  # seconds that are not the large graph's

    def begin(self, prompts: Sequence[tuple[int, ...]], prefix: tuple[int, ...] = ()) -> Begun:
        """See Graph."""
        self._behind = self._large.begin(prompts, prefix).cache
        return self._answer(lambda: self._small.begin(prompts, prefix))

    def run(self, tokens: Ids, live: Ids, cache: Cache, wanted: int = 0) -> Choices:
        """See Graph."""
        self._large.run(tokens, live, self._followed(cache), wanted)
        return self._answer(lambda: self._small.run(tokens, live, cache, wanted))

    def keep(self, cache: Cache, rows: Sequence[int]) -> None:
        """See Graph."""
        self._large.keep(self._followed(cache), rows)
        self._answer(lambda: self._small.keep(cache, rows))

    def tidy(self, cache: Cache) -> None:
        """See Graph."""
        self._large.tidy(self._followed(cache))
        self._answer(lambda: self._small.tidy(cache))

    def _followed(self, cache: Cache) -> Cache:
        """The large graph's cache, in which the same tokens count as in ``cache``."""
        self._behind.live, self._behind.length = cache.live.copy(), cache.length.copy()
        return self._behind

    def _answer(self, told: Callable[[], Told]) -> Told:
        begin = self._clock()
        found = told()
        self.answering += self._clock() - begin
        return found


def prefill(graph: CausalGraph, task: Task, rows: int) -> None:
    """Reads every prompt once, so many together, and asks for the last place's logits only."""
    ordered = sorted(task.prompts, key=len)
    for first in range(0, len(ordered), rows):
        tokens, live = padded(ordered[first : first + rows])
        graph.run(tokens, live, graph.spread(graph.empty_cache(), len(tokens)), tokens.shape[1] - 1)


def measured(
    large: CausalGraph, small: CausalGraph, tokenizer: Tokenizer, task: Task, peers: dict[str, Open], clock: Clock
) -> dict[str, Result]:
    """Every contender on one page, once: a page takes minutes."""
    results: dict[str, Result] = {}
    cost = measured_cost(large, clock)
    answers, _ = Ours(small, tokenizer).run(task, drafted=True, rows=1)
    for rows in LINES_AT_ONCE:
        begin = clock()
        prefill(large, task, rows)
        _take(results, at_once("reading the prompts once", rows), Result(clock() - begin, answers))
        for name, drafted in ((OURS, True), (PLAIN, False)):
            graph = Replayed(large, small, clock)
            begin = clock()
            _, passes = Ours(graph, tokenizer, cost).run(task, drafted, rows)
            seconds = clock() - begin - graph.answering
            _take(results, at_once(name, rows), Result(seconds, answers, passes))
    for name, open_peer in peers.items():
        run = open_peer()  # one at a time: each has the weights in memory
        begin = clock()
        written = run(task.prompts, task.limits, answers)
        _take(results, name, Result(clock() - begin, written))
        if written != answers:
            print(f"{name} said something else than it was made to", file=sys.stderr)
    return results


def _take(results: dict[str, Result], name: str, result: Result) -> None:
    results[name] = result
    print(f"{name}: {result.seconds:.2f} s, {result.passes or '?'} passes", file=sys.stderr, flush=True)


def _cell(name: str, results: dict[str, Result]) -> str:
    """Seconds, and how many times as long as our quickest it took."""
    best = min(results[at_once(OURS, rows)].seconds for rows in LINES_AT_ONCE)
    result = results[name]
    return f"{result.seconds:.2f} s{passes_of(result)}, {result.seconds / best:.1f} ×"


def make(shape: str, folder: Path) -> None:
    """Writes a model of that shape with random weights: Hub layout, graph, and the small model's tokenizer."""
    from model_export.direct import write_direct
    from model_export.shape_check import build

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(MODEL.with_name("tokenizer.json")))
    ends = {"bos_token_id": tokenizer.token_to_id(START), "eos_token_id": tokenizer.token_to_id(END)}
    weights = build(shape, ends, folder)
    shutil.copyfile(MODEL.with_name("tokenizer.json"), folder / "tokenizer.json")
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "bos_token": START}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    write_direct(folder, folder / "model.onnx")
    print(f"{folder}: {weights:,} weights")


def main() -> None:
    """Prints a table for each page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--make", metavar="SHAPE", help="make the folder, and end")
    parser.add_argument("--characters", type=int, default=500)
    parser.add_argument("--errors", type=float, nargs="+", default=[0.02, 0.05])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu-time", action="store_true", help="CPU seconds of one thread")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    arguments = parser.parse_args()
    if arguments.make:
        make(arguments.make, arguments.folder)
        return
    clock: Clock = time.process_time if arguments.cpu_time else time.perf_counter
    threads = 1 if arguments.cpu_time else arguments.threads
    tokenizer = Tokenizer.from_file(str(MODEL.with_name("tokenizer.json")))
    large, small = (open_graph(path, threads=threads) for path in (arguments.folder / "model.onnx", MODEL))
    end = tokenizer.token_to_id(END)
    peers = {
        name: partial(PEERS[name][1], arguments.folder, end, threads) for name in arguments.peers if installed(name)
    }
    tasks = [make_task(tokenizer, arguments.characters, rate) for rate in arguments.errors]
    results = [measured(large, small, tokenizer, task, peers, clock) for task in tasks]
    print(f"SIMULATION. {len(tasks[0].lines)} lines, {sum(map(len, tasks[0].prompts))} tokens of prompts.\n")
    print(table([f"{task.error_rate:.0%}" for task in tasks], results, _cell))


if __name__ == "__main__":
    main()
