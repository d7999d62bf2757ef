"""Measures which share of each kind of error is corrected in English business lines.

Each line gets one error in one word, so that the outcome is clear. Labels, goods and sentences count apart from names,
whose spelling is undecidable.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from random import Random
from typing import TYPE_CHECKING

from rapidfuzz.distance import Postfix, Prefix

from model_training import char_noise, lookalikes
from scanproof.correction.base import Corrector
from scanproof.language import LanguagePosterior

if TYPE_CHECKING:  # faker is not needed to evaluate
    from model_training.business import BusinessLines

_WORD = re.compile(r"(?<![\w@.&/#-])[^\W\d_]{4,}(?![\w@&/#-]|\.\w)")  # not parts of codes and addresses
_UNPROTECTED: frozenset[int] = frozenset()
_MAX_ATTEMPTS = 20

Corruption = Callable[[str, Random], str]

CORRUPTIONS: Mapping[str, Corruption] = {
    "digit for letter": lambda word, rng: _once(lookalikes.with_digits_in_words(word, 0.25, rng, lone=False), word),
    "letter for letter": lambda word, rng: _once(lookalikes.with_similar_letters(word, 0.25, rng, _UNPROTECTED), word),
    "letter lost": lambda word, rng: char_noise.with_letters_dropped(word, 1.0, rng),
    "letter doubled": lambda word, rng: char_noise.with_letters_doubled(word, 1.0, rng),
    "capital lost": lambda word, rng: word[0].lower() + word[1:] if word.istitle() else word,
    "full stop lost": lambda word, rng: word,
}
_IN_WORDS = ("digit for letter", "letter for letter", "letter lost", "letter doubled")
_IN_NAMES = ("digit for letter", "letter for letter", "letter lost")


def _once(corrupted: str, word: str) -> str:
    """``corrupted`` if one character became one or two others, or two became one; else ``word``, to try again."""
    same = Prefix.similarity(word, corrupted)
    same += Postfix.similarity(word[same:], corrupted[same:])
    return corrupted if {len(word) - same, len(corrupted) - same} in ({1}, {1, 2}) else word


def evaluate_synthetic(
    corrector: Corrector, generator: BusinessLines, words: Collection[str], lines: int, seed: int
) -> dict[str, dict[str, float]]:
    """By kind of error, the share of lines that were corrected, changed otherwise, and left unchanged.

    Args:
        corrector: to evaluate.
        generator: of business lines.
        words: in lower case, those that are no names; kinds with the suffix ``in a name`` count the others.
        lines: with an error, of each kind.
        seed: of the lines and errors.
    """
    outcomes = {kind: _outcomes_of(corrector, generator, kind, words.__contains__, lines, seed) for kind in CORRUPTIONS}
    for kind in _IN_NAMES:
        is_name = lambda word: word not in words  # noqa: E731 - used here alone
        outcomes[f"{kind} in a name"] = _outcomes_of(corrector, generator, kind, is_name, lines, seed)
    return outcomes


def _outcomes_of(
    corrector: Corrector, generator: BusinessLines, kind: str, is_eligible: Callable[[str], bool], lines: int, seed: int
) -> dict[str, float]:
    rng, outcomes = Random(f"{seed}:{kind}"), Counter[str]()  # noqa: S311 - sampling, not secrecy
    while outcomes.total() < lines:
        line = generator.line(rng)
        wrong = (
            _without_stop(line) if kind == "full stop lost" else _corrupted(line, CORRUPTIONS[kind], is_eligible, rng)
        )
        if wrong != line:
            text = corrector.correct([wrong], LanguagePosterior.certain("en"))[0].text
            outcomes["right" if text == line else "left" if text == wrong else "other"] += 1
    return {outcome: round(outcomes[outcome] / lines, 4) for outcome in ("right", "other", "left")}


def _without_stop(line: str) -> str:
    return line.removesuffix(".")


def with_one_corruption(line: str, rng: Random) -> str:
    """``line`` with one error in one word, perhaps a name; unchanged if it has no word of four letters."""
    return _corrupted(line, CORRUPTIONS[rng.choice(_IN_WORDS)], bool, rng)


def _corrupted(line: str, corrupt: Corruption, is_eligible: Callable[[str], bool], rng: Random) -> str:
    """``line`` with one eligible word corrupted; unchanged if there is none, or ``corrupt`` applies to none."""
    words = [word for word in _WORD.finditer(line) if is_eligible(word.group().lower())]
    for _ in range(_MAX_ATTEMPTS if words else 0):
        word = rng.choice(words)
        corrupted = corrupt(word.group(), rng)
        if corrupted != word.group():
            return line[: word.start()] + corrupted + line[word.end() :]
    return line
