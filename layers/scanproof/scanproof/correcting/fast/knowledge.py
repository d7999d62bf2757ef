"""What is known of words and of engines, whatever line is looked at: all that ships beside the tagger's weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scanproof.correcting.fast.lexicon import Lexicon, load_lexicon
from scanproof.correcting.fast.neighbours import WordPairs, load_word_pairs
from scanproof.correcting.fast.slips import SlipRates, load_slip_rates


@dataclass(frozen=True)
class Knowledge:
    """How common words are, which stand side by side, and what engines read for what."""

    lexicon: Lexicon
    pairs: WordPairs
    slips: SlipRates


def load_knowledge(folder: Path) -> Knowledge:
    """Reads ``words.txt.xz``, ``pairs.npz`` and ``slips.json`` of a model folder.

    Raises:
        PermanentError: as `load_lexicon`, `load_word_pairs` and `load_slip_rates`.
    """
    lexicon = load_lexicon(folder)
    return Knowledge(lexicon, load_word_pairs(folder, len(lexicon)), load_slip_rates(folder))
