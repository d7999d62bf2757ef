"""N-grams of word pieces, as `other_languages` measures them: counted, smoothed, stored in few bytes and read.

Interpolated modified Kneser-Ney probabilities (Chen and Goodman, 1999); rare n-grams are left out, and their
probability goes to the shorter contexts.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from scanproof.correction.lm.branches import Gain, LogProbs, Window, gains
from scanproof.edits import TextEdit

ORDER, MAX_NGRAMS = 4, 600_000  # tokens of the longest; of a language, 1.6 MB
VOCABULARY = 16_384
START = "\n"  # stands in front of a text
_HELD_OUT = 0.03  # the end of each source: other novels than those before
_SAMPLED, _SMALL = (
    6,
    5_000_000,
)  # one text in so many teaches the word pieces; characters of a language whose texts all do
_BATCH = 2_000  # texts
_BITS = 16  # of a token: a key is the index of the n-gram without its last token, then that token
_LAST = (1 << _BITS) - 1
_STEPS_PER_DOUBLING = 8  # of a stored probability
_MIN_DISCOUNT = 0.1  # of little text, whose counts would give none
_CONTEXT = 1_000_000  # tokens: there is no limit
_MEASURED = 200_000  # characters of a source

Tokens = npt.NDArray[np.int64]
Arrays = Mapping[str, npt.NDArray[Any]]


def source_lines(data: Path, language: str, *, held_out: bool) -> list[tuple[str, list[str]]]:
    """The lines of each source in ``train_text``, with its name: those that models learn from, or the rest."""
    sources = []
    for path in sorted((data / "train_text").glob(f"{language}_*.txt.xz")):
        with lzma.open(path, "rt", encoding="utf-8", errors="replace") as file:
            lines = [line for line in (" ".join(line.split()) for line in file) if line]
        border = int(len(lines) * (1 - _HELD_OUT))
        sources.append((path.name.removesuffix(".txt.xz"), lines[border:] if held_out else lines[:border]))
    return sources


def word_pieces(texts: Sequence[str], size: int = VOCABULARY) -> Tokenizer:
    """Byte-level word pieces; letters and marks that old print writes otherwise are as today's."""
    tokenizer = Tokenizer(models.BPE())
    umlauts = [(letter + "\u0364", umlaut) for letter, umlaut in zip("aouAOU", "äöüÄÖÜ", strict=True)]
    marks = [("ſ", "s"), ("’", "'"), ("—", "-"), ("–", "-"), ("¬", "-"), *((quote, '"') for quote in "„“”»«")]
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(*pair) for pair in (*umlauts, *marks)])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    step = _SAMPLED if sum(map(len, texts)) > _SMALL else 1
    tokenizer.train_from_iterator(texts[::step], trainer)
    return tokenizer


def tokens_of(texts: Sequence[str], tokenizer: Tokenizer) -> Tokens:
    """The word pieces of texts, each behind the token that starts a text."""
    return np.fromiter(_tokens(texts, tokenizer), np.int64)


def _tokens(texts: Sequence[str], tokenizer: Tokenizer) -> Iterator[int]:
    for start in range(0, len(texts), _BATCH):
        for encoding in tokenizer.encode_batch_fast([START + text for text in texts[start : start + _BATCH]]):
            yield from encoding.ids


@dataclass(frozen=True)
class Order:
    """The n-grams of one length.

    Attributes:
        keys: in ascending order.
        probabilities: of each n-gram's last token, by this order alone.
        backoffs: the weight of the shorter context, for each n-gram of the order below as a context.
    """

    keys: Tokens
    probabilities: npt.NDArray[np.float32]
    backoffs: npt.NDArray[np.float32]


