"""Refuses edits of characters that the recogniser was certain of: the image speaks against them.

The evidence is the margin between the likeliest and the second likeliest character at the time step where a changed
character was decoded; for an inserted character, how improbable it is between its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanproof.edits import TextEdit, diff
from scanproof.lattice.model import RESTORED, SegmentLattice

GUARD = "image_certain"
# Of 121 good and 15 bad edits on 52 invoices this leaves 121 and 2, of 182 and 10 on 80 receipts 165 and 6; 0.95 would
# leave 120 and 2, 142 and 5 (docs/measurements.md, python -m benchmarks.end_to_end).
CERTAIN_MARGIN = 0.99


@dataclass(frozen=True)
class LineLattice:
    """The lattice of one raw line."""

    alphabet: tuple[str, ...]
    segments: tuple[SegmentLattice, ...]

    def refuses(self, raw: str, edit: TextEdit) -> bool:
        """Whether the recogniser was certain of everything that ``edit`` changes in ``raw``."""
        margin = self.margin(raw, edit)
        return margin is not None and margin >= CERTAIN_MARGIN

    def margin(self, raw: str, edit: TextEdit) -> float | None:
        """Returns the lowest margin of the changed characters; None where the lattice does not tell.

        It does not tell across segments and beside restored spaces, which have no time step.
        """
        segment = next((one for one in self.segments if one.start <= edit.start and edit.end <= one.end), None)
        if segment is None:
            return None
        margins = []
        for change in diff(raw[edit.start : edit.end], edit.corrected):
            start = edit.start - segment.start + change.start
            end = edit.start - segment.start + change.end
            changed = [_character_margin(segment, index) for index in range(start, end)]
            surplus = change.corrected[end - start :]
            inserted = [self._absence(segment, end, character) for character in surplus]
            margins += changed + inserted
        return None if not margins or None in margins else min(one for one in margins if one is not None)

    def _absence(self, segment: SegmentLattice, index: int, character: str) -> float | None:
        """Returns one minus the highest probability of ``character`` between the neighbours of ``index``."""
        positions = segment.positions
        before = positions[index - 1] if index else 0
        after = positions[index] if index < len(positions) else segment.step_count - 1
        if RESTORED in (before, after):
            return None
        end = segment.run_end(after)
        present = [p for step in range(before, end) for known, p in segment.step(step) if self._is(known, character)]
        return 1.0 - max(present, default=0.0)

    def _is(self, index: int, character: str) -> bool:
        return self.alphabet[index] == character


def _character_margin(segment: SegmentLattice, index: int) -> float | None:
    """Returns the likeliest character's lead over the second, at the clearest step of the character's run."""
    position = segment.positions[index]
    if position == RESTORED:
        return None
    leads = []
    for step in range(position, segment.run_end(position)):
        probabilities = [probability for _, probability in segment.step(step)]
        leads.append((probabilities[0], probabilities[0] - (probabilities[1] if len(probabilities) > 1 else 0.0)))
    return max(leads)[1]
