"""How common words are in each language, in running text and in business documents, whatever their case.

Counts of the training text, shipped with the model. Business documents have words of their own ("Item", "Subtotal")
that are rare in running text, so the probability of a word depends on what a line's words say of its language and
domain.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from scanproof.correction.fast import config
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior

UNSEEN = -8.0  # log10 probability of a word that was never seen
TOKEN = re.compile(r"[^\W_]+")  # a run of letters and digits
LETTERS = re.compile(r"[^\W\d_]+")
_WHOLE_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+(?![^\W_])")  # with no digit in it or beside it

_COMPOUND_LANGUAGES = frozenset({"de", "nl"})
_PREFIXES = frozenset((
    "ab", "an", "auf", "aus", "be", "bei", "ein", "ent", "er", "her", "hin", "los", "mit", "nach", "um", "un", "ver",
    "vor", "weg", "zer", "zu", "aan", "af", "bij", "door", "ge", "in", "mee", "na", "om", "ont", "op", "toe", "uit",
    "voor",
))  # fmt: skip
_LINK = "s"

LinePosterior = npt.NDArray[np.float32]
"""Probability that a line is in each language in running text, then, if counted, in each in business documents."""
Rows = npt.NDArray[np.int64]  # indices of words
Pair = tuple[int, int]
Keys = npt.NDArray[np.int64]
Tables = Mapping[str, tuple[Keys, npt.NDArray[np.float32]]]
_CACHED_PRIORS = 16  # the lines of a page have one
_ROWS = 1 << 20  # more than any lexicon has


class Lexicon:
    """Relative frequencies ("shares") of words by language, whatever their case."""

    def __init__(
        self, counts: Mapping[str, Mapping[str, int]], in_business: Mapping[str, Mapping[str, int]] | None = None
    ) -> None:
        """Takes counts by language, by word in lower case.

        Args:
            counts: in running text.
            in_business: in business documents of these languages, of words that ``counts`` holds.
        """
        words = sorted({word for of_language in counts.values() for word in of_language})
        self.languages = tuple(counts)
        self.totals = tuple(sum(of_language.values()) for of_language in counts.values())
        self._rows = {word: row for row, word in enumerate(words)}
        self._prior = lru_cache(_CACHED_PRIORS)(self._find_prior)
        self._sizes = np.log10([1 + total for total in self.totals]) / 8
        self._shares = np.zeros((len(words), len(counts)), np.float32)
        for column, (of_language, total) in enumerate(zip(counts.values(), self.totals, strict=True)):
            for word, count in of_language.items():
                self._shares[self._rows[word], column] = count / total
        self._domain_shares = self._shares  # with the columns of a `LinePosterior`
        if in_business:
            self._domain_shares = np.hstack([self._shares, self._business_shares(in_business)])
            self._shares = self._domain_shares[:, : len(counts)]
        self._max_shares = self._shares.max(1, initial=0)

    def _business_shares(self, in_business: Mapping[str, Mapping[str, int]]) -> npt.NDArray[np.float32]:
        shares = np.zeros_like(self._shares)
        for language, of_language in in_business.items():
            column, total = self.languages.index(language), sum(of_language.values())
            for word, count in of_language.items():
                shares[self._rows[word], column] = count / total
        weight = np.float32(config.BUSINESS_WEIGHT)
        mixed: npt.NDArray[np.float32] = weight * shares + (1 - weight) * self._shares
        return mixed

    def __len__(self) -> int:
        """Number of words that were counted, known or not."""
        return len(self._shares)

    @property
    def words(self) -> Collection[str]:
        """All known words, in lower case."""
        return self._rows

    def __contains__(self, word: str) -> bool:
        return word.lower() in self._rows

    def row(self, word: str) -> int | None:
        """Index of ``word``; None if it is unknown."""
        return self._rows.get(word.lower())

    def share_in(self, rows: Rows, language: int) -> npt.NDArray[np.float64]:
        """Relative frequency in a language of the words with these indices."""
        shares: npt.NDArray[np.float64] = self._shares[rows, language].astype(np.float64)
        return shares

    def posterior(self, text: str, language: LanguagePosterior = UNKNOWN_LANGUAGE) -> LinePosterior:
        """Probability of each language and domain, by the line's first words (naive Bayes).

        Args:
            text: the line.
            language: of its page: the prior, since a line of the page may still be in another language.
        """
        prior, log_prior = self._prior(language)
        known, weight = self._known_rows(text)[: config.MAX_LINE_WORDS], np.float32(config.PRIOR_WEIGHT)
        logs = np.log(self._domain_shares[known] + config.FOREIGN_SHARE).sum(0) + log_prior
        likelihood: LinePosterior = np.exp(logs - logs.max())
        posterior: LinePosterior = (1 - weight) * likelihood / likelihood.sum() + weight * prior
        return posterior

    def _known_rows(self, text: str) -> list[int]:
        """Indices of the known words of ``text``, in order."""
        rows = map(self.row, _WHOLE_WORD.findall(text))
        return [row for row in rows if row is not None]

    def _find_prior(self, language: LanguagePosterior) -> tuple[LinePosterior, LinePosterior]:
        """Probability of each language and domain on a page before a word of the line is read, and its logarithm."""
        of_page = dict(language.probabilities)
        probabilities = np.array([of_page.get(code, 0.0) for code in self.languages], np.float32)
        probabilities += (1 - probabilities.sum()) / len(probabilities)  # another language may resemble any of these
        odds = np.maximum(probabilities / probabilities.max(), np.float32(config.FOREIGN_ODDS))
        odds = np.tile(odds, self._domain_shares.shape[1] // len(odds))
        prior: LinePosterior = odds / odds.sum()
        return prior, np.log(prior)

    def shares_of(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """See `WordShares`; the domains are running text and, if they were counted, business documents."""
        shares = np.zeros((len(words), self._domain_shares.shape[1]), np.float32)
        for place, word in enumerate(words):
            if (row := self.row(word)) is not None:
                shares[place] = self._domain_shares[row]
        return shares

    def shares(self, word: str, languages: Rows) -> list[float]:
        """Relative frequency of ``word`` in each of these languages."""
        row = self.row(word)
        return [0.0] * len(languages) if row is None else self._shares[row, languages].tolist()

    def possible_languages(self, text: str, language: LanguagePosterior = UNKNOWN_LANGUAGE) -> Rows:
        """The languages that a line may be in: all of them where too few of its words are known."""
        if len(self._known_rows(text)) < config.MIN_WORDS:
            return np.arange(len(self.languages))
        return np.flatnonzero(self._by_language(self.posterior(text, language)) >= config.POSSIBLE_PROBABILITY)

    def log_prob(self, word: str, posterior: LinePosterior) -> float:
        """log10 probability of ``word``, in lower case, in such a line; ``UNSEEN`` if it is unknown."""
        row = self._rows.get(word)
        return _log_of(float(self._domain_shares[row] @ posterior)) if row is not None else UNSEEN

    def is_counted(self, language: int, min_count: int) -> npt.NDArray[np.bool_]:
        """For each of ``words``, whether it was counted at least ``min_count`` times in this language."""
        counted: npt.NDArray[np.bool_] = self._shares[:, language] * self.totals[language] >= min_count - 0.5
        return counted

    def log_prob_in(self, word: str, language: int) -> float:
        """log10 relative frequency of a known word, in lower case, in one of its languages."""
        return math.log10(self._shares[self._rows[word], language])

    def log_prob_of(self, word: str, language: int) -> float:
        """log10 relative frequency of ``word``, in lower case, in one language; ``UNSEEN`` if it is unknown there."""
        row = self._rows.get(word)
        return _log_of(float(self._shares[row, language])) if row is not None else UNSEEN

    def highest_log_prob(self, word: str, language: int) -> float:
        """As `log_prob_of`, in running text or business documents, whichever has the word more."""
        row = self._rows.get(word)
        if row is None:
            return UNSEEN
        return _log_of(float(self._domain_shares[row, language :: len(self.languages)].max()))

    def max_prob(self, word: str, language: str | None = None) -> float:
        """Relative frequency of ``word`` in the language that has it most; 0 if it is unknown.

        Args:
            word: in any case.
            language: of the page, if known; words of other languages are rare there.
        """
        row = self.row(word)
        if row is None:
            return 0.0
        highest = float(self._max_shares[row])
        if language not in self.languages:
            return highest
        return max(float(self._shares[row, self.languages.index(language)]), highest * config.FOREIGN_FACTOR)

    def min_log_prob(self, text: str, posterior: LinePosterior) -> float | None:
        """log10 probability of the rarest word in ``text``; None where there is no word."""
        tokens = [token for token in TOKEN.findall(text) if not token.isdecimal()]
        log_probs = (self.log_prob(token.lower(), posterior) if token.isalpha() else UNSEEN for token in tokens)
        return min(log_probs, default=None)

    def size(self, posterior: LinePosterior) -> float:
        """How much text was counted in the line's language: log10 of its words over 8, so 1.0 for a hundred million.

        The less was counted, the less an unknown word means.
        """
        return float(self._sizes @ self._by_language(posterior))

    def language(self, posterior: LinePosterior) -> int:
        """Index of a line's most probable language."""
        return int(self._by_language(posterior).argmax())

    def certain_language(self, posterior: LinePosterior) -> int | None:
        """Index of a line's most probable language; None where it is uncertain."""
        by_language = self._by_language(posterior)
        language = int(by_language.argmax())
        return language if by_language[language] >= config.MIN_LANGUAGE_PROBABILITY else None

    def compound_log_prob(self, word: str, posterior: LinePosterior) -> float:
        """log10 probability of the rarer of the two words that a compound consists of; ``UNSEEN`` if it is none.

        German and Dutch write more compounds than a lexicon can list. The first word may be a prefix, which costs
        nothing, or be linked by an s ("Rechnungsnummer").
        """
        if self.languages[self.language(posterior)] not in _COMPOUND_LANGUAGES:
            return UNSEEN
        lower = word.lower()
        places = range(config.MIN_PREFIX_LENGTH, len(lower) - config.MIN_PART_LENGTH + 1)
        splits = ((lower[:at], lower[at:]) for at in places if at >= config.MIN_PART_LENGTH or lower[:at] in _PREFIXES)
        log_probs = (
            min(self._first_log_prob(first, posterior), self.log_prob(second, posterior))
            for first, second in splits
            if second in self._rows
        )
        return max(log_probs, default=UNSEEN)

    def _first_log_prob(self, word: str, posterior: LinePosterior) -> float:
        if word in _PREFIXES:
            return 0.0
        return max(self.log_prob(word, posterior), self.log_prob(word.removesuffix(_LINK), posterior))

    def business_probability(self, posterior: LinePosterior) -> float:
        """Probability that the line is from a business document."""
        return float(posterior[len(self.languages) :].sum())

    def _by_language(self, posterior: LinePosterior) -> LinePosterior:
        """Probability of each language, over both domains."""
        by_language: LinePosterior = posterior.reshape(-1, len(self.languages)).sum(0)
        return by_language

    def share_known(self, text: str) -> float:
        """The share of the words in ``text`` that are known in any language; 1.0 where there is no word."""
        words = LETTERS.findall(text)
        return sum(word.lower() in self._rows for word in words) / len(words) if words else 1.0


