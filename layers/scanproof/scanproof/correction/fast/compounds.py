"""Two words that are written as one: German and Dutch have more of them than can be counted.

A compound is as plausible as the rarer of its words is common. The first may be a prefix, or be linked by an s.
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
_SHORTEST_PREFIX, _SHORTEST = 2, 4  # letters; shorter words can be found in many others
_LINK = "s"  # "Rechnungsnummer"


class Half(NamedTuple):
    """One word of a possible compound, where it begins in that, and how common the other one is."""

    word: str
    at: int
    of_other: float


def makes_compounds(lexicon: Lexicon, posterior: LanguagePosterior) -> bool:
    """Whether words are written as one in the line's language."""
    return lexicon.languages[lexicon.language(posterior)] in _LANGUAGES


def compound_log_prob(word: str, lexicon: Lexicon, posterior: LanguagePosterior) -> float:
    """log10 of the share of the rarer of two words that are written as one; ``UNSEEN`` if ``word`` is no such."""
    if not makes_compounds(lexicon, posterior):
        return UNSEEN
    shares = (
        min(_of_first(first, lexicon, posterior), lexicon.log_prob(second, posterior))
        for first, second in _parts(word.lower())
    )
    return max(shares, default=UNSEEN)


def halves(word: str, lexicon: Lexicon, posterior: LanguagePosterior) -> Iterator[Half]:
    """Of ``word``, in lower case: each part beside which a known word stands, and so may be one that was misread."""
    for first, second in _parts(word):
        of_first, of_second = _of_first(first, lexicon, posterior), lexicon.log_prob(second, posterior)
        if of_second > UNSEEN:
            unlinked = dict.fromkeys((first, first.removesuffix(_LINK)))
            yield from (Half(part, 0, of_second) for part in unlinked if len(part) >= _SHORTEST)
        if of_first > UNSEEN:
            yield Half(second, len(first), of_first)


def _parts(word: str) -> Iterator[tuple[str, str]]:
    places = range(_SHORTEST_PREFIX, len(word) - _SHORTEST + 1)
    return ((word[:at], word[at:]) for at in places if at >= _SHORTEST or word[:at] in _PREFIXES)


def _of_first(word: str, lexicon: Lexicon, posterior: LanguagePosterior) -> float:
    """How common the first part is; a prefix stands before anything."""
    if word in _PREFIXES:
        return 0.0
    return max(lexicon.log_prob(word, posterior), lexicon.log_prob(word.removesuffix(_LINK), posterior))
