"""Greedy decoding with a draft: the model verifies a stretch of it in one pass, and is asked again where it differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from scanproof.correction.lm.draft import Draft, Vocabulary
from scanproof.correction.lm.session import Cache, Graph, Ids
from scanproof.correction.lm.window import PassCost, Reranker, best_window


@dataclass(frozen=True)
class Job:
    """One output to be written: the prompt's tokens, a guess of the text, and at most how many tokens to write."""

    prompt: tuple[int, ...]
    draft: str
    limit: int


@dataclass(frozen=True)
class Output:
    """What the model wrote, without the end token.

    ``probabilities`` are the model's own, one per token; ``ended`` says that an end token came, not the limit.
    """

    tokens: tuple[int, ...]
    probabilities: tuple[float, ...]
    ended: bool


@dataclass
class Tally:
    """What decoding cost so far; an encoder's reading is no pass.

    ``verified`` counts guessed tokens put to the model, ``agreed`` those that it kept.
    """

    passes: int = 0
    written: int = 0
    verified: int = 0
    agreed: int = 0


@dataclass(eq=False)
class _Row:
    """One job under way. ``waiting``: tokens that are certain and that the model has not read yet."""

    index: int
    draft: Draft
    limit: int
    waiting: list[int]
    written: list[int] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)
    ended: bool = False

    @property
    def done(self) -> bool:
        return self.ended or len(self.written) >= self.limit

    @property
    def output(self) -> Output:
        return Output(tuple(self.written), tuple(self.probabilities), self.ended)

    def guess(self, window: int) -> list[int]:
        """A pass writes one token more than it verifies, so the last one of the limit is never guessed."""
        return self.draft.guess(min(window, self.limit - len(self.written) - 1))


class Decoder:
    """Writes what greedy token-by-token decoding writes.

    In float32 on the CPU the outputs are the same token for token, whatever the drafts, the window and the batch.
    """

    def __init__(
        self,
        graph: Graph,
        vocabulary: Vocabulary,
        end: frozenset[int],
        cost: PassCost,
        rows: int = 4,
        window: int | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            vocabulary: what drafts are tokenized with: the model's own.
            end: tokens that end an output.
            cost: of a pass, to choose windows by.
            rows: jobs that go through the model together.
            window: guessed tokens to verify in one pass; None chooses the most profitable.
        """
        self.tally = Tally()
        self._graph = graph
        self._vocabulary = vocabulary
        self._end = end
        self._cost = cost
        self._rows = min(rows, graph.largest_batch)
        self._window = window

    def decode(self, jobs: Sequence[Job], prefix: tuple[int, ...] = ()) -> list[Output]:
        """One output per job, in order.

        Args:
            prefix: tokens that every prompt begins with, followed by at least one more. They are read once, and
                remembered for the next call.
        """
        if any(job.prompt[: len(prefix)] != prefix or len(job.prompt) <= len(prefix) for job in jobs):
            raise ValueError("every prompt must begin with the prefix and go on behind it")
        outputs: dict[int, Output] = {}
        for batch in self._batches(jobs):
            begun = self._graph.begin([jobs[index].prompt for index in batch], prefix)
            self.tally.passes += begun.passes
            rows = [self._row(index, jobs[index], read) for index, read in zip(batch, begun.waiting, strict=True)]
            self._decode_batch(rows, begun.cache)
            outputs |= {row.index: row.output for row in rows}
        return [outputs[index] for index in range(len(jobs))]

    def _row(self, index: int, job: Job, waiting: list[int]) -> _Row:
        return _Row(index, Draft(job.draft, self._vocabulary), job.limit, waiting)

    def _batches(self, jobs: Sequence[Job]) -> Iterator[list[int]]:
        """Jobs of similar length together, so that rows end together."""
        order = sorted(range(len(jobs)), key=lambda index: len(jobs[index].draft))
        for begin in range(0, len(order), self._rows):
            yield order[begin : begin + self._rows]

    def _decode_batch(self, rows: list[_Row], cache: Cache) -> None:
        acceptance = Reranker()
        active = rows
        while True:
            unfinished = [row for row in active if not row.done]
            if not unfinished:
                return
            if 2 * len(unfinished) <= len(active):
                self._graph.keep(cache, [active.index(row) for row in unfinished])
                active = unfinished
            self._graph.tidy(cache)
            window = self._window or best_window(self._cost, acceptance, len(unfinished))
            self._pass(active, cache, window, acceptance)

    def _pass(self, rows: Sequence[_Row], cache: Cache, window: int, acceptance: Reranker) -> None:
        """One pass over all rows; finished ones go along as padding."""
        guesses = [[] if row.done else row.guess(window) for row in rows]
        stretches = [[] if row.done else row.waiting + guess for row, guess in zip(rows, guesses, strict=True)]
        tokens, live = padded(stretches)
        before = cache.live.shape[1]
        wanted = min(len(row.waiting) - 1 for row in rows if not row.done)
        choices = self._graph.run(tokens, live, cache, wanted)
        self.tally.passes += 1
        for at, (row, guess) in enumerate(zip(rows, guesses, strict=True)):
            if row.done:
                continue
            known = len(row.waiting)
            predicted = choices.tokens(at, known - 1, known + len(guess))
            agreed = _agreed(guess, predicted)
            cache.reject(at, slice(before + known + agreed, None))
            _observe(acceptance, row, len(guess), agreed)
            self._settle(row, guess[:agreed], predicted[agreed:], choices.probabilities(at, known - 1, known + agreed))
            self.tally.verified += len(guess)
            self.tally.agreed += agreed

    def _settle(self, row: _Row, agreed: list[int], predicted: list[int], probabilities: list[float]) -> None:
        for token, probability in zip((*agreed, predicted[0]), probabilities, strict=True):
            self.tally.written += 1
            if token in self._end:
                row.ended = True
                return
            row.written.append(token)
            row.probabilities.append(probability)
        row.waiting = predicted[:1]
        row.draft.settle(len(agreed), predicted)


def padded(stretches: Sequence[Sequence[int]]) -> tuple[Ids, Ids]:
    """Tokens and where they are, both [rows, longest stretch], padding behind."""
    width = max(len(stretch) for stretch in stretches)
    tokens = np.zeros((len(stretches), width), np.int64)
    live = np.zeros_like(tokens)
    for row, stretch in enumerate(stretches):
        tokens[row, : len(stretch)] = stretch
        live[row, : len(stretch)] = 1
    return tokens, live


def _agreed(guess: Sequence[int], predicted: Sequence[int]) -> int:
    """How many tokens, from the first one on, the model would have written too."""
    for count, (guessed, wanted) in enumerate(zip(guess, predicted, strict=False)):
        if guessed != wanted:
            return count
    return len(guess)


def _observe(acceptance: Reranker, row: _Row, guessed: int, agreed: int) -> None:
    for place, piece in enumerate(row.draft.pieces[: min(guessed, agreed + 1)]):
        acceptance.observe(piece.seen, place < agreed)
