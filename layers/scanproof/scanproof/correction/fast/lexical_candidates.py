"""Words that were seldom or never seen, and the commoner ones that a slip of the engine could have made of them.

One slip apart: a letter put for another, lost, added, or two of them swapped (Damerau 1964), or one of the shapes that
look alike in print, such as rn and m. Whether any of them is meant is not decided here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from scanproof.correction.fast.channel_model import CharEdit, ErrorModel
from scanproof.correction.fast.compounds import compound_log_prob, halves, makes_compounds
from scanproof.correction.fast.edit_distance_1 import EditDistance1Index, apply_char_edit
from scanproof.correction.fast.lexicon import UNSEEN, LanguagePosterior, Lexicon, may_be_word

_SHORTEST, _LONGEST = 3, 24  # letters of a word
_WORD = re.compile(rf"(?<![^\W_])[^\W\d_]{{{_SHORTEST},{_LONGEST}}}(?![^\W_])")
# What is read, and what may stand there.
SHAPES = (
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("vv", "w"), ("ii", "u"), ("li", "h"), ("nn", "m"), ("in", "m"),
    ("ri", "n"), ("tl", "d"), ("fi", "h"), ("ll", "U"), ("lc", "k"), ("lt", "h"),
)  # fmt: skip
_ROMAN = re.compile(r"[IVXLCDM]+")
_RARE = -6.0  # log10 of a share: once in a million words; texts have slips of their own
_COMMONER = 1.0  # log10: ten times
_AS_LIKELY = 0.5  # log10: it need not be the likelier to be thought of
_MOST = 4  # respellings of a word that are looked at
_COMPOUND = 1.5  # log10: how much rarer two words written as one are held to be than the rarer of them
_CACHED_WORDS = 20_000


class LexicalCandidates:
    """Finds the known neighbours of unknown and rare words."""

    def __init__(self, lexicon: Lexicon, rates: ErrorModel) -> None:
        self._lexicon, self._rates = lexicon, rates
        self._index = EditDistance1Index([*lexicon.words])
        self._neighbours = lru_cache(_CACHED_WORDS)(self._find)

    def matches(self, text: str, posterior: LanguagePosterior) -> Iterator[tuple[int, int, str]]:
        """Start, end and what to write there, for the commonest known neighbours of every rare word of ``text``."""
        for found in _WORD.finditer(text):
            word = found.group()
            if (strokes := self._strokes(word)) is not None:
                yield found.start() + strokes.start, found.start() + strokes.end, strokes.meant
            share = self._lexicon.log_prob(word.lower(), posterior) if may_be_word(word) else UNSEEN
            if share > _RARE:
                continue
            others = dict(self._shares_in_compounds(word.lower(), posterior)) if share <= UNSEEN else {}
            others |= self._shares(word.lower(), posterior)  # better known as one word
            commoner = sorted((-other, char_edit) for char_edit, other in others.items() if other > share + _COMMONER)
            for _, (start, end, written) in commoner[:_MOST]:
                yield found.start() + start, found.start() + end, in_case_of(word, start, end, written)

    def _strokes(self, word: str) -> CharEdit | None:
        """Capital I's that are l's ("AII", "wiII"), or l's that are I's ("KlND"), if that makes a known word."""
        small, capitals = word[:1] + word[1:].replace("I", "l"), word.replace("l", "I")
        if small[1:].islower() and not _ROMAN.fullmatch(word):
            read = small
        elif capitals.isupper():
            read = capitals
        else:
            return None
        changed = [place for place, letter in enumerate(read) if letter != word[place]]
        if not changed or read not in self._lexicon:
            return None
        return CharEdit(changed[0], changed[-1] + 1, read[changed[0] : changed[-1] + 1])

    def char_edit(
        self,
        word: str,
        posterior: LanguagePosterior,
        *,
        rare: bool = False,
        known: Callable[[str], bool] = lambda other: True,
    ) -> tuple[int, int] | None:
        """Start and end of what was misread in ``word``, if it was a known one: the likeliest slip.

        That is, by how common the other word is and how often engines make such a slip. None if there is no such word.

        Args:
            rare: whether the word is known itself; then it may be meant as well, and the other has to be likelier.
            known: whether a word of the lexicon may be taken for one.
        """
        lower = word.lower()
        if not _SHORTEST <= len(word) <= _LONGEST or len(lower) != len(word):
            return None
        least = self._lexicon.log_prob(lower, posterior) - _AS_LIKELY if rare else -math.inf
        likely = [
            (log, char_edit)
            for char_edit, share in self._shares(lower, posterior)
            if share > UNSEEN + _COMMONER
            and (log := share + self._rates.log_rate(char_edit.meant, lower[char_edit.start : char_edit.end])) > least
            and known(apply_char_edit(lower, char_edit))
        ]
        return max(likely)[1][:2] if likely else None

    def _shares(self, word: str, posterior: LanguagePosterior) -> Iterator[tuple[CharEdit, float]]:
        """The edits of ``word`` (lower case) that make a known word, and log10 of how common that is."""
        char_edits = self._neighbours(word, self._lexicon.letters(posterior))
        return (
            (char_edit, self._lexicon.log_prob(apply_char_edit(word, char_edit), posterior)) for char_edit in char_edits
        )

    def _shares_in_compounds(self, word: str, posterior: LanguagePosterior) -> Iterator[tuple[CharEdit, float]]:
        """As `_shares`, of edits that make two known words of an unknown one, written as one."""
        if not makes_compounds(self._lexicon, posterior):
            return
        letters = self._lexicon.letters(posterior)
        as_it_stands = compound_log_prob(word, self._lexicon, posterior)
        for half in halves(word, self._lexicon, posterior):
            for char_edit in self._neighbours(half.word, letters):
                rarer = min(self._lexicon.log_prob(apply_char_edit(half.word, char_edit), posterior), half.of_other)
                if rarer > as_it_stands + _COMMONER:
                    yield (
                        CharEdit(half.at + char_edit.start, half.at + char_edit.end, char_edit.meant),
                        rarer - _COMPOUND,
                    )

    def _find(self, word: str, letters: str) -> tuple[CharEdit, ...]:
        """Edits of ``word`` (lower case) that make a known word."""
        found = self._index.char_edits(word, letters, self._lexicon.words)
        return (*found, *self._shaped(word))

    def _shaped(self, word: str) -> Iterator[CharEdit]:
        """Two letters swapped, and shapes that look alike."""
        swaps = (CharEdit(place, place + 2, word[place + 1] + word[place]) for place in range(len(word) - 1))
        shapes = (
            CharEdit(found.start(), found.start() + len(shape), meant.lower())
            for shape, meant in SHAPES
            for found in re.finditer(f"(?={shape})", word)
        )
        for char_edit in (*swaps, *shapes):
            if (outcome := apply_char_edit(word, char_edit)) != word and outcome in self._lexicon.words:
                yield char_edit


def in_case_of(word: str, start: int, end: int, written: str) -> str:
    """``written`` in place of ``word[start:end]``: in capitals where the word is, or where it begins with one."""
    if len(word) > 1 and word.isupper():
        return written.upper()
    return written.capitalize() if start == 0 and end > 0 and word[0].isupper() else written
