"""Greedy decoding with a draft: one pass verifies a window of draft tokens and adds one token of the model's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.lm.draft import Draft, Vocabulary
from scanproof.correction.lm.session import Cache, Graph, Ids
from scanproof.correction.lm.window import AcceptanceRates, PassCost, best_window
from scanproof.correction.memory import MAX_LOGITS


@dataclass(frozen=True)
class Job:
    """One text to generate.

    Attributes:
        prompt: tokens.
        draft: the expected output as text.
        limit: maximum number of tokens to generate.
    """

    prompt: tuple[int, ...]
    draft: str
    limit: int


@dataclass(frozen=True)
class Output:
    """The generated tokens without the end token.

    Attributes:
        probabilities: the model's probability of each token.
        ended: whether the model generated an end token before the limit.
    """

    tokens: tuple[int, ...]
    probabilities: tuple[float, ...]
    ended: bool


@dataclass
class DecodingStats:
    """Totals over all calls of a decoder.

    Attributes:
        passes: passes of the decoder; those of an encoder are not counted.
        generated: tokens written.
        verified: draft tokens that the model checked.
        accepted: draft tokens that the model confirmed.
    """

    passes: int = 0
    generated: int = 0
    verified: int = 0
    accepted: int = 0


@dataclass(eq=False)
class _Row:
    """One job in progress. ``pending`` are tokens that are final and that the model has not read yet."""

    index: int
    draft: Draft
    limit: int
    pending: list[int]
    generated: list[int] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)
    ended: bool = False

    @property
    def done(self) -> bool:
        return self.ended or len(self.generated) >= self.limit

    @property
    def output(self) -> Output:
        return Output(tuple(self.generated), tuple(self.probabilities), self.ended)

    def draft_tokens(self, window: int) -> list[int]:
        """Returns up to ``window`` tokens. A pass adds one token more than it verifies, so the limit's last is left."""
        return self.draft.next_tokens(min(window, self.limit - len(self.generated) - 1))


