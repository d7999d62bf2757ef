"""Finds lexicon words at edit distance 1 without enumerating every variant.

Words are held as hashes in a Bloom filter (Bloom 1970). The hash is a polynomial over the letters (Karp and Rabin
1987), so the hashes of hundreds of variants follow from that of the word by array arithmetic; the few variants that the
filter lets pass are looked up.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from scanproof.edits import TextEdit, apply

_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_INVERSE = np.uint64(pow(_BASE, -1, 1 << 64))
_SPREAD = np.uint64(0xD6E8FEB86659FD93)  # the upper bits of a product with it depend on all bits
_ADDRESS_BITS = 23  # of the filter: half a million words set one bit in twenty
_SHIFT = np.uint64(64 - _ADDRESS_BITS)
_CHUNK = 50_000  # words that are hashed at a time

Hashes = npt.NDArray[np.uint64]


class EditDistance1Index:
    """Finds the words of a list that are one letter away."""

    def __init__(self, words: Sequence[str]) -> None:
        longest = max(map(len, words), default=0) + 2
        self._powers = np.array([pow(_BASE, place, 1 << 64) for place in range(longest)], np.uint64)
        is_set = np.zeros(1 << _ADDRESS_BITS, np.bool_)
        for first in range(0, len(words), _CHUNK):
            is_set[_addresses(self._hashes(words[first : first + _CHUNK]))] = True
        self._filter = np.packbits(is_set, bitorder="little")

    def matches(self, word: str, letters: str, known: Container[str]) -> Iterator[TextEdit]:
        """The edits of one letter that turn ``word`` into a word of the list.

        Of equal choices the last one is made: of a double letter the last is deleted, and a letter is inserted behind
        its double.

        Args:
            word: in lower case.
            letters: that may be inserted.
            known: the list, or a part of it.
        """
        length, count = len(word), len(letters)
        if length >= len(self._powers):
            return  # more than one letter longer than all words
        deletions, replacements = length, length + length * count  # where each kind of variant ends
        for number in np.flatnonzero(self._may_contain(self._variants(word, letters))).tolist():
            if number < deletions:
                edit = TextEdit(number, number + 1, "")
                is_duplicate = word[edit.end : edit.end + 1] == word[edit.start]
            else:
                replaces = number < replacements
                place, letter = divmod(number - (deletions if replaces else replacements), count)
                edit = TextEdit(place, place + replaces, letters[letter])
                is_duplicate = word[place : place + 1] == edit.corrected
            if not is_duplicate and apply(word, (edit,)) in known:
                yield edit

    def _variants(self, word: str, letters: str) -> Hashes:
        """Hashes of ``word`` with each letter deleted, then each replaced, then one inserted at each place."""
        codes, others = _codes(word), _codes(letters)
        powers = self._powers[: len(word) + 1]
        before = np.zeros(len(word) + 1, np.uint64)
        np.cumsum(codes * powers[:-1], out=before[1:])
        whole = before[-1]
        behind = whole - before
        inserted = others * powers[:, None]
        return np.concatenate(
            [
                before[:-1] + behind[1:] * _INVERSE,
                ((whole - codes * powers[:-1])[:, None] + inserted[:-1]).ravel(),
                ((before + behind * np.uint64(_BASE))[:, None] + inserted).ravel(),
            ]
        )

    def _may_contain(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        addresses = _addresses(hashes)
        is_set: npt.NDArray[np.bool_] = (self._filter[addresses >> 3] >> (addresses & 7).astype(np.uint8)) & 1 > 0
        return is_set

    def _hashes(self, words: Sequence[str]) -> Hashes:
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        starts = lengths.cumsum() - lengths
        places = np.arange(lengths.sum()) - starts.repeat(lengths)
        hashes: Hashes = np.add.reduceat(_codes("".join(words)) * self._powers[places], starts)
        return hashes


def _codes(text: str) -> Hashes:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)


def _addresses(hashes: Hashes) -> npt.NDArray[np.int64]:
    return ((hashes * _SPREAD) >> _SHIFT).astype(np.int64)
