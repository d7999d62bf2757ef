"""What draft decoding would gain with an ideal corrector of any shape: real passes, simulated answers.

    python -m benchmarks.decode_replay [--graph SOME/model.onnx] [--characters 1000]

The graph runs every pass for real, so its time is what it would be; but what it "says" is put into its mouth: at each
place the token that follows in the true text. After a guess that is not in the true text, the simulated model does what
correctors do that copy: it goes on where the guess stands in the text. THE FIGURES ARE A SIMULATION: a real model
corrects less and is surprised more often.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein
from tokenizers import Tokenizer

from benchmarks.decode_model.pages import damaged, page
from scanproof.correcting.accurate.choices import Choices, Chosen
from scanproof.correcting.accurate.decode import Decoder, Job
from scanproof.correcting.accurate.draft import TokenizerVocabulary
from scanproof.correcting.accurate.session import Begun, Cache, CausalGraph, Ids, open_graph
from scanproof.correcting.accurate.window import PassCost, measured_cost

MODEL = Path(__file__).with_name("decode_model") / "model.onnx"
START, ANSWER, END = "<|raw|>", "<|corrected|>", "<|end|>"
Clock = Callable[[], float]
_TAIL = 20  # characters by which the simulated model finds its place


class IdealCorrector:
    """Stands in for a CausalGraph: runs it, and says what an ideal corrector would. For one row."""

    largest_batch = 1

    def __init__(self, graph: CausalGraph, tokenizer: Tokenizer, truth: str, clock: Clock = time.perf_counter) -> None:
        """Knows the answer from the beginning."""
        self._clock = clock
        self.simulating = 0.0  # seconds that are not the graph's
        self.rejected_too = 0  # tokens put to the graph, prompt included
        self._graph = graph
        self._tokenizer = tokenizer
        self._vocabulary = TokenizerVocabulary(tokenizer)
        self._truth = truth
        self._answer = self._vocabulary.encode(truth)
        self._starts = {start: token for token, start, _ in self._answer}
        self._read = np.zeros((1, 0), np.int64)
        self._special = {name: tokenizer.token_to_id(name) for name in (ANSWER, END)}

    def begin(self, prompts: Sequence[tuple[int, ...]], prefix: tuple[int, ...] = ()) -> Begun:
        """See Graph."""
        self._read = np.zeros((1, 0), np.int64)
        return self._graph.begin(prompts, prefix)

    def keep(self, cache: Cache, rows: Sequence[int]) -> None:
        """See Graph; its only row is never dropped."""

    def tidy(self, cache: Cache) -> None:
        """See Graph."""
        before = cache.live
        self._graph.tidy(cache)
        if cache.live is not before:
            self._read = self._read[:, before[0] > 0] if cache.live.shape[1] != before.shape[1] else self._read

    def run(self, tokens: Ids, live: Ids, cache: Cache, wanted: int = 0) -> Choices:
        """Runs the graph, and says what comes next in the true text."""
        self._graph.run(tokens, live, cache, wanted)
        begin = self._clock()
        self.rejected_too += tokens.shape[1]
        self._read = np.concatenate([self._read, tokens], axis=1)
        before = [int(token) for token, alive in zip(self._read[0], cache.live[0], strict=True) if alive]
        told = np.zeros_like(tokens)
        for place in range(tokens.shape[1]):
            history = before[: len(before) - tokens.shape[1] + place + 1]
            if self._special[ANSWER] in history:
                told[0, place] = self._next(history[history.index(self._special[ANSWER]) + 1 :])
        self.simulating += self._clock() - begin
        return Chosen(told, np.ones_like(told, np.float32))

    def _next(self, written: list[int]) -> int:
        known = [token for token, _, _ in self._answer]
        if written == known[: len(written)]:
            place = self._answer[len(written) - 1][2] if written else 0
        else:
            place = self._place(self._tokenizer.decode(written, skip_special_tokens=False))
        if place >= len(self._truth):
            return self._special[END]
        if place in self._starts:
            return self._starts[place]
        word = self._truth[place:].split(" ", 1)[0] or " "
        return self._vocabulary.encode(word)[0][0]

    def _place(self, text: str) -> int:
        """Where in the true text a writer stands who has written ``text``."""

        def unlike(place: int) -> tuple[int, int]:
            begins = range(max(0, place - _TAIL - 2), max(0, place - _TAIL + 2) + 1)
            stood = [self._truth[begin:place] for begin in begins]
            return min(Levenshtein.distance(text[-_TAIL:], part) for part in stood), abs(place - len(text))

        return min(range(max(0, len(text) - 40), min(len(self._truth), len(text) + 40) + 1), key=unlike)


def seconds(
    graph: CausalGraph,
    tokenizer: Tokenizer,
    raw: str,
    truth: str,
    cost: PassCost,
    window: int | None,
    drafted: bool = True,
    clock: Clock = time.perf_counter,
) -> tuple[float, int, int]:
    """Time of one page, without the simulation's own; passes; tokens put to the graph."""
    ideal = IdealCorrector(graph, tokenizer, truth, clock)
    decoder = Decoder(ideal, TokenizerVocabulary(tokenizer), frozenset({tokenizer.token_to_id(END)}), cost, 1, window)
    prompt = tuple(tokenizer.encode(START + raw + ANSWER).ids)
    begin = clock()
    [output] = decoder.decode([Job(prompt, raw if drafted else "", 4 * len(prompt))])
    spent = clock() - begin - ideal.simulating
    if list(output.tokens) != tokenizer.encode(truth).ids:
        raise AssertionError("the output is not the one that the simulated model means")
    return spent, decoder.tally.passes, ideal.rejected_too - len(prompt)


