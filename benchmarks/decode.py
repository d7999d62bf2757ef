"""Compares draft decoding with token-by-token decoding and other runtimes on real OCR lines and real weights.

    python -m benchmarks.decode FOLDER PAIRS.jsonl [--lines 60] [--hub HUB_FOLDER] [--gguf FILE]
    python -m benchmarks.decode FOLDER PAIRS.jsonl --cpu-time     CPU seconds of one thread, for a busy machine

``FOLDER`` is an exported causal model, ``PAIRS.jsonl`` holds lines of {"raw": …, "truth": …}, of which the raw ones are
read. The model is shown copied lines (`benchmarks.generation_guard`), and a line's draft is its raw text, or with
``--fast`` what the fast corrector makes of it. Peers run if they are installed (see docs/lm-corrector.md), with one
prompt per line: with ``--hub`` those that read the exported model in Hub layout, with ``--gguf`` llama.cpp.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from benchmarks.decode_peers import PEERS, Run, Sources, installed
from benchmarks.generation_guard import COPYING
from model_export.check_text import read_pairs
from scanproof.correction.lm.decode import Decoder, Job
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.load import end_tokens
from scanproof.correction.lm.session import Graph, open_graph
from scanproof.correction.lm.window import PassCost, measure_pass_cost
from scanproof.correction.models.folder import open_model

BATCH_SIZES = (1, 8)
Clock = Callable[[], float]
DRAFTED, TOKEN_BY_TOKEN = "scanproof", "token by token"


@dataclass(frozen=True)
class Task:
    """Lines to copy: their drafts, prompts and the most tokens of an answer; ``prefix`` begins all prompts."""

    drafts: tuple[str, ...]
    prompts: tuple[tuple[int, ...], ...]
    limits: tuple[int, ...]
    prefix: tuple[int, ...]
    end: frozenset[int]


@dataclass(frozen=True)
class Result:
    """The result of one decoder on one task: seconds of the fastest run, and its output."""

    seconds: float
    output: list[list[int]]
    passes: int = 0


class LmDecoder:
    """Scanproof's decoder, with drafts or without."""

    def __init__(self, graph: Graph, tokenizer: Tokenizer, cost: PassCost | None = None) -> None:
        """Takes a graph; ``cost`` None measures the cost of a pass."""
        self._graph = graph
        self._vocabulary = TokenizerVocabulary(tokenizer)
        self._cost = cost or measure_pass_cost(graph)

    def run(self, task: Task, drafted: bool, rows: int) -> tuple[list[list[int]], int]:
        """Returns the outputs and the number of passes."""
        decoder = Decoder(self._graph, self._vocabulary, task.end, self._cost, rows)
        inputs = zip(task.prompts, task.drafts, task.limits, strict=True)
        jobs = [Job(prompt, draft if drafted else "", limit) for prompt, draft, limit in inputs]
        outputs = decoder.decode(jobs, task.prefix)
        return [list(output.tokens) for output in outputs], decoder.stats.passes


def make_task(folder: Path, tokenizer: Tokenizer, lines: Sequence[str], drafts: Sequence[str]) -> Task:
    """Builds the prompts of lines; an answer ends at a line feed or at the model's own end tokens."""
    before, after = (part.rstrip(" ") for part in COPYING.split("{text}"))
    prefix = tuple(tokenizer.encode(before).ids)
    prompts = tuple((*prefix, *tokenizer.encode(f" {line}{after}").ids) for line in lines)
    limits = tuple(int(1.3 * len(tokenizer.encode(line).ids)) + 16 for line in lines)
    line_ends = {number for token, number in tokenizer.get_vocab().items() if "Ċ" in token}
    return Task(
        tuple(f" {draft}" for draft in drafts), prompts, limits, prefix, frozenset(line_ends) | end_tokens(folder)
    )


def measure(task: Task, decoder: LmDecoder, peers: dict[str, Run], repeats: int, clock: Clock) -> dict[str, Result]:
    """Runs all decoders in turn, so that other load on the machine affects all of them equally."""
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


