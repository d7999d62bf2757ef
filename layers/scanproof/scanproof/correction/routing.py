"""Decides which lines go to the language model when the upload option ``corrector`` is ``auto``.

The fast corrector processes every line first. The first rule of `RULES` that applies to a line decides. Rules weigh the
benefit against the time only: the guards judge the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanproof.correction.base import CorrectedLine
from scanproof.correction.known_words import KNOWN_WORD

SHORT_TEXT = 30  # words of a page
GPU_TEXT = 100  # words of a page
LONG_TEXT = 500  # words of a page
LARGE_CONTEXT = 4096  # tokens
MIN_MEMORY_MIB = 1024
# Measured with benchmarks/routing.py: one line in nine is below 0.93; they hold half of the correctable errors.
UNREADABLE, LOW_CONFIDENCE = 0.6, 0.93
LOW_CERTAINTY = 0.8
LM_PROFILES = frozenset({"medical"})


@dataclass(frozen=True)
class Machine:
    """The resources that the language model would use.

    Attributes:
        gpu: whether it would run on a GPU.
        memory_mib: main memory available to this process.
        needed_mib: main memory that the model needs.
        context_size: tokens of prompt and answer together.
    """

    gpu: bool
    memory_mib: int
    needed_mib: int
    context_size: int


@dataclass(frozen=True)
class RoutingInput:
    """The properties of a line that the rules depend on, after the fast corrector has processed it.

    Attributes:
        page_words: number of words on the line's page.
        ocr_confidence: the OCR engine's confidence in the line; None if it gives none, as for digital text.
        tagger_certainty: the fast corrector's certainty about the line (`certainty_of`).
        profile: the upload's profile.
        judges: whether the model judges candidates, rather than writes lines anew.
    """

    page_words: int
    machine: Machine
    ocr_confidence: float | None = None
    tagger_certainty: float = 1.0
    profile: str = "general"
    judges: bool = False


@dataclass(frozen=True)
class Rule:
    """Sends the lines to which it applies to the language model (``use_lm``) or leaves them to the fast corrector."""

    name: str
    use_lm: bool
    reason: str
    applies: Callable[[RoutingInput], bool]


RULES = (
    Rule(
        "insufficient_memory",
        False,
        "The model does not fit into the memory that is left: a function of 512 MB holds the tagger only.",
        lambda line: line.machine.memory_mib < max(MIN_MEMORY_MIB, line.machine.needed_mib),
    ),
    Rule(
        "short_text",
        False,
        "So few words give a language model no context that the tagger lacks.",
        lambda line: line.page_words <= SHORT_TEXT,
    ),
    Rule(
        "unreadable",
        False,
        "Half of such a line is misread: a language model invents text, and the guards refuse it.",
        lambda line: line.ocr_confidence is not None and line.ocr_confidence < UNREADABLE,
    ),
    Rule(
        "judge",
        True,
        "A judge reads only the words that the tagger doubts, whatever the rest of the page, and within a budget.",
        lambda line: line.judges,
    ),
    Rule(
        "low_confidence",
        True,
        "The OCR engine is unsure: these few lines contain most of a page's errors.",
        lambda line: line.ocr_confidence is not None and line.ocr_confidence < LOW_CONFIDENCE,
    ),
    Rule(
        "low_certainty",
        True,
        "The tagger made an edit that it was unsure of, or a guard refused one that it was sure of.",
        lambda line: line.tagger_certainty < LOW_CERTAINTY,
    ),
    Rule(
        "profile",
        True,
        "The tagger does not know the names of medicines and findings, and errors in them are costly.",
        lambda line: line.profile in LM_PROFILES,
    ),
    Rule(
        "long_text",
        True,
        "A language model is at its best on a page of prose or more that fits into its context.",
        lambda line: line.page_words >= LONG_TEXT and line.machine.context_size >= LARGE_CONTEXT,
    ),
    Rule(
        "gpu",
        True,
        "The page has enough text for context, and a GPU processes it in seconds.",
        lambda line: line.page_words >= GPU_TEXT and line.machine.gpu,
    ),
    Rule(
        "fast_suffices",
        False,
        "No other rule justifies the cost of a language model, which on a CPU is many times the tagger's.",
        lambda _: True,
    ),
)


def route(line: RoutingInput) -> Rule:
    """Returns the first rule that applies to a line."""
    return next(rule for rule in RULES if rule.applies(line))


def certainty_of(result: CorrectedLine) -> float:
    """Returns the tagger's certainty about its version of a line.

    That is the lowest probability among its edits and, for each edit that a guard refused, among the probabilities that
    the edit was wrong. An edit of a word that the user knows says nothing.
    """
    made = [edit.probability for edit in result.edits]
    refused = [
        1 - refusal.probability
        for refusal in result.refusals
        if refusal.probability is not None and refusal.guard != KNOWN_WORD
    ]
    return min([*made, *refused], default=1.0)