def prefill(graph: CausalGraph, tokenizer: Tokenizer, raw: str, clock: Clock) -> float:
    """Time in which the prompt is read once, in one pass."""
    prompt = np.array([tokenizer.encode(START + raw + ANSWER).ids])
    cache = graph.empty_cache()
    begin = clock()
    graph.run(prompt, np.ones_like(prompt), cache, prompt.shape[1] - 1)
    return clock() - begin


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graph", type=Path, default=MODEL)
    parser.add_argument("--characters", type=int, nargs="+", default=[200, 1000, 2000])
    parser.add_argument("--errors", type=float, nargs="+", default=[0.0, 0.02, 0.05, 0.10])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--window", type=int)
    parser.add_argument("--cpu-time", action="store_true", help="CPU seconds of one thread")
    arguments = parser.parse_args()
    clock: Clock = time.process_time if arguments.cpu_time else time.perf_counter
    if arguments.cpu_time:
        arguments.threads = 1
    graph = open_graph(arguments.graph, threads=arguments.threads)
    tokenizer = Tokenizer.from_file(str(MODEL.with_name("tokenizer.json")))
    cost = measured_cost(graph)
    print(f"SIMULATION. One more token costs {cost.per_token / cost.fixed:.4f} of a pass.")
    print(
        "| characters | errors | tokens | passes | verified | token by token | with draft | times as fast | prefills |"
        f"\n{'|---' * 9}|"
    )
    for characters in arguments.characters:
        truth = page(characters)
        for rate in arguments.errors:
            raw = damaged(truth, rate)
            tries = [
                (
                    seconds(graph, tokenizer, raw, truth, cost, 1, False, clock),
                    seconds(graph, tokenizer, raw, truth, cost, arguments.window, clock=clock),
                )
                for _ in range(arguments.repeats)
            ]
            plain, drafted = (min(kind) for kind in zip(*tries, strict=True))
            once = min(prefill(graph, tokenizer, raw, clock) for _ in range(arguments.repeats))
            print(
                f"| {len(truth)} | {rate:.0%} | {len(tokenizer.encode(truth).ids)} | {drafted[1]} | {drafted[2]} | "
                f"{plain[0]:.2f} s | {drafted[0]:.2f} s | {plain[0] / drafted[0]:.1f} | "
                f"{drafted[0] / once:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