class NgramModel:
    """Probabilities of tokens, given up to ``len(orders) - 1`` tokens before them."""

    def __init__(self, orders: Sequence[Order], vocabulary: int) -> None:
        """Takes the orders, the shortest n-grams first, and the number of tokens."""
        self.orders, self.vocabulary = orders, vocabulary

    def log_probs(self, histories: Tokens, tokens: Tokens) -> npt.NDArray[np.float64]:
        """Natural log probabilities.

        Args:
            histories: [rows, ``len(orders) - 1``], the tokens before each; -1 where there is none.
            tokens: [rows]
        """
        probabilities = np.full(len(tokens), 1 / self.vocabulary)
        for size, order in enumerate(self.orders, start=1):
            context = self._rows(histories[:, histories.shape[1] - size + 1 :])
            known = context >= 0
            wanted = context[known] << _BITS | tokens[known]
            rows = np.minimum(order.keys.searchsorted(wanted), len(order.keys) - 1)
            own = np.where(order.keys[rows] == wanted, order.probabilities[rows], 0.0)
            probabilities[known] = own + order.backoffs[context[known]] * probabilities[known]
        logs: npt.NDArray[np.float64] = np.log(probabilities)
        return logs

    def _rows(self, ngrams: Tokens) -> Tokens:
        """The index of each n-gram; -1 where it is not known."""
        rows = np.zeros(len(ngrams), np.int64)
        for column, order in zip(ngrams.T, self.orders, strict=False):
            wanted = rows << _BITS | np.maximum(column, 0)
            places = np.minimum(order.keys.searchsorted(wanted), len(order.keys) - 1)
            rows = np.where((rows >= 0) & (column >= 0) & (order.keys[places] == wanted), places, -1)
        return rows


class Counts(NamedTuple):
    """The n-grams of one length in a text.

    Attributes:
        keys: as in `Order`, of all n-grams.
        counts: how often each occurs.
        lower: in how many contexts each occurs; for the longest n-grams the same as ``counts``.
    """

    keys: Tokens
    counts: Tokens
    lower: Tokens


def count_ngrams(tokens: Tokens, order: int) -> list[Counts]:
    """The n-grams of one to ``order`` tokens."""
    rows, tables = tokens, list[Counts]()
    for size in range(1, order + 1):
        context = rows[: len(tokens) - size + 1] if size > 1 else np.zeros(len(tokens), np.int64)
        keys, places, following, counts = np.unique(
            context << _BITS | tokens[size - 1 :], return_index=True, return_inverse=True, return_counts=True
        )
        if tables:  # each longer n-gram, without its first token
            lower = np.bincount(rows[places + 1], minlength=len(tables[-1].keys))
            tables[-1] = tables[-1]._replace(lower=lower)
        tables.append(Counts(keys, counts, counts))
        rows = following
    return tables


def smoothed(tables: Sequence[Counts], vocabulary: int, max_ngrams: int) -> NgramModel:
    """The probabilities of the n-grams that occur most often.

    Args:
        tables: of `count_ngrams`.
        vocabulary: number of tokens.
        max_ngrams: of two tokens or more, to keep; all that occur equally often are kept or left out.
    """
    longer = np.concatenate([table.counts for table in tables[1:]])
    least = next(least for least in count(1) if (longer >= least).sum() <= max_ngrams)
    orders, context_rows = [], np.zeros(1, np.int64)  # where each context is now; -1 if it was left out
    for size, (keys, counts, lower) in enumerate(tables, start=1):
        contexts = keys >> _BITS
        kept = (counts >= least if size > 1 else True) & (context_rows[contexts] >= 0)
        if not kept.any():
            break
        probabilities, backoffs = _discounted(contexts, lower, kept, len(context_rows))
        moved = context_rows[contexts] << _BITS | keys & _LAST
        orders.append(Order(moved[kept], probabilities[kept], backoffs[context_rows >= 0]))
        context_rows = np.where(kept, np.cumsum(kept) - 1, -1)
    return NgramModel(orders, vocabulary)


