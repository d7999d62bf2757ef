"""Candidates that only a judge with context can decide, beside those of the fast corrector.

The fast corrector proposes what the line itself can show. A language model also tells real words apart (``tbe`` and
``the``, ``arid`` and ``and``), so here every word may become a similar one, split, or join its neighbour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from scanproof.correction.confusions import ErrorModel
from scanproof.correction.fast.candidates import Candidate, multi_edit, scored, united
from scanproof.correction.fast.config import MAX_WORD_LENGTH
from scanproof.correction.fast.lexical_candidates import FuzzyMatch, Vocabularies, align, in_case_of
from scanproof.correction.fast.lexicon import Lexicon, LinePosterior
from scanproof.correction.fast.tagger import Tagger, Tags
from scanproof.correction.lm import judge_config as config
from scanproof.edits import TextEdit, apply

_TOKEN = re.compile(r"\S+")
_CORE = re.compile(r"[^\W_](?:\S*[^\W_])?")
_EXCLUDED = re.compile(r"\d|[@/\\]|www|\.com|http", re.IGNORECASE)  # numbers, addresses, paths
_SENTENCE_MARKS = ".,;:!?)\"'”’"
_CACHED_WORDS = 50_000


class Word(NamedTuple):
    """A word of a text, ``text[start:end]``, without the marks around it."""

    start: int
    end: int
    text: str

    @property
    def lower(self) -> str:
        """In lower case, as the lexicon has it."""
        return self.text.lower()


class Pair(NamedTuple):
    """Two words of letters with a blank between them, ``text[start:end]``, without the marks around both."""

    start: int
    end: int
    first: str
    second: str

    @property
    def joined(self) -> str:
        """Both as one word."""
        return self.first + self.second


class WideCandidates:
    """Finds similar words, splits and merges for every word of a text."""

    def __init__(self, lexicon: Lexicon, error_model: ErrorModel, vocabularies: Vocabularies) -> None:
        """Takes what the fast corrector uses, too."""
        self._lexicon, self._error_model, self._vocabularies = lexicon, error_model, vocabularies
        self._similar = lru_cache(_CACHED_WORDS)(self._find_similar)

    def find(self, text: str, tags: Tags, tagger: Tagger, posterior: LinePosterior) -> Iterator[Candidate]:
        """The candidates of ``text``, with the tagger's probability of each."""
        language = self._lexicon.language(posterior)
        tokens = [token for token in _TOKEN.finditer(text) if not _EXCLUDED.search(token.group())]
        words = [word for token in tokens for word in _words(token)]
        for word in words:
            if len(word.lower) == len(word.text) <= MAX_WORD_LENGTH and all(map(tagger.knows, word.text)):
                for match in self._similar(word.lower, language):
                    yield multi_edit(text, word.start, match, word.text, tags, tagger)
        edits = [
            edit for word in words for edit in (*self._splits(word, language), *_case_changes(word, self._lexicon))
        ]
        pairs = [*_adjacent(tokens)]
        edits += [*self._merges(pairs, language)]
        for edit in edits:
            yield scored(text, edit, tags, tagger)
        for pair in pairs:
            if all(map(tagger.knows, pair.joined)):
                for match in self._similar_to_joined(pair, language):
                    yield self._joined(text, pair, match, tags, tagger)

    def _find_similar(self, word: str, language: int) -> tuple[FuzzyMatch, ...]:
        """Words like ``word``, the most probable first; fewer for a known one, as it is most likely right."""
        own = self._log_prob(word, language)
        known = own > config.KNOWN
        if len(word) < config.MIN_LENGTH and not known:
            return ()
        distance = 1 if len(word) <= config.SHORT else 2 if known or len(word) < config.LONG else 3
        near = self._vocabularies.of(language, config.MIN_COUNT).near(word, distance)
        found = [(other, steps) for other, steps in near if other != word]
        found.sort(key=lambda each: (config.LOG_RATE_PER_EDIT * each[1] - self._log_prob(each[0], language), each[0]))
        matches = [align(word, other, self._error_model) for other, _ in found[: config.MAX_ALIGNED]]
        scores = {match.word: match.log_rate + self._log_prob(match.word, language) for match in matches}
        matches.sort(key=lambda match: (-scores[match.word], match.word))
        if known:
            likely = [match for match in matches if scores[match.word] > own - config.KNOWN_MARGIN]
            return tuple(likely[: config.MAX_OF_KNOWN])
        return tuple(match for match in matches if scores[match.word] > config.MIN_SCORE)[: config.MAX_OF_UNKNOWN]

    def _splits(self, word: Word, language: int) -> Iterator[TextEdit]:
        lower = word.lower
        if len(lower) < config.MIN_SPLIT or not lower.isalpha() or self._log_prob(lower, language) > config.KNOWN:
            return
        places = range(1, len(lower))
        parts = [(min(self._log_prob(p, language) for p in (lower[:at], lower[at:])), at) for at in places]
        for rarest, at in sorted(parts, reverse=True)[: config.MAX_SPLITS]:
            if rarest > config.KNOWN_PART:
                yield TextEdit(word.start + at, word.start + at, " ")

    def _merges(self, pairs: Iterable[Pair], language: int) -> Iterator[TextEdit]:
        for pair in pairs:
            joined = self._log_prob(pair.joined.lower(), language)
            if joined > config.KNOWN and self._rarest(pair, language) < joined + config.MERGE_MARGIN:
                yield TextEdit(pair.start + len(pair.first), pair.end - len(pair.second), "")

    def _similar_to_joined(self, pair: Pair, language: int) -> tuple[FuzzyMatch, ...]:
        """Words like the halves of a word that was divided and misread; none for two words that are well known."""
        lower = pair.joined.lower()
        if not config.MIN_MERGED <= len(lower) == len(pair.joined) <= MAX_WORD_LENGTH:
            return ()
        if self._rarest(pair, language) > config.KNOWN_PART or self._log_prob(lower, language) > config.KNOWN:
            return ()
        return self._similar(lower, language)[: config.MAX_OF_MERGED]

    def _joined(self, text: str, pair: Pair, match: FuzzyMatch, tags: Tags, tagger: Tagger) -> Candidate:
        """One candidate that removes the blank of ``pair`` and makes the edits of ``match``."""
        blank = len(pair.first)
        changes = [in_case_of(pair.joined, edit) for edit in match.char_edits]
        moved = [
            edit._replace(start=edit.start + (edit.start >= blank < edit.end), end=edit.end + (edit.end > blank))
            for edit in changes
        ]
        edits = sorted(edit.shifted(pair.start) for edit in moved)
        if not any(edit.start <= pair.start + blank < edit.end for edit in edits):
            edits = sorted([*edits, TextEdit(pair.start + blank, pair.start + blank + 1, "")])
        parts = [scored(text, edit, tags, tagger) for edit in edits]
        start, end = edits[0].start, edits[-1].end
        log_rate = match.log_rate + self._error_model.log_rate("", " ")
        return united(TextEdit(start, end, apply(text, edits, start, end)), parts, log_rate)

    def _rarest(self, pair: Pair, language: int) -> float:
        return min(self._log_prob(part.lower(), language) for part in (pair.first, pair.second))

    def _log_prob(self, word: str, language: int) -> float:
        return self._lexicon.log_prob_of(word, language)


