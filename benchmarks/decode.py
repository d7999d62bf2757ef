"""Draft decoding beside token-by-token decoding and other runtimes: same weights, same prompts, same machine.

    python -m benchmarks.decode --quick --json     one error rate, what is installed, under a minute
    python -m benchmarks.decode                    the table of docs/decoding.md
    python -m benchmarks.decode --cpu-time         one thread each, CPU seconds: where others use the machine too

The model is the small Qwen2 beside `benchmarks/decode_model/pack.py`. A page goes through it line by line, as scans do.
Peers are run where they are installed (see docs/decoding.md), each line a prompt of its own, as all of them can.
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

from benchmarks.decode_model.pages import damaged, page
from benchmarks.decode_peers import PEERS, Run, installed
from benchmarks.decode_plot import drawn
from scanproof.correction.lm.decode import Decoder, Job
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.session import Graph, open_graph
from scanproof.correction.lm.window import PassCost, measured_cost

MODEL = Path(__file__).with_name("decode_model") / "model.onnx"
CACHE = Path(".scanproof") / "decode-benchmark"
START, ANSWER, END = "<|raw|>", "<|corrected|>", "<|end|>"
LINE = 88  # characters
LINES_AT_ONCE = (1, 8)
Clock = Callable[[], float]
QUICK_PEERS = ("CTranslate2", "CTranslate2, 8 lines at once", "llama.cpp", "llama.cpp + prompt lookup")  # the fastest
OURS, PLAIN = "scanproof", "token by token"


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
    """What one contender made of one task: seconds of the quickest run, and what it wrote."""

    seconds: float
    written: list[list[int]]
    passes: int = 0


Cell = Callable[[str, dict[str, Result]], str]  # of a contender, among all results of a task


class Ours:
    """The decoder, with the OCR text as draft or with none."""

    def __init__(self, graph: Graph, tokenizer: Tokenizer, cost: PassCost | None = None) -> None:
        """One graph for both; None measures now what a pass of it costs."""
        self._graph = graph
        self._vocabulary = TokenizerVocabulary(tokenizer)
        self._end = frozenset({tokenizer.token_to_id(END)})
        self.cost = cost or measured_cost(graph)

    def run(self, task: Task, drafted: bool, rows: int) -> tuple[list[list[int]], int]:
        """What was written, and in how many passes."""
        decoder = Decoder(self._graph, self._vocabulary, self._end, self.cost, rows)
        asked = zip(task.prompts, task.lines, task.limits, strict=True)
        jobs = [Job(prompt, line if drafted else "", limit) for prompt, line, limit in asked]
        outputs = decoder.decode(jobs, task.prompts[0][:1])
        return [list(output.tokens) for output in outputs], decoder.tally.passes


def make_task(tokenizer: Tokenizer, characters: int, error_rate: float, seed: int = 0) -> Task:
    """A page of our own making, damaged, cut into lines."""
    clean = textwrap.wrap(page(characters, seed), LINE)
    lines = tuple(damaged(line, error_rate, seed + number) for number, line in enumerate(clean))
    prompts = tuple(tuple(tokenizer.encode(START + line + ANSWER).ids) for line in lines)
    return Task(characters, error_rate, lines, prompts, tuple(int(1.3 * len(prompt)) + 16 for prompt in prompts))


def measure(task: Task, ours: Ours, peers: dict[str, Run], repeats: int, clock: Clock) -> dict[str, Result]:
    """All contenders on one task, in turn, so that what else the machine does falls on all of them alike."""
    results: dict[str, Result] = {}
    for _ in range(repeats):
        for rows in LINES_AT_ONCE:
            for name, drafted in ((OURS, True), (PLAIN, False)):
                begin = clock()
                written, passes = ours.run(task, drafted, rows)
                _keep(results, at_once(name, rows), Result(clock() - begin, written, passes))
        for name, run in peers.items():
            begin = clock()
            written = run(task.prompts, task.limits)
            _keep(results, name, Result(clock() - begin, written))
    return results


def at_once(contender: str, rows: int) -> str:
    """What a contender is called that takes so many lines together."""
    return contender if rows == 1 else f"{contender}, {rows} lines at once"


def _keep(results: dict[str, Result], name: str, result: Result) -> None:
    if name not in results or result.seconds < results[name].seconds:
        results[name] = result


def open_peers(names: Sequence[str], end: int, threads: int) -> dict[str, Run]:
    """The peers that can be opened; why another cannot goes to stderr."""
    peers: dict[str, Run] = {}
    if not any(installed(name) for name in names) or not installed("transformers"):
        return peers
    hub = CACHE / hashlib.sha256(MODEL.read_bytes()).hexdigest()[:12]  # peers keep what they made of it in there
    if not (hub / "model.safetensors").is_file():
        command = [sys.executable, "-m", "benchmarks.decode_model.pack", "--unpack", str(MODEL), str(hub)]
        subprocess.run(command, check=True, capture_output=True)
    for name in names:
        if not installed(name):
            print(f"{name}: not installed", file=sys.stderr)
            continue
        try:
            peers[name] = PEERS[name][1](hub, end, threads)
        except Exception as error:  # noqa: BLE001 - a peer that fails to open, however it fails, is left out by name
            print(f"{name}: {type(error).__name__}: {str(error).strip()[:300]}", file=sys.stderr)
    return peers


def summary(results: Sequence[dict[str, Result]]) -> dict[str, object]:
    """The line that others read, over all tasks: a line at a time beside token by token, as it is best beside peers."""
    total = {name: sum(result[name].seconds for result in results) for name in results[0]}
    rivals = [name for name in total if not name.startswith((OURS, PLAIN))]
    best = min(rivals, key=lambda name: total[name], default=None)
    expected = [result[PLAIN].written for result in results]
    drafted = [name for name in total if name.startswith((OURS, PLAIN))]
    ours = min(seconds for name, seconds in total.items() if name.startswith(OURS))
    return {
        "identical": all([result[name].written for result in results] == expected for name in drafted),
        "passes_per_page": round(sum(result[OURS].passes for result in results) / len(results), 1),
        "speedup_vs_token_by_token": round(total[PLAIN] / total[OURS], 2),
        "speedup_vs_best_peer": round(total[best] / ours, 2) if best else None,
        "peer": best,
    }


def table(heads: Sequence[str], results: Sequence[dict[str, Result]], cell: Cell) -> str:
    """Markdown: a row per contender, a column per task."""
    rows = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    rows += [f"| {name} | " + " | ".join(cell(name, result) for result in results) + " |" for name in results[0]]
    return "\n".join(rows)


def passes_of(result: Result) -> str:
    """How many there were, where that is known, behind a comma."""
    return f", {result.passes} passes" if result.passes else ""


def _cell(name: str, results: dict[str, Result]) -> str:
    """Milliseconds, and how many lines come out token for token."""
    result = results[name]
    same = sum(a == b for a, b in zip(result.written, results[PLAIN].written, strict=True))
    return f"{1000 * result.seconds:.0f} ms{passes_of(result)}, {same}/{len(result.written)}"


def picture(tasks: Sequence[Task], results: Sequence[dict[str, Result]], sizes: Sequence[int]) -> str:
    """An SVG of one size of page, the second if there are several."""
    size = sizes[min(1, len(sizes) - 1)]
    chosen = [(task, result) for task, result in zip(tasks, results, strict=True) if task.characters == size]
    times = {name: [1000 * result[name].seconds for _, result in chosen] for name in results[0]}
    return drawn(f"Milliseconds for a page of {size} characters", [task.error_rate for task, _ in chosen], times)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one page at 5 %% errors")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--errors", type=float, nargs="+", default=[0.0, 0.02, 0.05, 0.10])
    parser.add_argument("--characters", type=int, nargs="+", default=[200, 1000, 2000])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu-time", action="store_true", help="CPU seconds of one thread")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the times of the second size")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.peers = [name for name in QUICK_PEERS if name in arguments.peers]
        arguments.errors, arguments.characters, arguments.repeats = [0.05], [1000], max(6, arguments.repeats)
    clock: Clock = time.process_time if arguments.cpu_time else time.perf_counter
    if arguments.cpu_time:
        arguments.threads = 1
    tokenizer = Tokenizer.from_file(str(MODEL.with_name("tokenizer.json")))
    ours = Ours(open_graph(MODEL, threads=arguments.threads), tokenizer)
    peers = open_peers(arguments.peers, tokenizer.token_to_id(END), arguments.threads)
    tasks = [make_task(tokenizer, count, rate) for rate in arguments.errors for count in arguments.characters]
    results = [measure(task, ours, peers, arguments.repeats, clock) for task in tasks]
    heads = [f"{task.characters} characters, {task.error_rate:.0%}" for task in tasks]
    print(table(heads, results, _cell))
    if arguments.plot:
        arguments.plot.write_text(picture(tasks, results, arguments.characters), "utf-8")
    if arguments.json:
        print(json.dumps(summary(results)))


if __name__ == "__main__":
    main()