def _discounted(
    contexts: Tokens, counts: Tokens, kept: npt.NDArray[np.bool_], number: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The probabilities of all n-grams of one length, and the weights that their ``number`` contexts leave."""
    of_count = np.bincount(np.minimum(counts, 5), minlength=6)[1:5] + 1.0
    base = of_count[0] / (of_count[0] + 2 * of_count[1])
    steps = [max(_MIN_DISCOUNT, k - (k + 1) * base * of_count[k] / of_count[k - 1]) for k in (1, 2, 3)]
    discounts = np.where(kept, np.array([0.0, *steps])[np.minimum(counts, 3)], counts)
    totals = np.maximum(np.bincount(contexts, counts, number), 1e-9)
    taken = np.bincount(contexts, discounts, number)
    backoffs = np.where(totals >= 1, taken / totals, 1.0)
    return ((counts - discounts) / totals[contexts]).astype(np.float32), backoffs.astype(np.float32)


def counted(data: Path, language: str, share: float = 1.0) -> tuple[list[Counts], Tokenizer]:
    """The n-grams of a share of each source's lines, and the word pieces that were learned from these."""
    sources = source_lines(data, language, held_out=False)
    texts = [line for _, lines in sources for line in lines[: int(share * len(lines))]]
    tokenizer = word_pieces(texts)
    return count_ngrams(tokens_of(texts, tokenizer), ORDER), tokenizer


class NgramScorer:
    """Scores edits with n-grams (`Scorer`)."""

    keeps_windows = False

    def __init__(self, model: NgramModel, tokenizer: Tokenizer) -> None:
        """Takes the n-grams and what makes word pieces of a text."""
        self.model, self.tokenizer = model, tokenizer
        self._start = tokenizer.encode(START).ids[-1]

    def gains(self, text: str, edits: Sequence[TextEdit]) -> list[Gain | None]:
        """See `Scorer`."""
        return gains(text, edits, self.tokenizer, self._start, self, _CONTEXT)

    def log_probs(self, tokens: Sequence[int], windows: Sequence[Window]) -> Iterator[LogProbs]:
        """See `TreeModel`."""
        return (self._of_window(tokens, window) for window in windows)

    def _of_window(self, tokens: Sequence[int], window: Window) -> LogProbs:
        reach = len(self.model.orders) - 1
        padded = np.array([-1] * reach + list(tokens), np.int64)
        wanted, rows = [], []
        for place, branch in enumerate(window.branches):
            changed = np.concatenate([padded[: branch.start + reach], branch.tokens])
            for number in range(len(branch.tokens)):
                wanted.append((place, number))
                rows.append(changed[branch.start + number : branch.start + number + reach + 1])
            for number in range(branch.start, branch.end):
                wanted.append((-1, number))
                rows.append(padded[number : number + reach + 1])
        table = np.array(rows)
        found = self.model.log_probs(table[:, :-1], table[:, -1])
        return dict(zip(wanted, found.tolist(), strict=True))

    def bits_per_character(self, texts: Iterable[str]) -> float:
        """Cross-entropy of texts, as one text of lines."""
        text = "\n".join(texts)[:_MEASURED]
        tokens, reach = tokens_of([text], self.tokenizer), len(self.model.orders) - 1
        padded = np.concatenate([[-1] * reach, tokens])
        histories = np.stack([padded[place : place + len(tokens)] for place in range(reach)], axis=1)
        return float(-self.model.log_probs(histories, tokens).sum() / np.log(2) / len(text))

    def packed(self) -> dict[str, npt.NDArray[Any]]:
        """As arrays: of each order how many n-grams begin with each context, their tokens and coarse probabilities."""
        arrays: dict[str, npt.NDArray[Any]] = {"tokenizer": np.frombuffer(self.tokenizer.to_str().encode(), np.uint8)}
        for size, order in enumerate(self.model.orders, start=1):
            extensions = np.bincount(order.keys >> _BITS, minlength=len(order.backoffs))
            arrays[f"extensions{size}"] = extensions.astype(np.uint16)
            arrays[f"tokens{size}"] = (order.keys & _LAST).astype(np.uint16)
            arrays[f"probabilities{size}"] = _encoded(order.probabilities)
            arrays[f"backoffs{size}"] = _encoded(order.backoffs)
        return arrays

    @classmethod
    def unpacked(cls, arrays: Arrays) -> NgramScorer:
        """What `packed` made arrays of."""
        tokenizer = Tokenizer.from_str(bytes(arrays["tokenizer"]).decode())
        orders: list[Order] = []
        while (size := len(orders) + 1) and f"tokens{size}" in arrays:
            extensions = arrays[f"extensions{size}"]
            keys = np.repeat(np.arange(len(extensions)), extensions) << _BITS | arrays[f"tokens{size}"].astype(np.int64)
            orders.append(Order(keys, _decoded(arrays[f"probabilities{size}"]), _decoded(arrays[f"backoffs{size}"])))
        return cls(NgramModel(orders, tokenizer.get_vocab_size()), tokenizer)


def _encoded(probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    codes = np.round(-np.log2(np.maximum(probabilities, 1e-9)) * _STEPS_PER_DOUBLING)
    return codes.clip(0, 255).astype(np.uint8)


def _decoded(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    values: npt.NDArray[np.float32] = np.exp2(-codes.astype(np.float32) / _STEPS_PER_DOUBLING)
    return values