def _log_of(share: float) -> float:
    """log10 of a relative frequency, ``UNSEEN`` at least."""
    return max(UNSEEN, math.log10(share)) if share > 0 else UNSEEN


def bigrams_of(text: str, lexicon: Lexicon) -> Iterator[Pair]:
    """The lexicon rows of every two adjacent known words, the left one first."""
    last_row, last_end = None, 0
    for token in TOKEN.finditer(text):
        row = lexicon.row(token.group())
        if row is not None and last_row is not None and token.start() - last_end <= config.MAX_BIGRAM_GAP:
            yield last_row, row
        last_row, last_end = row, token.end()


def keys_of(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> Keys:
    """One number for each pair of rows."""
    return left * _ROWS + right


class BigramModel:
    """Counts of adjacent words by language."""

    def __init__(self, tables: Tables) -> None:
        """Takes the counts.

        Args:
            tables: by language, in the lexicon's order, the keys of pairs in ascending order and their counts.
        """
        self.tables = dict(tables)

    def pmi(self, pairs: Sequence[Pair], lexicon: Lexicon, posterior: LinePosterior) -> npt.NDArray[np.float64]:
        """For each pair of rows log10 of how much more often it was seen than expected; 0 if nothing was counted.

        The counts are those of the line's most probable language.
        """
        column = lexicon.language(posterior)
        keys, counts = self.tables[lexicon.languages[column]]
        if not len(pairs) or not len(keys):
            return np.zeros(len(pairs))
        left, right = np.asarray(pairs, np.int64).T
        wanted = keys_of(left, right)
        places = np.minimum(keys.searchsorted(wanted), len(keys) - 1)
        observed = np.where(keys[places] == wanted, counts[places], 0.0)
        by_chance = lexicon.share_in(left, column) * lexicon.share_in(right, column) * lexicon.totals[column]
        smoothing = config.BIGRAM_SMOOTHING
        pmi: npt.NDArray[np.float64] = np.log10((observed + smoothing) / (by_chance + smoothing))
        return pmi
