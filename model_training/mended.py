"""How many errors of each kind are mended in English business lines that were kept out of training.

Each line gets one error in one word, so that what becomes of it can be told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING

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


def _once(slipped: str, word: str) -> str:
    """``slipped`` if just one character differs, or one became two; else ``word``, to try again."""
    differing = sum(a != b for a, b in zip(slipped, word, strict=False))
    return slipped if (len(slipped), differing) == (len(word), 1) or len(slipped) == len(word) + 1 else word


def mended(corrector: Corrector, papers: BusinessLines, lines: int, seed: int) -> dict[str, dict[str, float]]:
    """By kind of error: lines with one, the share put right, and the share changed into something else."""
    return {kind: _mended(corrector, papers, kind, lines, seed) for kind in SLIPS}


def _mended(corrector: Corrector, papers: BusinessLines, kind: str, lines: int, seed: int) -> dict[str, float]:
    rng, outcomes = Random(f"{seed}:{kind}"), Counter[str]()  # noqa: S311 - sampling, not secrecy
    while outcomes.total() < lines:
        line = papers.line(rng)
        wrong = _without_stop(line) if kind == "full stop lost" else _with_slip(line, SLIPS[kind], rng)
        if wrong != line:
            text = corrector.correct([wrong], "en")[0].text
            outcomes["right" if text == line else "left" if text == wrong else "other"] += 1
    return {outcome: round(outcomes[outcome] / lines, 4) for outcome in ("right", "other", "left")}


def _without_stop(line: str) -> str:
    return line.removesuffix(".")


def _with_slip(line: str, slip: Slip, rng: Random) -> str:
    """``line`` with one word slipped; as it is if that fails."""
    words = list(_WORD.finditer(line))
    for _ in range(_TRIES if words else 0):
        word = rng.choice(words)
        slipped = slip(word.group(), rng)
        if slipped != word.group():
            return line[: word.start()] + slipped + line[word.end() :]
    return line
