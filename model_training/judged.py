"""What the tagger would change in lines whose truth is known, and whether it would be right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from model_training.real_pairs import Pair
from scanproof.correcting.fast.evidence import Evidence
from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.lexicon import Lexicon
from scanproof.correcting.fast.proposals import Candidate
from scanproof.correcting.fast.proposer import Proposer
from scanproof.correcting.fast.tagger import Tagger
from scanproof.correcting.guards import apply_proposals, guard_line


@dataclass(frozen=True)
class Judged:
    """One candidate edit. ``gain``: errors fewer (negative: more) if it alone were made."""

    kind: EditKind
    evidence: Evidence
    gain: int
    language: str


def judge(tagger: Tagger, lexicon: Lexicon, pairs: Iterable[Pair]) -> Iterator[Judged]:
    """Every candidate edit of each line that the guards would let through."""
    proposer = Proposer(tagger, lexicon)
    for pair in pairs:
        if found := list(proposer(pair.ocr)):
            yield from _judged(pair, found)


def _judged(pair: Pair, found: Sequence[tuple[Candidate, Evidence]]) -> Iterator[Judged]:
    allowed = set(guard_line(pair.ocr, [candidate.edit for candidate, _ in found]).accepted)
    errors = _errors_in_upper_case if pair.truth.isupper() else Levenshtein.distance
    before = errors(pair.ocr, pair.truth)
    for candidate, row in found:
        if candidate.edit in allowed:
            after = errors(apply_proposals(pair.ocr, [candidate.edit]), pair.truth)
            yield Judged(candidate.kind, row, before - after, pair.language)


def _errors_in_upper_case(text: str, truth: str) -> int:
    """For truths written down in upper case, which say nothing about case."""
    return Levenshtein.distance(text.upper(), truth)
