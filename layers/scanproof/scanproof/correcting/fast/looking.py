"""One look at a line: what could be changed, what speaks for it, and what is chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scanproof.correcting.fast.acceptance import Acceptance, LineSort, little_read, sorts_of_lines
from scanproof.correcting.fast.evidence import Evidence, Word, evidence, kind_of_proposal, near, words_of
from scanproof.correcting.fast.familiarity import COMMON, familiarity
from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.knowledge import Knowledge, load_knowledge
from scanproof.correcting.fast.lexicon import UNSEEN
from scanproof.correcting.fast.proposals import Proposal, proposals
from scanproof.correcting.fast.respelling import Respeller
from scanproof.correcting.fast.several_slips import SeveralSlips
from scanproof.correcting.fast.tagger import Tagger, has_exact
from scanproof.correcting.fast.telling import can_be_told
from scanproof.correcting.guards import ProposedEdit

_COMMON = math.log10(COMMON)
# Of probability: int8 moves few changes by more than that (docs/measurements.md). A change that would be made may be
# farther from its threshold than one that would not, since to make it wrongly is worse.
_HAIR_BELOW, _HAIR_ABOVE = 0.1, 0.2
_HAIR_OF_CASE = 1.0  # of the tagger's logarithms


@dataclass(frozen=True)
class Seen:
    """What was seen in a line; the four lists belong together."""

    proposals: Sequence[Proposal]
    kinds: Sequence[EditKind]
    words: Sequence[Word]
    evidence: Evidence

    def weigh(self, acceptance: Acceptance, profile: str) -> Weighed:
        """How probable each change is to be right, and how probable it has to be in papers of this profile."""
        if not self.proposals:
            return Weighed(self, np.empty(0), np.empty(0))
        line = self.evidence[:1]  # every row says the same of it
        sort, little = LineSort(sorts_of_lines(line)[0]), bool(little_read(line)[0])
        thresholds = (acceptance.threshold(kind, profile, sort=sort, little_read=little) for kind in self.kinds)
        asked = np.array([math.inf if threshold is None else threshold for threshold in thresholds])
        return Weighed(self, acceptance.probabilities(self.evidence), asked)


@dataclass(frozen=True)
class Weighed:
    """What was seen, how probable each proposal is to be right, and how probable it has to be."""

    seen: Seen
    probabilities: npt.NDArray[np.float64]
    thresholds: npt.NDArray[np.float64]

    @property
    def hangs_by_a_hair(self) -> bool:
        """Whether a change is so near its threshold, or to one in another case, that int8 may have chosen wrongly."""
        above = self.probabilities - self.thresholds
        in_either_case = np.array([proposal.case_lead < _HAIR_OF_CASE for proposal in self.seen.proposals], bool)
        return bool(((above > -_HAIR_BELOW) & ((above < _HAIR_ABOVE) | in_either_case)).any())

    def choose(self) -> list[ProposedEdit]:
        """The changes to make: the surest first, none that another stands in the way of; in order of place."""
        starts = [proposal.start for proposal in self.seen.proposals]
        chosen: set[int] = set()
        for index in sorted(range(len(starts)), key=lambda index: (-self.probabilities[index], index)):
            sure = self.probabilities[index] >= self.thresholds[index] and not self._gives_up_a_common_word(index)
            nearby = chosen.intersection(near(starts, starts[index])) if sure else chosen
            if sure and not any(self._in_the_way(index, other) for other in nearby):
                chosen.add(index)
        return [_edit(self.seen.proposals[index], float(self.probabilities[index])) for index in sorted(chosen)]

    def _gives_up_a_common_word(self, index: int) -> bool:
        """Whether a word that everybody uses would become one that nobody wrote: Hotel, Totel."""
        word = self.seen.words[index]
        unknown = word.after is not None and word.after <= UNSEEN
        return unknown and word.before is not None and word.before >= _COMMON

    def _in_the_way(self, index: int, other: int) -> bool:
        """Whether both change one place, or respell one word twice."""
        mine, its = self.seen.proposals[index], self.seen.proposals[other]
        if mine.start < its.end and its.start < mine.end:
            return True
        if (mine.start == mine.end or its.start == its.end) and mine.start <= its.end and its.start <= mine.end:
            return True
        my_word, its_word = self.seen.words[index], self.seen.words[other]
        same_word = my_word.start < its_word.end and its_word.start < my_word.end
        return same_word and not (mine.by_tagger and its.by_tagger)


class Looker:
    """Looks at lines with a tagger and what is known of words."""

    def __init__(self, tagger: Tagger, knowledge: Knowledge, exact: Tagger | None = None) -> None:
        """``exact``: the same weights in float32, for a second look; only run time needs it."""
        self.tagger = tagger
        self._exact, self._knowledge = exact, knowledge
        self._respeller = Respeller(knowledge.lexicon, knowledge.slips)
        self._several = SeveralSlips(knowledge.lexicon, knowledge.slips)

    def shares_in(self, text: str, language: str | None = None) -> Callable[[str], Sequence[float]]:
        """How common a word is in each language that ``text`` may be in, whatever its case."""
        lexicon = self._knowledge.lexicon
        languages = cache(lambda: lexicon.may_be(text, language))  # few lines have a word that is asked for
        return lambda word: lexicon.shares(word, languages())

    def language_of(self, text: str) -> str | None:
        """See `Lexicon.language_of`."""
        return self._knowledge.lexicon.language_of(text)

    def look(self, text: str, language: str | None = None) -> Seen:
        """One pass over a line."""
        return self._look(text, self.tagger, language)

    def look_closely(self, text: str, language: str | None = None) -> Seen | None:
        """The same in float32; None where the model has no such graph."""
        return None if self._exact is None else self._look(text, self._exact, language)

    def _look(self, text: str, tagger: Tagger, language: str | None) -> Seen:
        lexicon = self._knowledge.lexicon
        mix = lexicon.mix(text, language)
        known = familiarity(
            text,
            lambda word: lexicon.greatest_share(word, language),
            lambda word, rare: self._respeller.slip(word, mix, rare=rare),
        )
        tags = tagger.tag(text, known)
        every = proposals(text, tags, tagger, self._respeller, self._several, mix)
        of_kinds = [(each, kind_of_proposal(text, each)) for each in every]
        told = [(each, kind) for each, kind in of_kinds if can_be_told(text, each, kind)]
        found, kinds = [each for each, _ in told], [kind for _, kind in told]
        words = words_of(text, found, lexicon, mix)
        return Seen(found, kinds, words, evidence(text, tags, found, words, kinds, self._knowledge, mix))


def open_looker(folder: Path) -> Looker:
    """Opens a model folder.

    Raises:
        PermanentError: as `Tagger` and `load_knowledge`.
    """
    exact = Tagger(folder, exact=True) if has_exact(folder) else None
    return Looker(Tagger(folder), load_knowledge(folder), exact)


def _edit(proposal: Proposal, probability: float) -> ProposedEdit:
    return ProposedEdit(proposal.start, proposal.end, proposal.written, probability)