class Decoder:
    """Generates the output of greedy token-by-token decoding in fewer passes.

    In float32 on the CPU the outputs are the same token for token, whatever the draft, the window and the batch.
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
        """Takes a graph and its settings.

        Args:
            vocabulary: the model's, to tokenize drafts.
            end: tokens that end an output.
            cost: of a pass, used to choose windows.
            rows: jobs per batch.
            window: draft tokens per pass; None chooses the one with the most tokens per second.
        """
        self.stats = DecodingStats()
        self._graph = graph
        self._vocabulary = vocabulary
        self._end = end
        self._cost = cost
        self._rows = min(rows, graph.max_rows)
        self._window = window

    def decode(self, jobs: Sequence[Job], prefix: tuple[int, ...] = ()) -> list[Output]:
        """Returns one output per job, in order.

        Args:
            jobs: texts to generate.
            prefix: tokens that every prompt begins with, followed by at least one more. They are read once and stay
                cached for the next call.
        """
        outputs = self.decode_until(NO_DEADLINE, jobs, prefix)
        return [outputs[index] for index in range(len(jobs))]

    def decode_until(self, deadline: Deadline, jobs: Sequence[Job], prefix: tuple[int, ...] = ()) -> dict[int, Output]:
        """Returns the outputs of the jobs that were done by the deadline, by index; no pass begins after it."""
        if any(job.prompt[: len(prefix)] != prefix or len(job.prompt) <= len(prefix) for job in jobs):
            raise ValueError("every prompt must begin with the prefix and be longer than it")
        outputs: dict[int, Output] = {}
        for indices in self._batches(jobs):
            if deadline.is_over:
                break
            batch = self._graph.start_batch([jobs[index].prompt for index in indices], prefix)
            self.stats.passes += batch.passes
            rows = [self._row(index, jobs[index], rest) for index, rest in zip(indices, batch.pending, strict=True)]
            self._decode_batch(rows, batch.cache, deadline)
            outputs |= {row.index: row.output for row in rows if row.done}
        return outputs

    def _row(self, index: int, job: Job, pending: list[int]) -> _Row:
        return _Row(index, Draft(job.draft, self._vocabulary), job.limit, pending)

    def _batches(self, jobs: Sequence[Job]) -> Iterator[list[int]]:
        """Yields the indices of jobs of similar length, so that the rows of a batch end at about the same time."""
        order = sorted(range(len(jobs)), key=lambda index: len(jobs[index].draft))
        for start in range(0, len(order), self._rows):
            yield order[start : start + self._rows]

    def _decode_batch(self, rows: list[_Row], cache: Cache, deadline: Deadline) -> None:
        rates = AcceptanceRates()
        active = rows
        while True:
            unfinished = [row for row in active if not row.done]
            if not unfinished or deadline.is_over:
                return
            if 2 * len(unfinished) <= len(active):
                self._graph.select_rows(cache, [active.index(row) for row in unfinished])
                active = unfinished
            self._graph.compact(cache)
            window = self._window or best_window(self._cost, rates, len(unfinished))
            window = min(window, MAX_LOGITS // len(active) - 1)
            self._run_pass(active, cache, window, rates)

    def _run_pass(self, rows: Sequence[_Row], cache: Cache, window: int, rates: AcceptanceRates) -> None:
        """Runs one pass over all rows; finished ones are padding."""
        drafts = [[] if row.done else row.draft_tokens(window) for row in rows]
        inputs = [[] if row.done else row.pending + draft for row, draft in zip(rows, drafts, strict=True)]
        tokens, mask = padded(inputs)
        columns_before = cache.mask.shape[1]
        logits_from = min(len(row.pending) - 1 for row in rows if not row.done)
        predictions = self._graph.run(tokens, mask, cache, logits_from)
        self.stats.passes += 1
        for index, (row, draft) in enumerate(zip(rows, drafts, strict=True)):
            if row.done:
                continue
            pending = len(row.pending)
            predicted = predictions.tokens(index, pending - 1, pending + len(draft))
            accepted = _accepted(draft, predicted)
            cache.reject(index, slice(columns_before + pending + accepted, None))
            _observe(rates, row, len(draft), accepted)
            probabilities = predictions.probabilities(index, pending - 1, pending + accepted)
            self._append(row, draft[:accepted], predicted[accepted:], probabilities)
            self.stats.verified += len(draft)
            self.stats.accepted += accepted

    def _append(self, row: _Row, accepted: list[int], predicted: list[int], probabilities: list[float]) -> None:
        """Appends the accepted draft tokens and the model's next one; updates the draft with the other predictions."""
        for token, probability in zip((*accepted, predicted[0]), probabilities, strict=True):
            self.stats.generated += 1
            if token in self._end:
                row.ended = True
                return
            row.generated.append(token)
            row.probabilities.append(probability)
        row.pending = predicted[:1]
        row.draft.update(len(accepted), predicted)


def padded(rows: Sequence[Sequence[int]]) -> tuple[Ids, Ids]:
    """Returns tokens and mask, both [rows, longest row], padded on the right."""
    width = max(len(row) for row in rows)
    tokens = np.zeros((len(rows), width), np.int64)
    mask = np.zeros_like(tokens)
    for index, row in enumerate(rows):
        tokens[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return tokens, mask


def _accepted(draft: Sequence[int], predicted: Sequence[int]) -> int:
    """Returns how many tokens, from the first one on, the model predicts as well."""
    for count, (drafted, wanted) in enumerate(zip(draft, predicted, strict=False)):
        if drafted != wanted:
            return count
    return len(draft)


def _observe(rates: AcceptanceRates, row: _Row, drafted: int, accepted: int) -> None:
    for index, token in enumerate(row.draft.tokens[: min(drafted, accepted + 1)]):
        rates.observe(token.refined, index < accepted)
