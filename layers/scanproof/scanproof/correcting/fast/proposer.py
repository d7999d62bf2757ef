"""All that could be changed in a line, each with what speaks for it: the way from text to weighable edits."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.correcting.fast.evidence import Evidence, evidence_of
from scanproof.correcting.fast.lexicon import Lexicon
from scanproof.correcting.fast.proposals import Candidate, candidates
from scanproof.correcting.fast.respelling import Respeller
from scanproof.correcting.fast.tagger import Tagger
from scanproof.correcting.fast.weighing import tags_of


class Proposer:
    """Tags a line, adds what the words suggest, and gathers the evidence. Calibration and run time share it."""

    def __init__(self, tagger: Tagger, lexicon: Lexicon) -> None:
        self._tagger, self._lexicon = tagger, lexicon
        self._respeller = Respeller(tagger.labels, lexicon)

    def __call__(self, text: str) -> Iterator[tuple[Candidate, Evidence]]:
        """Candidates in order, none overlapping another."""
        tags = tags_of(text, self._tagger, self._lexicon)
        tagged = list(candidates(text, tags, self._tagger.labels, self._tagger.knows))
        respelt = self._respeller.candidates(text, tags, tagged)
        found = sorted([*tagged, *respelt], key=lambda candidate: (candidate.edit.start, candidate.edit.end))
        return zip(found, evidence_of(text, tags, found, self._lexicon), strict=True)
