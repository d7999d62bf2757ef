"""Computes the features by which the reranker judges a candidate.

They are the parts of the noisy-channel model (Kernighan, Church and Gale 1990): the tagger's probability of the edit,
how common the words are before and after it, and how it compares with its rivals. Beside them stand properties of the
line, since a receipt's abbreviations and a noisy newspaper call for different thresholds. All of them come from the
line alone.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from scanproof.correction.confusions import ErrorModel
from scanproof.correction.fast import config
from scanproof.correction.fast.candidates import Candidate
from scanproof.correction.fast.lexicon import LETTERS, TOKEN, UNSEEN, Lexicon, LinePosterior, bigrams_of
from scanproof.correction.fast.model_folder import LanguageResources
from scanproof.correction.fast.reranker import FEATURES, EditKind, FeatureMatrix, kind_of
from scanproof.correction.fast.tagger import Tags
from scanproof.edits import apply

_KINDS = {kind: [float(kind is other) for other in EditKind] for kind in EditKind}  # one-hot, in order
_PMI_AFTER = 1  # column of `_pmi_features`
_VOWELS = frozenset("aeiouyäöüàâáãåèéêëìíîïòóôõùúûąęœæø")  # abbreviations have few: "PCKT"
_SEPARATORS = " .,;:'-"
_CACHED_WORDS = 1_000  # a word has several candidates
_REACH = 4 * config.MAX_FEATURE_LENGTH  # characters; two places farther apart do not share a word


@dataclass(frozen=True)
class AffectedWord:
    """The word or words that a candidate changes, ``text[start:end]``, before and after.

    Attributes:
        corrected: the word after the change and the tagger's other changes in it, so that a known word is not given up
            one letter after the other.
        before: log10 probability of the rarest word before the change (see ``Lexicon.min_log_prob``).
        after: log10 probability of the rarest word of ``corrected``.
    """

    start: int
    end: int
    corrected: str
    before: float | None
    after: float | None


def affected_words(
    text: str, found: Sequence[Candidate], lexicon: Lexicon, posterior: LinePosterior
) -> list[AffectedWord]:
    """The word of each candidate; candidates are in order of position."""
    if not found:
        return []
    argmax = [candidate for candidate in found if candidate.from_argmax]
    starts = [candidate.start for candidate in argmax]
    min_log_prob = cache(lambda words: lexicon.min_log_prob(words, posterior))
    return [
        _affected_word(text, candidate, [argmax[other] for other in near(starts, candidate.start)], min_log_prob)
        for candidate in found
    ]


def near(starts: Sequence[int], place: int) -> range:
    """Indices of the places (in ascending order) that may lie in one word with ``place``."""
    return range(bisect_left(starts, place - _REACH), bisect_right(starts, place + _REACH))


def features(
    text: str,
    tags: Tags,
    found: Sequence[Candidate],
    words: Sequence[AffectedWord],
    kinds: Sequence[EditKind],
    resources: LanguageResources,
    posterior: LinePosterior,
) -> FeatureMatrix:
    """One row for each candidate, its word and its kind; the columns are ``FEATURES``."""
    if not found:
        return np.empty((0, len(FEATURES)), np.float32)
    pmi = _pmi_features(text, words, resources, posterior)
    rates = [_log_rate(text, candidate, resources.error_model) for candidate in found]
    tagger_scores = [_tagger_score(candidate, word) for candidate, word in zip(found, words, strict=True)]
    channel_scores = [rate + _after(word) + row[_PMI_AFTER] for rate, word, row in zip(rates, words, pmi, strict=True)]
    rivals = _rivals(found, words)
    line = _line_features(text, tags, resources.lexicon, posterior)
    compound = cache(lambda word: resources.lexicon.compound_log_prob(word, posterior))
    doubt = tags.doubt.tolist()
    rows = [
        [
            *_edit_features(candidate, word),
            *_rival_margins(index, rivals[index], tagger_scores, channel_scores),
            *_word_shape(text[word.start : word.end]),
            float(any(map(str.isdigit, text[word.start : word.end] + candidate.corrected))),
            *_compound_features(text, word, compound),
            *line,
            *_context_features(text, candidate, word),
            _word_doubt(doubt, word),
            rates[index],
            float(candidate.char_edits),
            *pmi[index],
            *_KINDS[kinds[index]],
        ]
        for index, (candidate, word) in enumerate(zip(found, words, strict=True))
    ]
    return np.asarray(rows, np.float32).reshape(len(rows), len(FEATURES))


def kind_of_candidate(text: str, candidate: Candidate) -> EditKind:
    """The kind of a candidate's edit."""
    if candidate.char_edits > 1:
        return EditKind.MULTI_EDIT
    removed = text[candidate.start : candidate.end]
    return kind_of(removed, candidate.corrected) if removed or candidate.corrected else EditKind.PUNCTUATION


