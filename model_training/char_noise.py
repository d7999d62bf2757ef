"""Errors other than look-alikes: letters lost, doubled or swapped, spaces moved, marks lost and added."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_VOWELS = frozenset("aeiouyäöüéèêàâîôûáíóúãõąęAEIOU")
_WORD = re.compile(r"[^\W\d_]{2,}")
# As what engines read a table's rules, in front of a cell's first word and behind its last one.
_RULES_BEFORE, _RULES_BEHIND = "||[[‘‘'_{(", "||]]’_})."


def _in_words(change: Callable[[str, Random], str]) -> Callable[[str, float, Random], str]:
    def applied(text: str, share: float, rng: Random) -> str:
        """``text`` with each word changed with probability ``share``; words with digits stay."""
        return " ".join(
            _WORD.sub(lambda found: change(found.group(), rng) if rng.random() < share else found.group(), word)
            if not any(map(str.isdigit, word))
            else word
            for word in text.split(" ")
        )

    return applied


def _drop(word: str, rng: Random) -> str:
    """Drops one letter: preferably a vowel, seldom the first, and none of a short word, which would be undecidable."""
    if len(word) < 3 or (word.isupper() and len(word) < 5):
        return word
    inner = range(1, len(word))
    vowels = [place for place in inner if word[place] in _VOWELS]
    place = rng.choice(vowels) if vowels and rng.random() < 0.65 else rng.choice(inner)
    if len(word) > 4 and rng.random() < 0.2:
        place = 0 if rng.random() < 0.25 else len(word) - 1  # cut off at the edge of the scan or the column
    return word[:place] + word[place + 1 :]


def _double(word: str, rng: Random) -> str:
    place = rng.randrange(len(word))
    return word[: place + 1] + word[place:]


def _swap(word: str, rng: Random) -> str:
    if len(word) < 4:
        return word
    place = rng.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


with_letters_dropped = _in_words(_drop)
with_letters_doubled = _in_words(_double)
with_letters_swapped = _in_words(_swap)


def with_spaces_moved(text: str, share: float, rng: Random, protected: frozenset[int]) -> str:
    """Joins words, and splits them."""
    written = []
    for place, letter in enumerate(text):
        lost = (
            letter == " "
            and place not in protected
            and place + 1 not in protected
            and text[place + 1 : place + 2] != " "
        )
        if lost and rng.random() < share:
            continue
        written.append(letter)
        inside = letter.isalpha() and text[place + 1 : place + 2].isalpha() and place not in protected
        if inside and rng.random() < share / 6:
            written.append(" ")
    return "".join(written)


def with_punctuation_lost(text: str, share: float, rng: Random, protected: frozenset[int]) -> str:
    """Drops commas, stops, apostrophes and hyphens, or replaces them by each other."""
    replacements = {".": ",", ",": ".", ";": ":", ":": ";", "’": "'", "'": "‘"}
    written = []
    for place, sign in enumerate(text):
        if sign in ".,;:'’-" and place not in protected and rng.random() < share:
            written.append(replacements.get(sign, "") if rng.random() < 0.5 else "")
        else:
            written.append(sign)
    return "".join(written)


def with_rules_beside_words(text: str, share: float, rng: Random) -> str:
    """Adds marks at the edges of words, as which a table's rules are read: "|Channel", "[Sales", "Amount]"."""
    return re.sub(r"\S+", lambda found: _with_rule(found.group(), rng) if rng.random() < share else found.group(), text)


def _with_rule(token: str, rng: Random) -> str:
    if rng.random() < 0.7:
        return rng.choice(_RULES_BEFORE) + token if token[0].isalnum() else token
    return token + rng.choice(_RULES_BEHIND) if token[-1].isalnum() else token
