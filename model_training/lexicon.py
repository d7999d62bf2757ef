"""``python -m model_training.lexicon --data DIR --model models/fast``: the training text's words and their counts."""

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
from scanproof.correction.fast.channel_model import ErrorModel
from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.lexicon import FILE_NAME, IN_BUSINESS, Lexicon
from scanproof.correction.fast.word_status import word_statuses

_WORD = re.compile(r"(?<![\w-])[^\W\d_]+(?!\w)")
_MOST_WORDS = 110_000  # of a language
_LEAST_COUNTS = {"pl": 1}  # of so little text each word is worth knowing
_LEAST_COUNT = 2
READ = 0.2  # of the text: then as many words are unknown as in texts from elsewhere
_RECEIPTS = tuple(name for name in TRAINING_SETS if "receipts" in name)
_LINES_OF_PAPERS = 20_000  # made of each language
_IN_SOME_PAPER = 10  # so often, at least, stands a word of papers there
BUSINESS_COUNT = 30  # a word of business papers counts as seen so often, which novels do not show


def count_words(texts: Iterable[str], least: int) -> Counter[str]:
    """The commonest words, in lower case, that stand there ``least`` times at least."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text.lower()))
    return Counter({word: count for word, count in counts.most_common(_MOST_WORDS) if count >= least})


def chances_unknown(lexicon: Lexicon) -> dict[str, float]:
    """For every word the chance that it would not be known, had only ``READ`` of the text been read."""
    counts = lexicon.counts()
    return dict(zip(counts, chance_unread(np.array([*counts.values()], np.float64)).tolist(), strict=True))


def chance_unread(counts: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The chance that what was counted so often in the whole text is nowhere in ``READ`` of it."""
    unread: npt.NDArray[np.float64] = (1 - READ) ** counts.astype(np.float64)
    return unread


def thinned(lexicon: Lexicon, seed: int) -> Lexicon:
    """What would be known if only a part of its text had been read.

    Text of our own is too like the text that its words were counted in. Rare words become unknown, common ones stay, as
    it is with texts from elsewhere.
    """
    rng = Random(seed)  # noqa: S311 - sampling, not secrecy
    return lexicon.without({word for word, chance in chances_unknown(lexicon).items() if rng.random() < chance})


class PartlyRead:
    """Tells of words, each of which is now and then unknown, as in a lexicon that was counted in a part of its text.

    Drawn anew for every word that is asked for, so that in training a rare word is known here and unknown there.
    """

    def __init__(self, lexicon: Lexicon, rates: ErrorModel) -> None:
        """Takes the whole lexicon."""
        self._lexicon = lexicon
        self._lexical = LexicalCandidates(lexicon, rates)
        self._unknown = chances_unknown(lexicon)

    def word_statuses(self, text: str, rng: Random, language: str | None = None) -> list[int]:
        """As `word_statuses` with the whole lexicon, but for the words that are unknown this time.

        Args:
            language: of the page, if it is to be known.
        """
        posterior = cache(
            lambda: self._lexicon.posterior(text, language)
        )  # not every line has a word that is asked for

        def known(word: str) -> bool:
            return rng.random() >= self._unknown.get(word.lower(), 1.0)

        return word_statuses(
            text,
            lambda word: self._lexicon.max_prob(word, language) if known(word) else 0.0,
            lambda word, rare: self._lexical.char_edit(word, posterior(), rare=rare, known=known),
        )


def main() -> None:
    """Writes ``words.txt.xz`` into the model's folder."""
    parser = argparse.ArgumentParser(prog="python -m model_training.lexicon", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    options = parser.parse_args()
    rows = []
    for language, texts in whole_texts(options.data / "train_text").items():
        least = _LEAST_COUNTS.get(language, _LEAST_COUNT)
        counts = count_words([*texts, *true_texts(options.data / "dev", language)], least)
        own = _business_words(language)
        counts.update(dict.fromkeys(own, BUSINESS_COUNT))
        receipts = true_texts(options.data / "dev", language, _RECEIPTS)
        of_papers = business_word_counts(_lines_of_papers(language), own, receipts, counts)
        rows += [f"# {language}", *_rows_of(counts), f"# {language}{IN_BUSINESS}", *_rows_of(of_papers)]
    (options.model / FILE_NAME).write_bytes(lzma.compress("\n".join(rows).encode("utf-8"), preset=9))


def _rows_of(counts: Mapping[str, int]) -> Iterator[str]:
    return (f"{word} {count}" for word, count in sorted(counts.items()))


def business_word_counts(
    lines: Iterable[str], own: Collection[str], receipts: Iterable[str], known: Container[str]
) -> Counter[str]:
    """How often words stand in business papers.

    Args:
        lines: of our own; of their words those of ``own`` count, which are no names.
        own: in lower case; each is held to stand in some paper.
        receipts: what real ones say in truth.
        known: words that stand in running text, too; only they count.
    """
    made = Counter(word for line in lines for word in _WORD.findall(line.lower()))
    counts = Counter({word: max(made[word], _IN_SOME_PAPER) for word in own}) + count_words(receipts, _LEAST_COUNT)
    return Counter({word: count for word, count in counts.items() if word in known})


def _lines_of_papers(language: str) -> Iterator[str]:
    from model_training.business import business_lines  # faker is not needed to know of words

    rng, maker = Random(language), business_lines(0)[language]  # noqa: S311 - sampling, not secrecy
    return (maker.line(rng) for _ in range(_LINES_OF_PAPERS))


def true_texts(folder: Path, language: str, names: Sequence[str] = TRAINING_SETS) -> Iterator[str]:
    """What real pairs say in truth, of the documents that are trained on."""
    for name in names:
        for row in documents(folder / f"{name}.jsonl", "train"):
            if row["lang"] == language:
                yield row["truth"]


def _business_words(language: str) -> set[str]:
    return {word for text in business_texts(language) for word in _WORD.findall(text.lower())}


def business_texts(language: str) -> list[str]:
    """What business papers of a language are made of, and other words of theirs."""
    from model_training.business import business_terms, business_words  # faker is not needed to know of words

    return [*business_words(language), *business_terms(language)]


if __name__ == "__main__":
    main()
