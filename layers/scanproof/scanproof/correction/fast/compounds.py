"""Recognises compounds: two words written as one, of which German and Dutch have more than a lexicon can list.

A compound is as probable as the rarer of its words. The first word may be a prefix, or be linked by an s.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scanproof.correction.fast.lexicon import UNSEEN, LanguagePosterior, Lexicon

_LANGUAGES = frozenset({"de", "nl"})
_PREFIXES = frozenset((
    "ab", "an", "auf", "aus", "be", "bei", "ein", "ent", "er", "her", "hin", "los", "mit", "nach", "um", "un", "ver",
    "vor", "weg", "zer", "zu", "aan", "af", "bij", "door", "ge", "in", "mee", "na", "om", "ont", "op", "toe", "uit",
    "voor",
))  # fmt: skip
_MIN_PREFIX_LENGTH, _MIN_LENGTH = 2, 4  # letters; shorter words occur by chance in many others
_LINK = "s"  # "Rechnungsnummer"


class CompoundPart(NamedTuple):
    """One word of a possible compound, its offset there, and the log10 probability of the other word."""

    word: str
    start: int
    other_log_prob: float


def makes_compounds(lexicon: Lexicon, posterior: LanguagePosterior) -> bool:
    """Whether the line's most probable language writes compounds as one word."""
    return lexicon.languages[lexicon.language(posterior)] in _LANGUAGES


def compound_log_prob(word: str, lexicon: Lexicon, posterior: LanguagePosterior) -> float:
    """log10 probability of the rarer of the two words that ``word`` consists of; ``UNSEEN`` if it is no compound."""
    if not makes_compounds(lexicon, posterior):
        return UNSEEN
    log_probs = (
        min(_first_log_prob(first, lexicon, posterior), lexicon.log_prob(second, posterior))
        for first, second in _splits(word.lower())
    )
    return max(log_probs, default=UNSEEN)


def compound_parts(word: str, lexicon: Lexicon, posterior: LanguagePosterior) -> Iterator[CompoundPart]:
    """The parts of ``word`` (lower case) that stand beside a known word, and so may be misread known words."""
    for first, second in _splits(word):
        first_log_prob = _first_log_prob(first, lexicon, posterior)
        second_log_prob = lexicon.log_prob(second, posterior)
        if second_log_prob > UNSEEN:
            unlinked = dict.fromkeys((first, first.removesuffix(_LINK)))
            yield from (CompoundPart(part, 0, second_log_prob) for part in unlinked if len(part) >= _MIN_LENGTH)
        if first_log_prob > UNSEEN:
            yield CompoundPart(second, len(first), first_log_prob)


def _splits(word: str) -> Iterator[tuple[str, str]]:
    places = range(_MIN_PREFIX_LENGTH, len(word) - _MIN_LENGTH + 1)
    return ((word[:at], word[at:]) for at in places if at >= _MIN_LENGTH or word[:at] in _PREFIXES)


def _first_log_prob(word: str, lexicon: Lexicon, posterior: LanguagePosterior) -> float:
    """log10 probability of the first word; a prefix combines with any second word, so it costs nothing."""
    if word in _PREFIXES:
        return 0.0
    return max(lexicon.log_prob(word, posterior), lexicon.log_prob(word.removesuffix(_LINK), posterior))
