"""``python -m model_training.lexicon --data DIR --model models/fast``: counts the words of the training text."""

from __future__ import annotations

import argparse
import lzma
import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from model_training.corpus import whole_texts
from model_training.real_pairs import TRAINING_SETS, documents
from scanproof.correction.confusions import ErrorModel
from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.lexicon import Lexicon
from scanproof.correction.fast.model_folder import BUSINESS_SUFFIX, LEXICON_FILE
from scanproof.correction.fast.tagger import word_statuses
from scanproof.language import LanguagePosterior

_WORD = re.compile(r"(?<![\w-])[^\W\d_]+(?!\w)")
_MAX_WORDS = 110_000  # of a language
_MIN_COUNTS = {"pl": 1}  # there is so little text that each word is worth knowing
_MIN_COUNT = 2
SEEN_SHARE = 0.2  # of the text: then as many words are unknown as in texts from other sources
_RECEIPTS = tuple(name for name in TRAINING_SETS if "receipts" in name)
_BUSINESS_LINES = 20_000  # generated for each language
_MIN_BUSINESS_COUNT = 10  # of a word of business documents among those
BUSINESS_COUNT = 30  # in running text, of a word of business documents: novels do not show how common it is


class ThinnedLexicon(Lexicon):
    """A lexicon in which some words are unknown, as if they had never been seen; the others keep their shares."""

    def __init__(self, lexicon: Lexicon, unknown: Container[str]) -> None:
        vars(self).update(vars(lexicon))
        self._rows = {word: row for word, row in self._rows.items() if word not in unknown}

    def is_counted(self, language: int, min_count: int) -> npt.NDArray[np.bool_]:
        """See `Lexicon.is_counted`."""
        counted: npt.NDArray[np.bool_] = super().is_counted(language, min_count)[[*self._rows.values()]]
        return counted


def count_words(texts: Iterable[str], min_count: int) -> Counter[str]:
    """Counts the most common words, in lower case, that occur at least ``min_count`` times."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text.lower()))
    return Counter({word: count for word, count in counts.most_common(_MAX_WORDS) if count >= min_count})


def word_counts(lexicon: Lexicon) -> dict[str, int]:
    """Every word of a lexicon with its count in the language in which it is most common."""
    languages = np.arange(len(lexicon.languages))
    counts = {}
    for word in lexicon.words:
        shares = lexicon.shares(word, languages)
        highest = max(shares)
        counts[word] = round(highest * lexicon.totals[shares.index(highest)])
    return counts


def chances_unknown(lexicon: Lexicon) -> dict[str, float]:
    """For every word the chance that it would be unknown if only ``SEEN_SHARE`` of the text had been counted."""
    counts = word_counts(lexicon)
    return dict(zip(counts, chance_unseen(np.array([*counts.values()], np.float64)).tolist(), strict=True))


def chance_unseen(counts: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The chance that what was counted so often in the whole text does not occur in ``SEEN_SHARE`` of it."""
    unseen: npt.NDArray[np.float64] = (1 - SEEN_SHARE) ** counts.astype(np.float64)
    return unseen


def thinned(lexicon: Lexicon, seed: int) -> Lexicon:
    """The lexicon that would be known if only a part of its text had been counted.

    Generated text is too similar to the text in which the words were counted. Rare words become unknown and common ones
    stay, as with texts from other sources.
    """
    rng = Random(seed)  # noqa: S311 - sampling, not secrecy
    return ThinnedLexicon(lexicon, {word for word, chance in chances_unknown(lexicon).items() if rng.random() < chance})


class RandomlyThinnedStatuses:
    """Computes word statuses with a lexicon in which each word is sometimes unknown, as if less text had been counted.

    The draw is repeated for every word, so in training a rare word is known in one line and unknown in another.
    """

    def __init__(self, lexicon: Lexicon, error_model: ErrorModel) -> None:
        """Takes the whole lexicon."""
        self._lexicon = lexicon
        self._lexical = LexicalCandidates(lexicon, error_model)
        self._chances_unknown = chances_unknown(lexicon)

    def word_statuses(self, text: str, rng: Random, language: str | None = None) -> list[int]:
        """As `word_statuses` with the whole lexicon, except for the words that are unknown this time.

        Args:
            text: the line.
            rng: decides which words are unknown.
            language: of the page, if it is to be known.
        """
        page = LanguagePosterior.certain(language)
        posterior = cache(lambda: self._lexicon.posterior(text, page))  # not every line needs it

        def is_known(word: str) -> bool:
            return rng.random() >= self._chances_unknown.get(word.lower(), 1.0)

        return word_statuses(
            text,
            lambda word: self._lexicon.max_prob(word, language) if is_known(word) else 0.0,
            lambda word, rare: self._lexical.suspect_span(word, posterior(), rare=rare, is_known=is_known),
        )


def main() -> None:
    """Writes ``words.txt.xz`` into the model's folder."""
    parser = argparse.ArgumentParser(prog="python -m model_training.lexicon", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    options = parser.parse_args()
    rows = []
    for language, texts in whole_texts(options.data / "train_text").items():
        min_count = _MIN_COUNTS.get(language, _MIN_COUNT)
        counts = count_words([*texts, *true_texts(options.data / "dev", language)], min_count)
        terms = _business_words(language)
        counts.update(dict.fromkeys(terms, BUSINESS_COUNT))
        receipts = true_texts(options.data / "dev", language, _RECEIPTS)
        business = business_word_counts(_business_lines(language), terms, receipts, counts)
        rows += [f"# {language}", *_rows_of(counts), f"# {language}{BUSINESS_SUFFIX}", *_rows_of(business)]
    (options.model / LEXICON_FILE).write_bytes(lzma.compress("\n".join(rows).encode("utf-8"), preset=9))


def _rows_of(counts: Mapping[str, int]) -> Iterator[str]:
    return (f"{word} {count}" for word, count in sorted(counts.items()))


def business_word_counts(
    lines: Iterable[str], terms: Collection[str], receipts: Iterable[str], known: Container[str]
) -> Counter[str]:
    """Counts words in business documents.

    Args:
        lines: generated ones; of their words only ``terms`` count, which are no names.
        terms: words of business documents in lower case; each counts, even if no line has it.
        receipts: the true text of real ones.
        known: words that occur in running text, too; only they count.
    """
    generated = Counter(word for line in lines for word in _WORD.findall(line.lower()))
    counts = Counter({word: max(generated[word], _MIN_BUSINESS_COUNT) for word in terms})
    counts += count_words(receipts, _MIN_COUNT)
    return Counter({word: count for word, count in counts.items() if word in known})


def _business_lines(language: str) -> Iterator[str]:
    from model_training.business import business_lines  # faker is not needed to use a lexicon

    rng, generator = Random(language), business_lines(0)[language]  # noqa: S311 - sampling, not secrecy
    return (generator.line(rng) for _ in range(_BUSINESS_LINES))


def true_texts(folder: Path, language: str, names: Sequence[str] = TRAINING_SETS) -> Iterator[str]:
    """The true texts of the real pairs that are trained on."""
    for name in names:
        for row in documents(folder / f"{name}.jsonl", "train"):
            if row["lang"] == language:
                yield row["truth"]


def _business_words(language: str) -> set[str]:
    return {word for text in business_texts(language) for word in _WORD.findall(text.lower())}


def business_texts(language: str) -> list[str]:
    """The phrases of which business lines of a language are generated, and further terms."""
    from model_training.business import business_terms, business_words  # faker is not needed to use a lexicon

    return [*business_words(language), *business_terms(language)]


if __name__ == "__main__":
    main()