def open_peers(names: Sequence[str], sources: Sources, end: frozenset[int], threads: int) -> dict[str, Run]:
    """Opens the installed peers whose source is given; reasons for missing ones go to stderr."""
    peers: dict[str, Run] = {}
    for name in names:
        peer = PEERS[name]
        if getattr(sources, peer.source) is None:
            print(f"{name}: --{peer.source} is not given", file=sys.stderr)
        elif not installed(name):
            print(f"{name}: not installed", file=sys.stderr)
        else:
            try:
                peers[name] = peer.open(getattr(sources, peer.source), end, threads)
            except Exception as error:  # noqa: BLE001 - a peer that fails to open is skipped, whatever the error
                print(f"{name}: {type(error).__name__}: {str(error).strip()[:300]}", file=sys.stderr)
    return peers


def table(results: dict[str, Result]) -> str:
    """Returns a Markdown table: milliseconds a generated token, passes, lines as token by token."""
    expected = results[TOKEN_BY_TOKEN].output
    rows = ["| | ms a token | passes | same lines |", "|---|---|---|---|"]
    for name, result in results.items():
        tokens = sum(len(line) + 1 for line in result.output)  # with the end token
        same = sum(a == b for a, b in zip(result.output, expected, strict=True))
        passes = str(result.passes or "")
        rows.append(f"| {name} | {1000 * result.seconds / tokens:.1f} | {passes} | {same} of {len(expected)} |")
    return "\n".join(rows)


def summary(results: dict[str, Result]) -> dict[str, object]:
    """Returns the figures of the table that a script may compare."""
    own = [name for name in results if name.startswith((DRAFTED, TOKEN_BY_TOKEN))]
    peers = [name for name in results if name not in own]
    best = min(peers, key=lambda name: results[name].seconds, default=None)
    fastest = min(results[batched(DRAFTED, rows)].seconds for rows in BATCH_SIZES)
    return {
        "identical": all(results[name].output == results[TOKEN_BY_TOKEN].output for name in own),
        "passes": results[DRAFTED].passes,
        "speedup_vs_token_by_token": round(results[TOKEN_BY_TOKEN].seconds / results[DRAFTED].seconds, 2),
        "speedup_vs_best_peer": round(results[best].seconds / fastest, 2) if best else None,
        "peer": best,
    }


def fast_drafts(lines: Sequence[str]) -> list[str]:
    """Returns what the fast corrector makes of the lines."""
    from scanproof.correction.availability import load_corrector

    return [result.text for result in load_corrector().correct(lines)]


def main() -> None:
    """Runs the benchmark and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="an exported causal model")
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--fast", action="store_true", help="draft from the fast corrector's output")
    parser.add_argument("--hub", type=Path, help="the same model in Hub layout, for peers")
    parser.add_argument("--gguf", type=Path, help="the same model for llama.cpp")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu-time", action="store_true", help="CPU seconds of one thread")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    arguments = parser.parse_args()
    clock: Clock = time.process_time if arguments.cpu_time else time.perf_counter
    threads = 1 if arguments.cpu_time else arguments.threads
    manifest = open_model(arguments.folder)
    tokenizer = Tokenizer.from_file(str(arguments.folder / "tokenizer.json"))
    lines = [pair.raw for pair in read_pairs(arguments.pairs)[: arguments.lines]]
    task = make_task(arguments.folder, tokenizer, lines, fast_drafts(lines) if arguments.fast else lines)
    decoder = LmDecoder(open_graph(arguments.folder / manifest.graphs.files["model"], threads=threads), tokenizer)
    peers = open_peers(arguments.peers, Sources(arguments.hub, arguments.gguf), task.end, threads)
    results = measure(task, decoder, peers, arguments.repeats, clock)
    print(table(results))
    if arguments.json:
        print(json.dumps(summary(results)))


if __name__ == "__main__":
    main()
