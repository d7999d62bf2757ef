"""Proposes common words in place of unknown and rare ones that a single character edit of the engine may explain.

Considered edits: a letter replaced, lost or added, two letters swapped (Damerau 1964), and shapes that look alike in
print, such as rn and m. The reranker decides which candidate, if any, is right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from scanproof.correction.fast.channel_model import ErrorModel
from scanproof.correction.fast.compounds import compound_log_prob, compound_parts, makes_compounds
from scanproof.correction.fast.edit_distance_1 import EditDistance1Index
from scanproof.correction.fast.lexicon import UNSEEN, LanguagePosterior, Lexicon, may_be_word
from scanproof.edits import TextEdit, apply

_MIN_LENGTH, _MAX_LENGTH = 3, 24  # letters of a word
_WORD = re.compile(rf"(?<![^\W_])[^\W\d_]{{{_MIN_LENGTH},{_MAX_LENGTH}}}(?![^\W_])")
SHAPES = (
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("vv", "w"), ("ii", "u"), ("li", "h"), ("nn", "m"), ("in", "m"),
    ("ri", "n"), ("tl", "d"), ("fi", "h"), ("ll", "U"), ("lc", "k"), ("lt", "h"),
)  # fmt: skip
"""Letters as read, and the letters that they may stand for."""
_ROMAN_NUMERAL = re.compile(r"[IVXLCDM]+")
_RARE = -6.0  # log10 of a share: once in a million words; training text has errors of its own
_MIN_RATIO = 1.0  # log10: a candidate is ten times as common as the word
_RARE_WORD_MARGIN = 0.5  # log10: a candidate for a rare word may be less likely than the word by this
_MAX_CANDIDATES = 4  # of a word
_COMPOUND_PENALTY = 1.5  # log10: how much rarer a compound is taken to be than the rarer of its words
_CACHED_WORDS = 20_000


class LexicalCandidates:
    """Finds the known words one character edit away from unknown and rare words."""

    def __init__(self, lexicon: Lexicon, error_model: ErrorModel) -> None:
        self._lexicon, self._error_model = lexicon, error_model
        self._index = EditDistance1Index([*lexicon.words])
        self._neighbours = lru_cache(_CACHED_WORDS)(self._find)

    def matches(self, text: str, posterior: LanguagePosterior) -> Iterator[TextEdit]:
        """Edits of ``text`` that turn its rare words into their most common known neighbours."""
        for found in _WORD.finditer(text):
            word = found.group()
            if (strokes := self._misread_strokes(word)) is not None:
                yield strokes.shifted(found.start())
            log_prob = self._lexicon.log_prob(word.lower(), posterior) if may_be_word(word) else UNSEEN
            if log_prob > _RARE:
                continue
            others = dict(self._compound_neighbours(word.lower(), posterior)) if log_prob <= UNSEEN else {}
            others |= self._known_neighbours(word.lower(), posterior)  # a single known word overrides a compound
            commoner = sorted((-other, edit) for edit, other in others.items() if other > log_prob + _MIN_RATIO)
            for _, edit in commoner[:_MAX_CANDIDATES]:
                yield in_case_of(word, edit).shifted(found.start())

    def _misread_strokes(self, word: str) -> TextEdit | None:
        """Capital I's that are l's ("AII", "wiII"), or l's that are I's ("KlND"), if that makes a known word."""
        small, capitals = word[:1] + word[1:].replace("I", "l"), word.replace("l", "I")
        if small[1:].islower() and not _ROMAN_NUMERAL.fullmatch(word):
            corrected = small
        elif capitals.isupper():
            corrected = capitals
        else:
            return None
        changed = [place for place, letter in enumerate(corrected) if letter != word[place]]
        if not changed or corrected not in self._lexicon:
            return None
        return TextEdit(changed[0], changed[-1] + 1, corrected[changed[0] : changed[-1] + 1])

    def suspect_span(
        self,
        word: str,
        posterior: LanguagePosterior,
        *,
        rare: bool = False,
        is_known: Callable[[str], bool] = lambda other: True,
    ) -> tuple[int, int] | None:
        """Start and end of what was misread in ``word``, by the most probable edit that makes a known word of it.

        An edit is as probable as the known word is common and the engine makes such an error. None if no edit makes a
        known word.

        Args:
            rare: the word is known itself, so it may be right; the known word has to be more probable.
            is_known: whether a word of the lexicon counts as known.
        """
        lower = word.lower()
        if not _MIN_LENGTH <= len(word) <= _MAX_LENGTH or len(lower) != len(word):
            return None
        least = self._lexicon.log_prob(lower, posterior) - _RARE_WORD_MARGIN if rare else -math.inf
        likely = [
            (score, edit)
            for edit, log_prob in self._known_neighbours(lower, posterior)
            if log_prob > UNSEEN + _MIN_RATIO
            and (score := log_prob + self._error_model.log_rate(edit.corrected, lower[edit.start : edit.end])) > least
            and is_known(apply(lower, (edit,)))
        ]
        if not likely:
            return None
        _, edit = max(likely)
        return edit.start, edit.end

    def _known_neighbours(self, word: str, posterior: LanguagePosterior) -> Iterator[tuple[TextEdit, float]]:
        """Edits of ``word`` (lower case) that make a known word, and the log10 probability of that word."""
        edits = self._neighbours(word, self._lexicon.letters(posterior))
        return ((edit, self._lexicon.log_prob(apply(word, (edit,)), posterior)) for edit in edits)

    def _compound_neighbours(self, word: str, posterior: LanguagePosterior) -> Iterator[tuple[TextEdit, float]]:
        """Edits of ``word`` (lower case, unknown) that make a compound of known words, and its log10 probability."""
        if not makes_compounds(self._lexicon, posterior):
            return
        letters = self._lexicon.letters(posterior)
        unedited = compound_log_prob(word, self._lexicon, posterior)
        for part in compound_parts(word, self._lexicon, posterior):
            for edit in self._neighbours(part.word, letters):
                log_prob = self._lexicon.log_prob(apply(part.word, (edit,)), posterior)
                rarer = min(log_prob, part.other_log_prob)
                if rarer > unedited + _MIN_RATIO:
                    yield edit.shifted(part.start), rarer - _COMPOUND_PENALTY

    def _find(self, word: str, letters: str) -> tuple[TextEdit, ...]:
        """Edits of ``word`` (lower case) that make a known word."""
        return (*self._index.matches(word, letters, self._lexicon.words), *self._swaps_and_shapes(word))

    def _swaps_and_shapes(self, word: str) -> Iterator[TextEdit]:
        """Two letters swapped, and letters that look like others in print."""
        swaps = (TextEdit(place, place + 2, word[place + 1] + word[place]) for place in range(len(word) - 1))
        shapes = (
            TextEdit(found.start(), found.start() + len(shape), meant.lower())
            for shape, meant in SHAPES
            for found in re.finditer(f"(?={shape})", word)
        )
        for edit in (*swaps, *shapes):
            if (outcome := apply(word, (edit,))) != word and outcome in self._lexicon.words:
                yield edit


def in_case_of(word: str, edit: TextEdit) -> TextEdit:
    """Gives an edit the case of ``word``: all capitals, or a capital where the edit begins a capitalised word."""
    if len(word) > 1 and word.isupper():
        return edit._replace(corrected=edit.corrected.upper())
    if edit.start == 0 and edit.end > 0 and word[0].isupper():
        return edit._replace(corrected=edit.corrected.capitalize())
    return edit
