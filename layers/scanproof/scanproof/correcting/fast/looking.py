"""One look at a line: what could be changed, what speaks for it, and what is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scanproof.correcting.fast.acceptance import Acceptance
from scanproof.correcting.fast.evidence import Evidence, Word, evidence, kind_of_proposal, near, words_of
from scanproof.correcting.fast.familiarity import familiarity
from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.lexicon import Lexicon, load_lexicon
from scanproof.correcting.fast.proposals import Proposal, proposals
from scanproof.correcting.fast.respelling import Respeller
from scanproof.correcting.fast.slips import SlipRates, load_slip_rates
from scanproof.correcting.fast.tagger import Tagger
from scanproof.correcting.fast.telling import can_be_told
from scanproof.correcting.guards import ProposedEdit


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
        starts = [proposal.start for proposal in self.proposals]
        chosen: set[int] = set()
        for index in sorted(range(len(starts)), key=lambda index: (-probabilities[index], index)):
            sure = acceptance.allows(self.kinds[index], probabilities[index], profile)
            nearby = chosen.intersection(near(starts, starts[index])) if sure else chosen
            if sure and not any(self._in_the_way(index, other) for other in nearby):
                chosen.add(index)
        return [_edit(self.proposals[index], float(probabilities[index])) for index in sorted(chosen)]

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
    """Looks at lines with a tagger, a lexicon and the rates of slips."""

    def __init__(self, tagger: Tagger, lexicon: Lexicon, slips: SlipRates) -> None:
        self.tagger = tagger
        self._lexicon = lexicon
        self._slips = slips
        self._respeller = Respeller(lexicon)

    def share(self, word: str) -> float:
        """How common ``word`` is in the language that has it most, whatever its case: its share of the words there."""
        return self._lexicon.greatest_share(word)

    def look(self, text: str) -> Seen:
        """One pass over a line."""
        tags, mix = self.tagger.tag(text, familiarity(text, self.share)), self._lexicon.mix(text)
        every = proposals(text, tags, self.tagger, self._respeller, mix)
        found = [proposal for proposal in every if can_be_told(text, proposal)]
        words = words_of(text, found, self._lexicon, mix)
        kinds = [kind_of_proposal(text, proposal) for proposal in found]
        return Seen(found, kinds, words, evidence(text, tags, found, words, self._lexicon, mix, self._slips))


def open_looker(folder: Path) -> Looker:
    """Opens a model folder.

    Raises:
        PermanentError: as `Tagger`, `load_lexicon` and `load_slip_rates`.
    """
    return Looker(Tagger(folder), load_lexicon(folder), load_slip_rates(folder))


def _edit(proposal: Proposal, probability: float) -> ProposedEdit:
    return ProposedEdit(proposal.start, proposal.end, proposal.written, probability)
