"""What the guard of generated text knows of words and of engines' errors, from the fast corrector's resources."""

from __future__ import annotations

from scanproof.correction.fast.lexical_candidates import align
from scanproof.correction.fast.model_folder import LanguageResources, default_folder, load_resources


class WordChannel:
    """Implements `scanproof.correction.guards.rewrite.Channel`."""

    def __init__(self, resources: LanguageResources) -> None:
        self._resources = resources

    def alignment(self, read: str, meant: str) -> tuple[int, float]:
        """See `Channel`."""
        match = align(read, meant, self._resources.error_model)
        return len(match.char_edits), match.log_rate

    def share(self, word: str, language: str | None) -> float:
        """See `Channel`."""
        return self._resources.lexicon.max_prob(word, language)


def default_channel() -> WordChannel:
    """Returns the channel of the bundled model's resources, which the fast corrector shares while it is open.

    Raises:
        PermanentError: as `load_resources`.
    """
    return WordChannel(load_resources(default_folder()))
