"""Chooses among the candidates of a field, or none of them, with a calibrated probability.

The model is a conditional logit (McFadden, 1974): a candidate's score is a weighted sum of its features, "none of
them" has the score 0, and probabilities are the softmax of the scores. So the probability of a value falls where
another one is nearly as good, and rises where the value is printed twice: candidates with the same value add up. The
weights and the probability below which a field is absent are in ``weights.toml``; ``python -m benchmarks.field_fit``
fits them.
"""

from __future__ import annotations

import math
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scanproof.document import Box
from scanproof.extraction.spans import TextSpan

Features = Mapping[str, float]
BIAS = "bias"  # the feature that every candidate has
_MAX_EXPONENT = 50.0  # scores beyond are certain; the exponential of larger ones overflows


@dataclass(frozen=True)
class Candidate:
    """A value that a field may have.

    Attributes:
        value: normalised; candidates with the same value support each other.
        span: where it is written.
        features: by name; those that are missing are 0.
        box: of the whole value, where it covers more than ``span``.
        written: the text of the page, where it covers more than ``span``.
    """

    value: str
    span: TextSpan
    features: Features
    alternatives: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    box: Box | None = None
    written: str | None = None

    def place(self) -> dict[str, object]:
        """Returns the attributes that a field takes from its candidate."""
        return {
            "value": self.value,
            "written": self.written or self.span.text,
            "page": self.span.page,
            "line": self.span.line,
            "box": self.box or self.span.box,
            "ambiguous": bool(self.alternatives),
            "alternatives": self.alternatives,
            "flags": self.flags,
        }


@dataclass(frozen=True)
class Choice:
    """The likeliest value: its best candidate, and the probability that it is right."""

    candidate: Candidate
    probability: float


@dataclass(frozen=True)
class FieldWeights:
    """How a field's candidates are weighed, and the probability below which there is no field."""

    minimum: float
    weights: Mapping[str, float]

    def score(self, features: Features) -> float:
        """Returns the log odds of a candidate against none."""
        score = self.weights.get(BIAS, 0.0) + sum(
            self.weights.get(name, 0.0) * value for name, value in features.items()
        )
        return max(min(score, _MAX_EXPONENT), -_MAX_EXPONENT)


@cache
def field_weights(name: str) -> FieldWeights:
    """Returns the weights of a field.

    Raises:
        KeyError: the field has none.
    """
    table = _tables()[name]
    return FieldWeights(table["minimum"], {key: value for key, value in table.items() if key != "minimum"})


@cache
def _tables() -> dict[str, dict[str, float]]:
    return tomllib.loads(Path(__file__).with_name("weights.toml").read_text("utf-8"))


def likeliest(name: str, candidates: Sequence[Candidate]) -> Choice | None:
    """Returns the likeliest value of a field, however improbable; None without candidates."""
    if not candidates:
        return None
    weights = field_weights(name)
    scores = [weights.score(candidate.features) for candidate in candidates]
    by_value: defaultdict[str, list[int]] = defaultdict(list)
    for index, candidate in enumerate(candidates):
        by_value[candidate.value].append(index)
    odds = {value: sum(math.exp(scores[index]) for index in indexes) for value, indexes in by_value.items()}
    best = max(odds, key=odds.__getitem__)  # of equals the first
    candidate = candidates[max(by_value[best], key=scores.__getitem__)]
    return Choice(candidate, odds[best] / (1.0 + sum(odds.values())))


def choose(name: str, candidates: Sequence[Candidate]) -> Choice | None:
    """Returns the likeliest value of a field; None where it is less probable than the field's minimum."""
    choice = likeliest(name, candidates)
    return choice if choice and choice.probability >= field_weights(name).minimum else None