def _words(token: re.Match[str]) -> Iterator[Word]:
    """The word in a token, and the whole token where a mark at its edge may be a misread letter."""
    core = _CORE.search(token.group())
    if core is None:
        return
    yield Word(token.start() + core.start(), token.start() + core.end(), core.group())
    whole = token.group().rstrip(_SENTENCE_MARKS) if core.end() < len(token.group()) else token.group()
    if len(whole) > len(core.group()):
        yield Word(token.start(), token.start() + len(whole), whole)


def _adjacent(tokens: Iterable[re.Match[str]]) -> Iterator[Pair]:
    """Neighbours that may be halves of one word: the second one in small letters, or both in capitals."""
    previous = None
    for token in tokens:
        left, previous = previous, token
        if left is None or token.start() != left.end() + 1:
            continue
        first, second = left.group().lstrip("\"'(“‘"), token.group().rstrip(_SENTENCE_MARKS)
        if first.isalpha() and second.isalpha() and (second.islower() or first.isupper()):
            yield Pair(left.end() - len(first), token.start() + len(second), first, second)


def _case_changes(word: Word, lexicon: Lexicon) -> Iterator[TextEdit]:
    """Gives a known word in mixed case that of a common word."""
    text = word.text
    if text.islower() or text.isupper() or text.istitle() or text not in lexicon:
        return
    yield TextEdit(word.start, word.end, text.capitalize() if text[0].isupper() else text.lower())