def _affected_word(
    text: str, candidate: Candidate, argmax: Sequence[Candidate], min_log_prob: Callable[[str], float | None]
) -> AffectedWord:
    """The word of ``candidate``; ``argmax`` are the tagger's most probable changes near it."""
    start, end = candidate.start, candidate.end
    while start > 0 and candidate.start - start < config.MAX_FEATURE_LENGTH * 2 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and end - candidate.end < config.MAX_FEATURE_LENGTH * 2 and text[end].isalnum():
        end += 1
    others = [
        other
        for other in argmax
        if start <= other.start and other.end <= end and (other.end < candidate.start or other.start > candidate.end)
    ]
    corrected = apply(text, sorted([*others, candidate], key=lambda edit: edit.start), start, end)
    return AffectedWord(start, end, corrected, min_log_prob(text[start:end]), min_log_prob(corrected))


def _tagger_score(candidate: Candidate, word: AffectedWord) -> float:
    return candidate.log + 0.5 * math.log(10) * _after(word)


def _after(word: AffectedWord) -> float:
    return UNSEEN if word.after is None else word.after


def _rivals(found: Sequence[Candidate], words: Sequence[AffectedWord]) -> list[list[int]]:
    """For each candidate the indices of those that exclude it: at one place, or other corrections of its word."""
    starts = [candidate.start for candidate in found]
    longest = max((candidate.end - candidate.start for candidate in found), default=0)
    rivals = []
    for index, (candidate, word) in enumerate(zip(found, words, strict=True)):
        first = bisect_left(starts, min(word.start, candidate.start - longest))
        last = bisect_right(starts, max(word.end, candidate.end))
        rivals.append(
            [
                other
                for other in range(first, last)
                if words[other].corrected != word.corrected and _is_rival(index, other, found, words)
            ]
        )
    return rivals


def _rival_margins(index: int, rivals: Sequence[int], *scores: Sequence[float]) -> list[float]:
    """By how much a candidate is better than its best rival, by each of the scores."""
    margins = (score[index] - max((score[rival] for rival in rivals), default=-math.inf) for score in scores)
    return [max(-config.MAX_MARGIN, min(config.MAX_MARGIN, margin)) for margin in margins]


def _is_rival(index: int, other: int, found: Sequence[Candidate], words: Sequence[AffectedWord]) -> bool:
    """Whether two candidates are at one place, or correct one word in different ways."""
    if found[other].start <= found[index].end and found[index].start <= found[other].end:
        return True
    same_word = words[other].start == words[index].start and words[other].end == words[index].end
    return same_word and not found[other].from_argmax


def _edit_features(candidate: Candidate, word: AffectedWord) -> list[float]:
    before = UNSEEN if word.before is None else word.before
    after = _after(word)
    return [
        candidate.log,
        candidate.log_p_keep,
        float(candidate.from_argmax),
        before,
        after,
        after - before,
        float(word.before is None or word.after is None),
        float(after > UNSEEN),
    ]


@lru_cache(_CACHED_WORDS)
def _word_shape(raw: str) -> tuple[float, ...]:
    letters = [character for character in raw if character.isalpha()]
    return (
        min(config.MAX_FEATURE_LENGTH, len(raw)) / config.MAX_FEATURE_LENGTH,
        sum(letter.lower() in _VOWELS for letter in letters) / max(1, len(letters)),
        float(raw[:1].isupper()),
        float(len(letters) > 1 and all(letter.isupper() for letter in letters)),
    )


def _compound_features(text: str, word: AffectedWord, compound: Callable[[str], float]) -> list[float]:
    """Where a word is unseen, before or after the change: its log10 probability as a compound."""
    raw = text[word.start : word.end]
    return [
        UNSEEN if log_prob is None or log_prob > UNSEEN or not token.isalpha() else compound(token)
        for log_prob, token in ((word.before, raw), (word.after, word.corrected))
    ]


