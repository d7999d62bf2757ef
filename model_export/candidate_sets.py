"""Candidate sets for the judge's quality gate: a word of the check text, as read and as meant, in its context.

The gate asks whether a quantized model chooses as the float32 model does, not whether the choice is right, so each word
also competes with look-alikes of it: their likelihoods are closer than those of a word and a misreading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from model_export.check_text import Pair
from model_export.reference_model import Sample

# What engines confuse most often in the measured confusions; each is tried at its first place in a word.
_CONFUSIONS = (("e", "c"), ("h", "b"), ("rn", "m"), ("m", "rn"), ("li", "h"), ("u", "n"), ("n", "u"), ("l", "i"))
_MAX_CANDIDATES = 4
_MIN_LETTERS = 3
_FOLLOWING = 3  # words behind the candidate that are scored with it


@dataclass(frozen=True)
class CandidateSet:
    """Alternatives for one word: the context is every sample's source, word and following words are its target."""

    samples: tuple[Sample, ...]


def candidate_sets(pairs: Sequence[Pair], tokenize: Callable[[str], Sequence[int]]) -> list[CandidateSet]:
    """Returns a set for every word of each truth that has a context before it and an alternative."""
    return [
        CandidateSet(tuple(_sample(before, word, after, tokenize) for word in words))
        for pair in pairs
        for before, words, after in _alternatives(pair)
    ]


def _sample(before: str, word: str, after: str, tokenize: Callable[[str], Sequence[int]]) -> Sample:
    return Sample(tuple(tokenize(before)), tuple(tokenize(f" {word} {after}".rstrip())))


def _alternatives(pair: Pair) -> Iterator[tuple[str, list[str], str]]:
    """Yields context, candidates and following words."""
    meant, read = pair.truth.split(), pair.raw.split()
    for index, word in enumerate(meant[1:], 1):
        if len(word) < _MIN_LETTERS or not word.isalpha():
            continue
        as_read = [read[index]] if len(read) == len(meant) else []
        look_alikes = [word.replace(old, new, 1) for old, new in _CONFUSIONS if old in word]
        words = list(dict.fromkeys([word, *as_read, *look_alikes]))[:_MAX_CANDIDATES]
        if len(words) > 1:
            yield " ".join(meant[:index]), words, " ".join(meant[index + 1 : index + 1 + _FOLLOWING])
