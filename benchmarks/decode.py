"""Compares draft decoding with token-by-token decoding and other runtimes: same weights, prompts and machine.

    python -m benchmarks.decode --quick --json     one error rate, installed peers, under a minute
    python -m benchmarks.decode                    the table of docs/lm-corrector.md
    python -m benchmarks.decode --cpu-time         CPU seconds of one thread, for a machine that others use too

The model is the small Qwen2 in `benchmarks/decode_model/`. A page is decoded line by line, as scans are. Peers run if
they are installed (see docs/lm-corrector.md), with one prompt per line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from benchmarks.decode_model.pages import corrupted, page
from benchmarks.decode_peers import PEERS, Run, installed
from benchmarks.decode_plot import draw
from scanproof.correction.lm.decode import Decoder, Job
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.session import Graph, open_graph
from scanproof.correction.lm.window import PassCost, measure_pass_cost

MODEL = Path(__file__).with_name("decode_model") / "model.onnx"
CACHE = Path(".scanproof") / "decode-benchmark"
START, ANSWER, END = "<|raw|>", "<|corrected|>", "<|end|>"
LINE = 88  # characters
BATCH_SIZES = (1, 8)
Clock = Callable[[], float]
QUICK_PEERS = ("CTranslate2", "CTranslate2, 8 lines at once", "llama.cpp", "llama.cpp + prompt lookup")  # the fastest
DRAFTED, TOKEN_BY_TOKEN = "scanproof", "token by token"


@dataclass(frozen=True)
class Task:
    """One page at one error rate, line by line."""

    characters: int
    error_rate: float
    lines: tuple[str, ...]
    prompts: tuple[tuple[int, ...], ...]
    limits: tuple[int, ...]


@dataclass(frozen=True)
class Result:
    """The result of one decoder on one task: seconds of the fastest run, and its output."""

    seconds: float
    output: list[list[int]]
    passes: int = 0


Cell = Callable[[str, dict[str, Result]], str]  # formats one decoder's result, given all results of a task


class LmDecoder:
    """Scanproof's decoder, with the OCR text as draft or without a draft."""

    def __init__(self, graph: Graph, tokenizer: Tokenizer, cost: PassCost | None = None) -> None:
        """Takes a graph; ``cost`` None measures the cost of a pass."""
        self._graph = graph
        self._vocabulary = TokenizerVocabulary(tokenizer)
        self._end = frozenset({tokenizer.token_to_id(END)})
        self.cost = cost or measure_pass_cost(graph)

    def run(self, task: Task, drafted: bool, rows: int) -> tuple[list[list[int]], int]:
        """Returns the outputs and the number of passes."""
        decoder = Decoder(self._graph, self._vocabulary, self._end, self.cost, rows)
        inputs = zip(task.prompts, task.lines, task.limits, strict=True)
        jobs = [Job(prompt, line if drafted else "", limit) for prompt, line, limit in inputs]
        outputs = decoder.decode(jobs, task.prompts[0][:1])
        return [list(output.tokens) for output in outputs], decoder.stats.passes


def make_task(tokenizer: Tokenizer, characters: int, error_rate: float, seed: int = 0) -> Task:
    """Generates a page, corrupts it and splits it into lines."""
    clean = textwrap.wrap(page(characters, seed), LINE)
    lines = tuple(corrupted(line, error_rate, seed + number) for number, line in enumerate(clean))
    prompts = tuple(tuple(tokenizer.encode(START + line + ANSWER).ids) for line in lines)
    return Task(characters, error_rate, lines, prompts, tuple(int(1.3 * len(prompt)) + 16 for prompt in prompts))


def measure(task: Task, decoder: LmDecoder, peers: dict[str, Run], repeats: int, clock: Clock) -> dict[str, Result]:
    """Runs all decoders on one task in turn, so that other load on the machine affects all of them equally."""
    results: dict[str, Result] = {}
    for _ in range(repeats):
        for rows in BATCH_SIZES:
            for name, drafted in ((DRAFTED, True), (TOKEN_BY_TOKEN, False)):
                start = clock()
                output, passes = decoder.run(task, drafted, rows)
                _keep_fastest(results, batched(name, rows), Result(clock() - start, output, passes))
        for name, run in peers.items():
            start = clock()
            output = run(task.prompts, task.limits)
            _keep_fastest(results, name, Result(clock() - start, output))
    return results


def batched(name: str, rows: int) -> str:
    """Returns the name of a decoder with a batch size."""
    return name if rows == 1 else f"{name}, {rows} lines at once"


def _keep_fastest(results: dict[str, Result], name: str, result: Result) -> None:
    if name not in results or result.seconds < results[name].seconds:
        results[name] = result


