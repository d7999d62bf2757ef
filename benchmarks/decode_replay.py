"""Simulates draft decoding with a larger model: its passes are real, its answers are those of the small model.

    python -m benchmarks.decode_replay --make qwen2.5-0.5b FOLDER     random weights of that shape
    python -m benchmarks.decode_replay FOLDER [--characters 500] [--errors 0.02 0.05]

THE FIGURES ARE A SIMULATION. The large graph runs every pass of the small model's decoding on the same tokens, rejected
drafts included, and only its time counts; the predictions are those of the small trained model. Peers run the large
weights and are forced to generate the same tokens.
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
    BATCH_SIZES,
    DRAFTED,
    END,
    MODEL,
    START,
    TOKEN_BY_TOKEN,
    Clock,
    LmDecoder,
    Result,
    Task,
    batched,
    make_task,
    passes_of,
    table,
)
from benchmarks.decode_peers import PEERS, Run, installed
from scanproof.correction.lm.decode import padded
from scanproof.correction.lm.predictions import Predictions
from scanproof.correction.lm.session import Batch, Cache, CausalGraph, Ids, open_graph
from scanproof.correction.lm.window import measure_pass_cost

Answer = TypeVar("Answer")
Open = Callable[[], Run]


class ReplayGraph:
    """Replaces a CausalGraph: the large graph runs the passes, the small one answers."""

    max_rows = CausalGraph.max_rows

    def __init__(self, large: CausalGraph, small: CausalGraph, clock: Clock) -> None:
        """Takes two graphs; the small one's vocabulary is a subset of the large one's."""
        self._large, self._small, self._clock = large, small, clock
        self._large_cache = large.empty_cache()  # with the columns of the small graph's cache
        self.small_seconds = 0.0  # spent in the small graph

    def start_batch(self, prompts: Sequence[tuple[int, ...]], prefix: tuple[int, ...] = ()) -> Batch:
        """See `Graph`."""
        self._large_cache = self._large.start_batch(prompts, prefix).cache
        return self._answer(lambda: self._small.start_batch(prompts, prefix))

    def run(self, tokens: Ids, mask: Ids, cache: Cache, logits_from: int = 0) -> Predictions:
        """See `Graph`."""
        self._large.run(tokens, mask, self._synchronised(cache), logits_from)
        return self._answer(lambda: self._small.run(tokens, mask, cache, logits_from))

    def select_rows(self, cache: Cache, rows: Sequence[int]) -> None:
        """See `Graph`."""
        self._large.select_rows(self._synchronised(cache), rows)
        self._answer(lambda: self._small.select_rows(cache, rows))

    def compact(self, cache: Cache) -> None:
        """See `Graph`."""
        self._large.compact(self._synchronised(cache))
        self._answer(lambda: self._small.compact(cache))

    def _synchronised(self, cache: Cache) -> Cache:
        """Returns the large graph's cache with the mask of ``cache``."""
        self._large_cache.mask, self._large_cache.lengths = cache.mask.copy(), cache.lengths.copy()
        return self._large_cache

    def _answer(self, call: Callable[[], Answer]) -> Answer:
        start = self._clock()
        answer = call()
        self.small_seconds += self._clock() - start
        return answer


def prefill(graph: CausalGraph, task: Task, rows: int) -> None:
    """Reads every prompt once in batches of ``rows`` and computes the logits of the last position only."""
    ordered = sorted(task.prompts, key=len)
    for first in range(0, len(ordered), rows):
        tokens, mask = padded(ordered[first : first + rows])
        graph.run(tokens, mask, graph.expand(graph.empty_cache(), len(tokens)), tokens.shape[1] - 1)


def measure(
    large: CausalGraph, small: CausalGraph, tokenizer: Tokenizer, task: Task, peers: dict[str, Open], clock: Clock
) -> dict[str, Result]:
    """Runs every decoder once on one page, which takes minutes."""
    results: dict[str, Result] = {}
    cost = measure_pass_cost(large, clock)
    answers, _ = LmDecoder(small, tokenizer).run(task, drafted=True, rows=1)
    for rows in BATCH_SIZES:
        start = clock()
        prefill(large, task, rows)
        _record(results, batched("reading the prompts once", rows), Result(clock() - start, answers))
        for name, drafted in ((DRAFTED, True), (TOKEN_BY_TOKEN, False)):
            graph = ReplayGraph(large, small, clock)
            start = clock()
            _, passes = LmDecoder(graph, tokenizer, cost).run(task, drafted, rows)
            seconds = clock() - start - graph.small_seconds
            _record(results, batched(name, rows), Result(seconds, answers, passes))
    for name, open_peer in peers.items():
        run = open_peer()  # one at a time: each loads the weights
        start = clock()
        output = run(task.prompts, task.limits, answers)
        _record(results, name, Result(clock() - start, output))
        if output != answers:
            print(f"{name} did not generate the forced answers", file=sys.stderr)
    return results


def _record(results: dict[str, Result], name: str, result: Result) -> None:
    results[name] = result
    print(f"{name}: {result.seconds:.2f} s, {result.passes or '?'} passes", file=sys.stderr, flush=True)


def _cell(name: str, results: dict[str, Result]) -> str:
    """Formats seconds, and their ratio to Scanproof's fastest."""
    best = min(results[batched(DRAFTED, rows)].seconds for rows in BATCH_SIZES)
    result = results[name]
    return f"{result.seconds:.2f} s{passes_of(result)}, {result.seconds / best:.1f} ×"


def make(shape: str, folder: Path) -> None:
    """Writes a model of that shape with random weights: Hub layout, graph, and the small model's tokenizer."""
    from model_export.llama_graph import write_llama_graph
    from model_export.shape_check import build

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(MODEL.with_name("tokenizer.json")))
    ends = {"bos_token_id": tokenizer.token_to_id(START), "eos_token_id": tokenizer.token_to_id(END)}
    weights = build(shape, ends, folder)
    shutil.copyfile(MODEL.with_name("tokenizer.json"), folder / "tokenizer.json")
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "bos_token": START}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    write_llama_graph(folder, folder / "model.onnx")
    print(f"{folder}: {weights:,} weights")


def main() -> None:
    """Runs the simulation and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--make", metavar="SHAPE", help="create the folder and exit")
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
    results = [measure(large, small, tokenizer, task, peers, clock) for task in tasks]
    print(f"SIMULATION. {len(tasks[0].lines)} lines, {sum(map(len, tasks[0].prompts))} tokens of prompts.\n")
    print(table([f"{task.error_rate:.0%}" for task in tasks], results, _cell))


if __name__ == "__main__":
    main()
