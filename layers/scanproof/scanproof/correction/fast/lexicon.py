"""How common words are in each language, in running text and in business papers.

Counts from the training text, shipped with the model. Papers have words of their own ("Item", "Subtotal"), which prose
hardly shows: what a line of a paper says is told by those counts, and whether it is one by its words.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Collection, Container, Iterable, Mapping
from copy import copy
from functools import cache
from itertools import compress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scanproof.correction.fast.model_folder import unreadable

FILE_NAME = "words.txt.xz"
UNSEEN = -8.0  # log10 of the share that a word has which was never seen
RUN = re.compile(r"[^\W_]+")  # what stands between blanks and marks
_STROKE = re.compile(r"[a-zà-ÿ]I")  # "BilI": behind a small letter it is an l that was misread
LETTERS = re.compile(r"[^\W\d_]+")
_WHOLE = re.compile(r"(?<![^\W_])[^\W\d_]+(?![^\W_])")  # none that a digit stands in or beside
_EVIDENCE = 12  # words of a line that tell its language; more would only cost time
_MUCH_EVIDENCE, _PLAIN_EVIDENCE, _PLAIN = 500, 12, 0.999  # words of a page that tell its language, and how surely
# In so many words of all languages, or of one, a letter that is looked for stands once at least.
_SELDOM, _SELDOM_IN_A_LANGUAGE = 15_000, 2_000
_TOLD = 0.6  # how probable its language has to be for a line's words to be looked for in that alone
_ENOUGH, _MAY_BE = 3, 0.1  # words that tell, and how probable a language has to be
_ELSEWHERE = 1e-4  # how much rarer a word is on a page in another language than its own
_ANOTHER = 0.001  # how much less probable another language is than the page's
_OTHER_LANGUAGE = 1e-6  # how likely a word of one language is in a line of another
_UNTOLD = 0.2  # of a line's language is never sure: a few words of an invoice may stand in several
IN_BUSINESS = "/papers"
_OWN_WORDS = 0.7  # of a paper's words; the others are as in running text

LanguagePosterior = npt.NDArray[
    np.float32
]  # how probable each language is, in running text, then (if counted) each in papers
Rows = npt.NDArray[np.int64]  # places of words


class Lexicon:
    """Shares of words by language, whatever the case."""

    def __init__(
        self, counts: Mapping[str, Mapping[str, int]], in_business: Mapping[str, Mapping[str, int]] | None = None
    ) -> None:
        """Takes counts by language, by word in lower case.

        Args:
            counts: in running text.
            in_business: in business papers of these languages; of words that stand in ``counts``.
        """
        words = sorted({word for of_language in counts.values() for word in of_language})
        self.languages = tuple(counts)
        self._rows = {word: row for row, word in enumerate(words)}
        self._totals = [sum(of_language.values()) for of_language in counts.values()]
        self._sizes = np.log10([1 + total for total in self._totals]) / 8
        self._shares = np.zeros((len(words), len(counts)), np.float32)
        for column, (of_language, total) in enumerate(zip(counts.values(), self._totals, strict=True)):
            for word, count in of_language.items():
                self._shares[self._rows[word], column] = count / total
        self._every_share = self._shares  # by column of a mix
        if in_business:
            self._every_share = np.hstack([self._shares, self._shares_in_papers(in_business)])
            self._shares = self._every_share[:, : len(counts)]
        self._letters = cache(self._letters_of)
        self._before = cache(self._probable_before)

    def _shares_in_papers(self, in_business: Mapping[str, Mapping[str, int]]) -> npt.NDArray[np.float32]:
        shares = np.zeros_like(self._shares)
        for language, of_language in in_business.items():
            column, total = self.languages.index(language), sum(of_language.values())
            for word, count in of_language.items():
                shares[self._rows[word], column] = count / total
        mixed: npt.NDArray[np.float32] = _OWN_WORDS * shares + np.float32(1 - _OWN_WORDS) * self._shares
        return mixed

    def __len__(self) -> int:
        """How many words were ever seen."""
        return len(self._shares)

    def without(self, words: Container[str]) -> Lexicon:
        """The same shares, with some words as if they had never been seen."""
        thinned = copy(self)
        thinned._rows = {word: row for word, row in self._rows.items() if word not in words}
        return thinned

    def counts(self) -> Mapping[str, int]:
        """Every word, and how often it was counted in the language that it is commonest in."""
        commonest = self._shares.argmax(axis=1)
        return {
            word: round(float(self._shares[row, commonest[row]]) * self._totals[commonest[row]])
            for word, row in self._rows.items()
        }

    @property
    def words(self) -> Collection[str]:
        """All words, in lower case."""
        return self._rows

    def __contains__(self, word: str) -> bool:
        return word.lower() in self._rows

    def row(self, word: str) -> int | None:
        """The place of ``word`` among the words of all languages, whatever its case; None if it is none of them."""
        return self._rows.get(word.lower())

    def expected_pairs(self, left: Rows, right: Rows, language: int) -> npt.NDArray[np.float64]:
        """How often each two of these words would have stood side by side by chance in the text that was counted."""
        of_left, of_right = (self._shares[rows, language].astype(np.float64) for rows in (left, right))
        expected: npt.NDArray[np.float64] = of_left * of_right * self._totals[language]
        return expected

    def posterior(self, text: str, language: str | None = None) -> LanguagePosterior:
        """How probable each language is, told by the line's first words (naive Bayes).

        Args:
            language: what the page is in, as an ISO 639 code, if that is known; a line of it may still be in another.
        """
        before = self._before(language)
        logs = np.log(self._every_share[self._known(text)[:_EVIDENCE]] + _OTHER_LANGUAGE).sum(0) + np.log(before)
        told: LanguagePosterior = np.exp(logs - logs.max())
        posterior: LanguagePosterior = (1 - _UNTOLD) * told / told.sum() + np.float32(_UNTOLD) * before
        return posterior

    def language_of(self, text: str) -> str | None:
        """What a page is in, as an ISO 639 code; None where its words leave doubt."""
        known = self._known(text)[:_MUCH_EVIDENCE]
        if len(known) < _PLAIN_EVIDENCE:
            return None
        logs = np.log(self._every_share[known].astype(np.float64) + _OTHER_LANGUAGE).sum(0)
        told = self._of_languages(np.exp(logs - logs.max()))
        language = int(told.argmax())
        return self.languages[language] if told[language] >= _PLAIN * told.sum() else None

    def _known(self, text: str) -> list[int]:
        """The rows of the words in ``text`` that are known, in its order."""
        rows = map(self.row, _WHOLE.findall(text))
        return [row for row in rows if row is not None]

    def _probable_before(self, language: str | None) -> LanguagePosterior:
        """How probable each language is on such a page before a word is read."""
        odds = np.ones(self._every_share.shape[1], np.float32)
        if language in self.languages:
            odds[:] = _ANOTHER
            odds[self.languages.index(language) :: len(self.languages)] = 1.0
        before: LanguagePosterior = odds / odds.sum()
        return before

    def shares(self, word: str, languages: Rows) -> list[float]:
        """How large a share of the words of each of these languages is this one, whatever its case."""
        row = self.row(word)
        return [0.0] * len(languages) if row is None else self._shares[row, languages].tolist()

    def may_be(self, text: str, language: str | None = None) -> Rows:
        """The languages that ``text`` may be in: all of them, where too few of its words are known to tell."""
        if len(self._known(text)) < _ENOUGH:
            return np.arange(len(self.languages))
        return np.flatnonzero(self._of_languages(self.posterior(text, language)) >= _MAY_BE)

    def log_prob(self, word: str, posterior: LanguagePosterior) -> float:
        """log10 of how large a share of such a line's words is this one, in lower case; ``UNSEEN`` if it is none."""
        row = self._rows.get(word)
        share = float(self._every_share[row] @ posterior) if row is not None else 0.0
        return max(UNSEEN, float(np.log10(share))) if share > 0 else UNSEEN

    def words_of(self, language: int, least_count: int) -> list[str]:
        """The words of a language that were counted so often."""
        often = self._shares[:, language] * self._totals[language] >= least_count - 0.5
        rows = np.fromiter(self._rows.values(), np.int64, len(self._rows))
        return [*compress(self._rows, often[rows].tolist())]

    def log_prob_in(self, word: str, language: int) -> float:
        """log10 of the share that a word in lower case has in one language, where it is known."""
        return float(np.log10(self._shares[self._rows[word], language]))

    def max_prob(self, word: str, language: str | None = None) -> float:
        """Of the words of the language that has it most, how many are this one; 0 if it is in none.

        Args:
            language: what the page is in, if that is known; then the words of others are rare there.
        """
        row = self.row(word)
        if row is None:
            return 0.0
        greatest = float(self._shares[row].max())
        if language not in self.languages:
            return greatest
        return max(float(self._shares[row, self.languages.index(language)]), greatest * _ELSEWHERE)

    def min_log_prob(self, text: str, posterior: LanguagePosterior) -> float | None:
        """Of the rarest word in ``text``; None where there is none. What cannot be a word was never seen."""
        runs = [run for run in RUN.findall(text) if not run.isdecimal()]
        shares = (self.log_prob(run.lower(), posterior) if may_be_word(run) else UNSEEN for run in runs)
        return min(shares, default=None)

    def size(self, posterior: LanguagePosterior) -> float:
        """How much text was counted in the line's language, 1.0 for a hundred million words.

        Where little was seen, it means little that a word was not.
        """
        return float(self._sizes @ self._of_languages(posterior))

    def language(self, posterior: LanguagePosterior) -> int:
        """The language that a line is probably in."""
        return int(self._of_languages(posterior).argmax())

    def letters(self, posterior: LanguagePosterior) -> str:
        """The letters that a word of such a line may have; of all languages, where it is not told which it is in."""
        of_languages = self._of_languages(posterior)
        language = int(of_languages.argmax())
        return self._letters(language if of_languages[language] >= _TOLD else None)

    def _letters_of(self, language: int | None) -> str:
        words = self._rows if language is None else self.words_of(language, 1)
        counted = np.bincount(np.frombuffer("".join(words).encode("utf-32-le"), np.uint32))
        seldom = _SELDOM if language is None else _SELDOM_IN_A_LANGUAGE
        return "".join(map(chr, np.flatnonzero(counted * seldom >= max(1, len(words)))))

    def business_probability(self, posterior: LanguagePosterior) -> float:
        """How probable it is that the line is a business paper's."""
        return float(posterior[len(self.languages) :].sum())

    def _of_languages(self, posterior: LanguagePosterior) -> LanguagePosterior:
        """How probable each language is, in running text or in papers."""
        of_languages: LanguagePosterior = posterior.reshape(-1, len(self.languages)).sum(0)
        return of_languages

    def share_known(self, text: str) -> float:
        """Of the words in ``text``: how many are words of any language (1.0 where there is none)."""
        words = LETTERS.findall(text)
        return sum(word.lower() in self._rows for word in words) / len(words) if words else 1.0


def may_be_word(run: str) -> bool:
    """Whether a run of letters and digits can be a word as it stands: without digits, and no l read as I."""
    return run.isalpha() and _STROKE.search(run) is None


def load_lexicon(folder: Path) -> Lexicon:
    """Reads ``words.txt.xz`` of a model folder: "# language", then a word, a blank and its count on each line.

    "# language/papers" heads the counts in business papers, of words that are counted in running text.

    Raises:
        PermanentError: ``lexicon_invalid``.
    """
    path = folder / FILE_NAME
    try:
        counts = _counts(lzma.decompress(path.read_bytes()).decode("utf-8").splitlines())
        in_business = {
            name.removesuffix(IN_BUSINESS): counts.pop(name) for name in [*counts] if name.endswith(IN_BUSINESS)
        }
        return Lexicon(counts, in_business)
    except (OSError, lzma.LZMAError, ValueError, KeyError) as error:
        raise unreadable(path, "lexicon", "words", type(error).__name__, "lexicon") from error


def _counts(rows: Iterable[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    language = ""
    for row in rows:
        word, count = row.split(" ")
        if word == "#":
            counts[count] = {}
            language = count
        else:
            counts[language][word] = int(count)
    return counts