def _line_features(text: str, tags: Tags, lexicon: Lexicon, posterior: LinePosterior) -> list[float]:
    letters = [character for character in text if character.isalpha()] or ["a"]
    words = LETTERS.findall(text) or ["a"]
    return [
        lexicon.share_known(text),
        lexicon.size(posterior),
        lexicon.business_probability(posterior),
        min(1.0, 10 * float(tags.doubt.mean())),
        sum(map(str.isdigit, text)) / max(1, len(text)),
        sum(letter.isupper() for letter in letters) / len(letters),
        sum(word[0].islower() for word in words) / len(words),
        min(1.0, len(text) / 100),
    ]


def _word_doubt(doubt: Sequence[float], word: AffectedWord) -> float:
    """log10 of the tagger's highest probability that some character of the word has to change."""
    return math.log10(max(config.MIN_WORD_DOUBT, *doubt[word.start : word.end + 1]))


def _log_rate(text: str, candidate: Candidate, error_model: ErrorModel) -> float:
    if candidate.log_rate is not None:
        return candidate.log_rate
    return error_model.log_rate(candidate.corrected, text[candidate.start : candidate.end])


def _pmi_features(
    text: str, words: Sequence[AffectedWord], resources: LanguageResources, posterior: LinePosterior
) -> list[list[float]]:
    """How well each word fits between its neighbours, before and after the change (see `BigramModel.pmi`).

    Returns:
        For each word: the sum of its bigrams' PMI before the change, the sum after it, their difference, the lowest
        PMI after it, and the number of bigrams after it.
    """
    tokens = [token.span() for token in TOKEN.finditer(text)]
    starts, ends = [start for start, _ in tokens], [end for _, end in tokens]
    bigrams = cache(lambda words: [*bigrams_of(words, resources.lexicon)])
    found: list[tuple[int, int]] = []
    spans = []
    for word in words:
        before = bisect_right(ends, word.start) - 1
        after = bisect_left(starts, word.end)
        left = tokens[before][0] if before >= 0 else word.start
        right = tokens[after][1] if after < len(tokens) else word.end
        for middle in (text[word.start : word.end], word.corrected):
            first = len(found)
            found += bigrams(text[left : word.start] + middle + text[word.end : right])
            spans.append((first, len(found)))
    pmi = resources.bigrams.pmi(found, resources.lexicon, posterior).tolist()
    sums = [sum(pmi[first:last]) for first, last in spans]
    return [
        [
            sums[2 * index],
            sums[2 * index + 1],
            sums[2 * index + 1] - sums[2 * index],
            min([0.0, *pmi[slice(*spans[2 * index + 1])]]),
            float(spans[2 * index + 1][1] - spans[2 * index + 1][0]),
        ]
        for index in range(len(words))
    ]


def _context_features(text: str, candidate: Candidate, word: AffectedWord) -> list[float]:
    """Where in its word the edit stands, what shape it has, and what stands beside the word."""
    removed = text[candidate.start : candidate.end]
    before, after = text[max(0, candidate.start - 1) : candidate.start], text[candidate.end : candidate.end + 1]
    within = config.NEXT_WORD_WITHIN
    return [
        float(candidate.start == word.start),
        float(candidate.end == word.end),
        float(bool(candidate.corrected) and not removed and candidate.corrected in (before, after)),
        float(len(removed) == 1 and not candidate.corrected and removed in (before, after)),
        float(len(removed) == 2 and removed[::-1] == candidate.corrected),
        float(before.islower() and after.isupper()),
        float(removed.casefold() == candidate.corrected.casefold()),
        float(text[word.end : word.end + 1] == ":"),  # labels are seldom abbreviated
        float(_continues_sentence(text[max(0, word.start - within) : word.start].rstrip()[-1:])),
        float(_continues_sentence(text[candidate.end : candidate.end + within].lstrip(_SEPARATORS)[:1])),
    ]


def _continues_sentence(neighbour: str) -> bool:
    """Whether the neighbouring character belongs to a running sentence: a small letter, or a comma."""
    return neighbour.islower() or neighbour == ","
