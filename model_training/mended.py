"""How many errors of each kind are mended in English business lines that were kept out of training.

Each line gets one error in one word, so that what becomes of it can be told. Labels, goods and sentences are told apart
from names: nobody can know how a Mr Dunlap is spelt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from random import Random
from typing import TYPE_CHECKING

from rapidfuzz.distance import Postfix, Prefix

from model_training import lookalikes, slips
from scanproof.correcting.corrector import Corrector

if TYPE_CHECKING:  # faker is not needed to count
    from model_training.business import BusinessLines

_WORD = re.compile(r"(?<![\w@.&/#-])[^\W\d_]{4,}(?![\w@&/#-]|\.\w)")  # no parts of codes and addresses
_NOTHING: frozenset[int] = frozenset()
_TRIES = 20

Slip = Callable[[str, Random], str]

SLIPS: Mapping[str, Slip] = {
    "digit for letter": lambda word, rng: _once(lookalikes.with_digits_in_words(word, 0.25, rng, lone=False), word),
    "letter for letter": lambda word, rng: _once(lookalikes.with_similar_letters(word, 0.25, rng, _NOTHING), word),
    "letter lost": lambda word, rng: slips.with_letters_dropped(word, 1.0, rng),
    "letter doubled": lambda word, rng: slips.with_letters_doubled(word, 1.0, rng),
    "capital lost": lambda word, rng: word[0].lower() + word[1:] if word.istitle() else word,
    "full stop lost": lambda word, rng: word,
}
_IN_WORDS = ("digit for letter", "letter for letter", "letter lost", "letter doubled")
_IN_NAMES = ("digit for letter", "letter for letter", "letter lost")


def _once(slipped: str, word: str) -> str:
    """``slipped`` if one character became another one or two, or two became one; else ``word``, to try again."""
    same = Prefix.similarity(word, slipped)
    same += Postfix.similarity(word[same:], slipped[same:])
    return slipped if {len(word) - same, len(slipped) - same} in ({1}, {1, 2}) else word


def mended(
    corrector: Corrector, papers: BusinessLines, words: Collection[str], lines: int, seed: int
) -> dict[str, dict[str, float]]:
    """By kind of error: the share of lines put right, changed into something else, and left as they were.

    Args:
        words: in small letters, those that are no names; with ``in a name`` behind it, a kind tells of the others.
        lines: with an error, of each kind.
    """
    outcomes = {kind: _mended(corrector, papers, kind, words.__contains__, lines, seed) for kind in SLIPS}
    for kind in _IN_NAMES:
        is_name = lambda word: word not in words  # noqa: E731 - read here alone
        outcomes[f"{kind} in a name"] = _mended(corrector, papers, kind, is_name, lines, seed)
    return outcomes


def _mended(
    corrector: Corrector, papers: BusinessLines, kind: str, meant: Callable[[str], bool], lines: int, seed: int
) -> dict[str, float]:
    rng, outcomes = Random(f"{seed}:{kind}"), Counter[str]()  # noqa: S311 - sampling, not secrecy
    while outcomes.total() < lines:
        line = papers.line(rng)
        wrong = _without_stop(line) if kind == "full stop lost" else _with_slip(line, SLIPS[kind], meant, rng)
        if wrong != line:
            text = corrector.correct([wrong], "en")[0].text
            outcomes["right" if text == line else "left" if text == wrong else "other"] += 1
    return {outcome: round(outcomes[outcome] / lines, 4) for outcome in ("right", "other", "left")}


def _without_stop(line: str) -> str:
    return line.removesuffix(".")


def with_a_slip(line: str, rng: Random) -> str:
    """``line`` with one error in one word, a name perhaps; as it is if it has no word of four letters."""
    return _with_slip(line, SLIPS[rng.choice(_IN_WORDS)], bool, rng)


def _with_slip(line: str, slip: Slip, meant: Callable[[str], bool], rng: Random) -> str:
    """``line`` with one word of those meant slipped; as it is if it has none, or none that the slip can befall."""
    words = [word for word in _WORD.finditer(line) if meant(word.group().lower())]
    for _ in range(_TRIES if words else 0):
        word = rng.choice(words)
        slipped = slip(word.group(), rng)
        if slipped != word.group():
            return line[: word.start()] + slipped + line[word.end() :]
    return line
