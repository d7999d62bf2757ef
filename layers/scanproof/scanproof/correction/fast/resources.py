"""The language resources that ship beside the tagger's weights: lexicon, bigrams and error model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scanproof.correction.fast.bigrams import BigramModel, load_bigrams
from scanproof.correction.fast.channel_model import ErrorModel, load_error_model
from scanproof.correction.fast.lexicon import Lexicon, load_lexicon


@dataclass(frozen=True)
class LanguageResources:
    """How common words are, which stand side by side, and what engines misread."""

    lexicon: Lexicon
    bigrams: BigramModel
    error_model: ErrorModel


def load_resources(folder: Path) -> LanguageResources:
    """Reads ``words.txt.xz``, ``bigrams.npz`` and ``error_rates.json`` of a model folder.

    Raises:
        PermanentError: as `load_lexicon`, `load_bigrams` and `load_error_model`.
    """
    lexicon = load_lexicon(folder)
    return LanguageResources(lexicon, load_bigrams(folder, len(lexicon)), load_error_model(folder))
