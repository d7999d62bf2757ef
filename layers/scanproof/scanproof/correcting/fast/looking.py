"""One look at a line: what could be changed, what speaks for it, and what is chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scanproof.correcting.fast.acceptance import Acceptance, poor_lines
from scanproof.correcting.fast.evidence import Evidence, Word, evidence, kind_of_proposal, near, words_of
from scanproof.correcting.fast.familiarity import COMMON, familiarity
from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.knowledge import Knowledge, load_knowledge
from scanproof.correcting.fast.lexicon import UNSEEN
from scanproof.correcting.fast.proposals import Proposal, proposals
from scanproof.correcting.fast.respelling import Respeller
from scanproof.correcting.fast.several_slips import SeveralSlips
from scanproof.correcting.fast.tagger import Tagger
from scanproof.correcting.fast.telling import can_be_told
from scanproof.correcting.guards import ProposedEdit

_COMMON = math.log10(COMMON)


@dataclass(frozen=True)
class Seen:
    """What was seen in a line; the four lists belong together."""

    proposals: Sequence[Proposal]
    kinds: Sequence[EditKind]
    words: Sequence[Word]
    evidence: Evidence

    def choose(self, acceptance: Acceptance, profile: str) -> list[ProposedEdit]:
        """The changes to make: the surest first, none that another stands in the way of; in order of place."""
        if not self.proposals:
            return []
        probabilities = acceptance.probabilities(self.evidence)
        poor = bool(poor_lines(self.evidence)[0])
        starts = [proposal.start for proposal in self.proposals]
        chosen: set[int] = set()
        for index in sorted(range(len(starts)), key=lambda index: (-probabilities[index], index)):
            sure = acceptance.allows(self.kinds[index], probabilities[index], profile, poor=poor)
            sure = sure and not self._gives_up_a_common_word(index)
            nearby = chosen.intersection(near(starts, starts[index])) if sure else chosen
            if sure and not any(self._in_the_way(index, other) for other in nearby):
                chosen.add(index)
        return [_edit(self.proposals[index], float(probabilities[index])) for index in sorted(chosen)]

    def _gives_up_a_common_word(self, index: int) -> bool:
        """Whether a word that everybody uses would become one that nobody wrote: Hotel, Totel."""
        word = self.words[index]
        unknown = word.after is not None and word.after <= UNSEEN
        return unknown and word.before is not None and word.before >= _COMMON

    def _in_the_way(self, index: int, other: int) -> bool:
        """Whether both change one place, or respell one word twice."""
        mine, its = self.proposals[index], self.proposals[other]
        if mine.start < its.end and its.start < mine.end:
            return True
        if (mine.start == mine.end or its.start == its.end) and mine.start <= its.end and its.start <= mine.end:
            return True
        same_word = self.words[index].start < self.words[other].end and self.words[other].start < self.words[index].end
        return same_word and not (mine.by_tagger and its.by_tagger)


class Looker:
    """Looks at lines with a tagger and what is known of words."""

    def __init__(self, tagger: Tagger, knowledge: Knowledge) -> None:
        self.tagger = tagger
        self._knowledge = knowledge
        self._respeller = Respeller(knowledge.lexicon)
        self._several = SeveralSlips(knowledge.lexicon, knowledge.slips)

    def shares_in(self, text: str) -> Callable[[str], Sequence[float]]:
        """How common a word is in each language that ``text`` may be in, whatever its case."""
        lexicon = self._knowledge.lexicon
        languages = cache(lambda: lexicon.may_be(text))  # few lines have a word that is asked for
        return lambda word: lexicon.shares(word, languages())

    def look(self, text: str) -> Seen:
        """One pass over a line."""
        lexicon = self._knowledge.lexicon
        tags, mix = self.tagger.tag(text, familiarity(text, lexicon.greatest_share)), lexicon.mix(text)
        every = proposals(text, tags, self.tagger, self._respeller, self._several, mix)
        found = [proposal for proposal in every if can_be_told(text, proposal)]
        words = words_of(text, found, lexicon, mix)
        kinds = [kind_of_proposal(text, proposal) for proposal in found]
        return Seen(found, kinds, words, evidence(text, tags, found, words, kinds, self._knowledge, mix))


def open_looker(folder: Path) -> Looker:
    """Opens a model folder.

    Raises:
        PermanentError: as `Tagger` and `load_knowledge`.
    """
    return Looker(Tagger(folder), load_knowledge(folder))


def _edit(proposal: Proposal, probability: float) -> ProposedEdit:
    return ProposedEdit(proposal.start, proposal.end, proposal.written, probability)
