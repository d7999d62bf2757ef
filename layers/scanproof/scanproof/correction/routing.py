"""Which lines are worth a language model, where the upload leaves that to us (``corrector`` is ``auto``).

The fast corrector reads every line first. The first rule of `RULES` that applies to a line decides whether it is read
again; each has its reason beside it. Nothing here is about what is right, only about what is worth its time: the guards
judge whatever comes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanproof.correction.base import CorrectedLine

SHORT_TEXT = 30  # words of a page
GPU_TEXT = 100
LONG_TEXT = 500
LARGE_CONTEXT = 4096  # tokens
LEAST_MEMORY_MIB = 1024
# Measured by benchmarks/routing.py: below 0.93 is one line in nine, with half of the errors that can still be mended.
UNREADABLE, LOW_CONFIDENCE = 0.6, 0.93
LOW_CERTAINTY = 0.8
ASKING_PROFILES = frozenset({"medical"})


@dataclass(frozen=True)
class Machine:
    """What the language model would run on, and with.

    Attributes:
        memory_mib: main memory that this process may take.
        needed_mib: what the model takes of it.
        context_size: tokens of prompt and answer together.
    """

    gpu: bool
    memory_mib: int
    needed_mib: int
    context_size: int


@dataclass(frozen=True)
class RoutingInput:
    """What is known of a line after the fast corrector has read it.

    Attributes:
        words: of the whole page.
        confidence: the OCR engine's, of the line; None where it gives none, as for a digital text.
        certainty: the tagger's, of the line.
    """

    words: int
    machine: Machine
    confidence: float | None = None
    certainty: float = 1.0
    profile: str = "general"


@dataclass(frozen=True)
class Rule:
    """Lines to which ``applies`` are read again by the language model, or left to the fast corrector."""

    name: str
    run_lm_pass: bool
    reason: str
    applies: Callable[[RoutingInput], bool]


RULES = (
    Rule(
        "memory_short",
        False,
        "It would not fit beside what is in memory already: a function of 512 MB holds the tagger and nothing else.",
        lambda line: line.machine.memory_mib < max(LEAST_MEMORY_MIB, line.machine.needed_mib),
    ),
    Rule(
        "short_text",
        False,
        "So few words hold no context from which a language model could tell more than the tagger does from letters.",
        lambda line: line.words <= SHORT_TEXT,
    ),
    Rule(
        "unreadable",
        False,
        "Half of such a line is misread: whatever a language model makes of it is invented, and the guards refuse it.",
        lambda line: line.confidence is not None and line.confidence < UNREADABLE,
    ),
    Rule(
        "low_confidence",
        True,
        "The engine itself doubts what it read: here most of a page's errors are, and they are few lines.",
        lambda line: line.confidence is not None and line.confidence < LOW_CONFIDENCE,
    ),
    Rule(
        "low_certainty",
        True,
        "The tagger changed something that it was not sure of, or a guard refused it a change that it was sure of.",
        lambda line: line.certainty < LOW_CERTAINTY,
    ),
    Rule(
        "profile",
        True,
        "Names of medicines and findings are words that the tagger never met, and a wrong one costs more than time.",
        lambda line: line.profile in ASKING_PROFILES,
    ),
    Rule(
        "long_text",
        True,
        "Prose of a page or more and a context that holds it: what a language model is best at, and worth the wait.",
        lambda line: line.words >= LONG_TEXT and line.machine.context_size >= LARGE_CONTEXT,
    ),
    Rule(
        "gpu",
        True,
        "Enough text to tell what it is about, and a GPU reads it in seconds.",
        lambda line: line.words >= GPU_TEXT and line.machine.gpu,
    ),
    Rule(
        "fast_will_do",
        False,
        "Nothing speaks for the cost of a language model, which on a processor is many times the tagger's.",
        lambda _: True,
    ),
)


def route(line: RoutingInput) -> Rule:
    """The rule that decides over a line."""
    return next(rule for rule in RULES if rule.applies(line))


def certainty_of(result: CorrectedLine) -> float:
    """How sure the tagger is of what it left of a line: of its least sure edit, or that a refused one was wrong."""
    made = [edit.probability for edit in result.edits]
    refused = [1 - refusal.probability for refusal in result.refusals if refusal.probability is not None]
    return min([*made, *refused], default=1.0)
