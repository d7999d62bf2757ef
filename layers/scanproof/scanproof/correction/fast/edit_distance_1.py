"""Known words that one letter lost, added or changed parts from another: without writing out all that could be read.

Words are held as hashes in a filter (Bloom 1970). The hash is a polynomial over the letters (Karp and Rabin 1987),
so that the hashes of hundreds of changed words follow from that of the one by array arithmetic; the few that the filter
lets pass are looked up.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from scanproof.correction.fast.channel_model import CharEdit

_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse
_INVERSE = np.uint64(pow(_BASE, -1, 1 << 64))
_SPREAD = np.uint64(0xD6E8FEB86659FD93)  # the upper bits of a product with it depend on all bits
_BITS = 23  # of the filter's addresses: one bit in twenty is set by half a million words
_SHIFT = np.uint64(64 - _BITS)
_TOGETHER = 50_000  # words that are hashed at a time

Hashes = npt.NDArray[np.uint64]


class EditDistance1Index:
    """Finds the words of a list that are one letter away."""

    def __init__(self, words: Sequence[str]) -> None:
        longest = max(map(len, words), default=0) + 2
        self._powers = np.array([pow(_BASE, place, 1 << 64) for place in range(longest)], np.uint64)
        there = np.zeros(1 << _BITS, np.bool_)
        for first in range(0, len(words), _TOGETHER):
            there[_addresses(self._hashes(words[first : first + _TOGETHER]))] = True
        self._filter = np.packbits(there, bitorder="little")

    def char_edits(self, word: str, letters: str, known: Container[str]) -> Iterator[CharEdit]:
        """The changes of one letter that make a word of the list out of ``word``.

        Of a double letter the last is taken out, and a letter is put behind its double.

        Args:
            letters: that may be put in.
            known: the list, or a part of it.
        """
        length, count = len(word), len(letters)
        if length >= len(self._powers):
            return  # longer than all by more than a letter
        lost, changed = length, length + length * count  # where each sort of change ends
        for number in np.flatnonzero(self._may_be(self._changed(word, letters))).tolist():
            if number < lost:
                char_edit = CharEdit(number, number + 1, "")
                stays = word[char_edit.end : char_edit.end + 1] == word[char_edit.start]
            else:
                place, letter = divmod(number - (lost if number < changed else changed), count)
                char_edit = CharEdit(place, place + (number < changed), letters[letter])
                stays = word[place : place + 1] == char_edit.meant
            if not stays and apply_char_edit(word, char_edit) in known:
                yield char_edit

    def _changed(self, word: str, letters: str) -> Hashes:
        """Hashes of ``word`` without each letter, then with each changed, then with one more at each place."""
        codes, others = _codes(word), _codes(letters)
        powers = self._powers[: len(word) + 1]
        before = np.zeros(len(word) + 1, np.uint64)
        np.cumsum(codes * powers[:-1], out=before[1:])
        whole = before[-1]
        behind = whole - before
        put = others * powers[:, None]
        return np.concatenate(
            [
                before[:-1] + behind[1:] * _INVERSE,
                ((whole - codes * powers[:-1])[:, None] + put[:-1]).ravel(),
                ((before + behind * np.uint64(_BASE))[:, None] + put).ravel(),
            ]
        )

    def _may_be(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        addresses = _addresses(hashes)
        set_there: npt.NDArray[np.bool_] = (self._filter[addresses >> 3] >> (addresses & 7).astype(np.uint8)) & 1 > 0
        return set_there

    def _hashes(self, words: Sequence[str]) -> Hashes:
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        starts = lengths.cumsum() - lengths
        places = np.arange(lengths.sum()) - starts.repeat(lengths)
        hashes: Hashes = np.add.reduceat(_codes("".join(words)) * self._powers[places], starts)
        return hashes


def apply_char_edit(word: str, char_edit: CharEdit) -> str:
    """What becomes of ``word``."""
    return word[: char_edit.start] + char_edit.meant + word[char_edit.end :]


def _codes(text: str) -> Hashes:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)


def _addresses(hashes: Hashes) -> npt.NDArray[np.int64]:
    return ((hashes * _SPREAD) >> _SHIFT).astype(np.int64)