def open_peers(names: Sequence[str], end: int, threads: int) -> dict[str, Run]:
    """Opens the installed peers; reasons for missing ones go to stderr."""
    peers: dict[str, Run] = {}
    if not any(installed(name) for name in names) or not installed("transformers"):
        return peers
    hub = CACHE / hashlib.sha256(MODEL.read_bytes()).hexdigest()[:12]  # peers store their converted models there
    if not (hub / "model.safetensors").is_file():
        command = [sys.executable, "-m", "benchmarks.decode_model.pack", "--unpack", str(MODEL), str(hub)]
        subprocess.run(command, check=True, capture_output=True)
    for name in names:
        if not installed(name):
            print(f"{name}: not installed", file=sys.stderr)
            continue
        try:
            peers[name] = PEERS[name][1](hub, end, threads)
        except Exception as error:  # noqa: BLE001 - a peer that fails to open is skipped, whatever the error
            print(f"{name}: {type(error).__name__}: {str(error).strip()[:300]}", file=sys.stderr)
    return peers


def summary(results: Sequence[dict[str, Result]]) -> dict[str, object]:
    """Returns the JSON summary of all tasks: unbatched against token by token, the best batch size against peers."""
    total = {name: sum(result[name].seconds for result in results) for name in results[0]}
    peers = [name for name in total if not name.startswith((DRAFTED, TOKEN_BY_TOKEN))]
    best = min(peers, key=lambda name: total[name], default=None)
    expected = [result[TOKEN_BY_TOKEN].output for result in results]
    own = [name for name in total if name.startswith((DRAFTED, TOKEN_BY_TOKEN))]
    fastest = min(seconds for name, seconds in total.items() if name.startswith(DRAFTED))
    return {
        "identical": all([result[name].output for result in results] == expected for name in own),
        "passes_per_page": round(sum(result[DRAFTED].passes for result in results) / len(results), 1),
        "speedup_vs_token_by_token": round(total[TOKEN_BY_TOKEN] / total[DRAFTED], 2),
        "speedup_vs_best_peer": round(total[best] / fastest, 2) if best else None,
        "peer": best,
    }


def table(heads: Sequence[str], results: Sequence[dict[str, Result]], cell: Cell) -> str:
    """Returns a Markdown table with a row per decoder and a column per task."""
    rows = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    rows += [f"| {name} | " + " | ".join(cell(name, result) for result in results) + " |" for name in results[0]]
    return "\n".join(rows)


def passes_of(result: Result) -> str:
    """Formats the number of passes, if known."""
    return f", {result.passes} passes" if result.passes else ""


def _cell(name: str, results: dict[str, Result]) -> str:
    """Formats milliseconds, passes, and the number of lines identical to token-by-token decoding."""
    result = results[name]
    same = sum(a == b for a, b in zip(result.output, results[TOKEN_BY_TOKEN].output, strict=True))
    return f"{1000 * result.seconds:.0f} ms{passes_of(result)}, {same}/{len(result.output)}"


def plot(tasks: Sequence[Task], results: Sequence[dict[str, Result]], sizes: Sequence[int]) -> str:
    """Returns an SVG for one page size, the second if there are several."""
    size = sizes[min(1, len(sizes) - 1)]
    chosen = [(task, result) for task, result in zip(tasks, results, strict=True) if task.characters == size]
    times = {name: [1000 * result[name].seconds for _, result in chosen] for name in results[0]}
    return draw(f"Milliseconds for a page of {size} characters", [task.error_rate for task, _ in chosen], times)


def main() -> None:
    """Runs the benchmark and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one page at 5 %% errors")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--errors", type=float, nargs="+", default=[0.0, 0.02, 0.05, 0.10])
    parser.add_argument("--characters", type=int, nargs="+", default=[200, 1000, 2000])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu-time", action="store_true", help="CPU seconds of one thread")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="plot the times of the second size")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.peers = [name for name in QUICK_PEERS if name in arguments.peers]
        arguments.errors, arguments.characters, arguments.repeats = [0.05], [1000], max(6, arguments.repeats)
    clock: Clock = time.process_time if arguments.cpu_time else time.perf_counter
    if arguments.cpu_time:
        arguments.threads = 1
    tokenizer = Tokenizer.from_file(str(MODEL.with_name("tokenizer.json")))
    decoder = LmDecoder(open_graph(MODEL, threads=arguments.threads), tokenizer)
    peers = open_peers(arguments.peers, tokenizer.token_to_id(END), arguments.threads)
    tasks = [make_task(tokenizer, count, rate) for rate in arguments.errors for count in arguments.characters]
    results = [measure(task, decoder, peers, arguments.repeats, clock) for task in tasks]
    heads = [f"{task.characters} characters, {task.error_rate:.0%}" for task in tasks]
    print(table(heads, results, _cell))
    if arguments.plot:
        arguments.plot.write_text(plot(tasks, results, arguments.characters), "utf-8")
    if arguments.json:
        print(json.dumps(summary(results)))


if __name__ == "__main__":
    main()
