"""What speaks for and against a change, as numbers that a judge can weigh.

The noisy-channel model (Kernighan, Church and Gale 1990) in its parts: what the tagger thinks of the slip, how common
the words are before and after, and how the change stands against its rivals; beside them what the line is like, since a
receipt's abbreviations and a noisy newspaper call for different boldness. All of it is told by the line alone.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from scanproof.correction.fast.bigrams import bigrams_of, runs_of
from scanproof.correction.fast.candidates import Candidate
from scanproof.correction.fast.channel_model import ErrorModel
from scanproof.correction.fast.compounds import compound_log_prob
from scanproof.correction.fast.edit_kinds import EditKind, kind_of
from scanproof.correction.fast.lexicon import LETTERS, UNSEEN, LanguagePosterior, Lexicon
from scanproof.correction.fast.resources import LanguageResources
from scanproof.correction.fast.tagger import Tags

_KINDS = tuple(EditKind)
_FARTHEST_RIVAL = 6.0
_PMI_AFTER = 1  # of what `_pmi` says of a word
_LEAST_DOUBT = 1e-4
_LONGEST_WORD = 14
_NEXT_WORD = 4  # characters within which it is looked for
_VOWELS = frozenset("aeiouyäöüàâáãåèéêëìíîïòóôõùúûąęœæø")  # few are left in what was written short: "PCKT"
_BETWEEN = " .,;:'-"
_REACH = 4 * _LONGEST_WORD  # characters; what lies farther apart does not share a word
FEATURES = (
    "log", "log_p_keep", "from_argmax", "before", "after", "gain", "no_word", "known_after", "rival", "channel_rival",
    "word_length", "vowels", "capital", "in_capitals", "has_digit", "compound_before", "compound_after", "line_known",
    "lexicon_size", "business", "line_doubt", "line_digits", "line_capitals", "small_words", "line_length",
    "at_word_start", "at_word_end", "doubled", "undoubled", "swapped", "in_camel_case", "case_only", "before_colon",
    "goes_on_before", "goes_on_after", "word_doubt", "error_rate", "char_edits", "pmi_before", "pmi_after", "pmi_gain",
    "min_pmi", "bigrams_after",
    *(f"kind_{kind}" for kind in _KINDS),
)  # fmt: skip

FeatureMatrix = npt.NDArray[np.float32]  # (proposals, features)


@dataclass(frozen=True)
class Word:
    """The word or words that a change touches, ``text[start:end]``, and what becomes of them.

    ``before`` and ``after`` say how common they are (see ``Lexicon.min_log_prob``): as they stand, since a known
    word is not to be given up one letter after the other, and with the other changes that the tagger makes in them.
    """

    start: int
    end: int
    becomes: str
    before: float | None
    after: float | None


def words_of(text: str, found: Sequence[Candidate], lexicon: Lexicon, posterior: LanguagePosterior) -> list[Word]:
    """The word of each proposal; they are in order of place."""
    starts = [candidate.start for candidate in found]
    return [
        _word(text, candidate, [found[other] for other in near(starts, candidate.start)], lexicon, posterior)
        for candidate in found
    ]


def near(starts: Sequence[int], place: int) -> range:
    """Of places in order, the indices of those that may lie in one word with ``place``."""
    return range(bisect_left(starts, place - _REACH), bisect_right(starts, place + _REACH))


def features(
    text: str,
    tags: Tags,
    found: Sequence[Candidate],
    words: Sequence[Word],
    kinds: Sequence[EditKind],
    resources: LanguageResources,
    posterior: LanguagePosterior,
) -> FeatureMatrix:
    """One row for each proposal, its word and its kind."""
    pmi = _pmi(text, words, resources, posterior)
    rates = [_log_rate(text, candidate, resources.error_model) for candidate in found]
    scores = [_score(candidate, word) for candidate, word in zip(found, words, strict=True)]
    of_channel = [rate + _after(word) + tie[_PMI_AFTER] for rate, word, tie in zip(rates, words, pmi, strict=True)]
    starts = [candidate.start for candidate in found]
    line = _line(text, tags, resources.lexicon, posterior)
    compound = cache(lambda word: compound_log_prob(word, resources.lexicon, posterior))
    rows = [
        [
            *_of_edit(candidate, word),
            *_rivals(index, near(starts, candidate.start), found, words, scores, of_channel),
            *_of_word(text, candidate, word),
            *_of_compounds(text, word, compound),
            *line,
            *_of_place(text, candidate, word),
            _doubt(tags, word),
            rates[index],
            float(candidate.char_edits),
            *pmi[index],
            *(float(kind is kinds[index]) for kind in _KINDS),
        ]
        for index, (candidate, word) in enumerate(zip(found, words, strict=True))
    ]
    return np.asarray(rows, np.float32).reshape(len(rows), len(FEATURES))


def kind_of_candidate(text: str, candidate: Candidate) -> EditKind:
    """What a proposal does."""
    if candidate.char_edits > 1:
        return EditKind.MULTI_EDIT
    removed = text[candidate.start : candidate.end]
    return kind_of(removed, candidate.written) if removed or candidate.written else EditKind.PUNCTUATION


def _word(
    text: str, candidate: Candidate, found: Sequence[Candidate], lexicon: Lexicon, posterior: LanguagePosterior
) -> Word:
    start, end = candidate.start, candidate.end
    while start > 0 and candidate.start - start < _LONGEST_WORD * 2 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and end - candidate.end < _LONGEST_WORD * 2 and text[end].isalnum():
        end += 1
    others = [
        other
        for other in found
        if other.from_argmax
        and start <= other.start
        and other.end <= end
        and (other.end < candidate.start or other.start > candidate.end)
    ]
    after = _written(text, start, end, sorted([*others, candidate], key=lambda made: made.start))
    return Word(
        start, end, after, lexicon.min_log_prob(text[start:end], posterior), lexicon.min_log_prob(after, posterior)
    )


def _written(text: str, start: int, end: int, made: Sequence[Candidate]) -> str:
    pieces, position = [], start
    for candidate in made:
        pieces += [text[position : candidate.start], candidate.written]
        position = candidate.end
    return "".join([*pieces, text[position:end]])


def _score(candidate: Candidate, word: Word) -> float:
    return candidate.log + 0.5 * math.log(10) * _after(word)


def _after(word: Word) -> float:
    return UNSEEN if word.after is None else word.after


def _rivals(
    index: int, nearby: range, found: Sequence[Candidate], words: Sequence[Word], *scores: Sequence[float]
) -> list[float]:
    """How much better it is than the best other change of the same word, by each of these scores."""
    others = [
        other
        for other in nearby
        if other != index and words[other].becomes != words[index].becomes and _excludes(index, other, found, words)
    ]
    leads = (score[index] - max((score[other] for other in others), default=-math.inf) for score in scores)
    return [max(-_FARTHEST_RIVAL, min(_FARTHEST_RIVAL, lead)) for lead in leads]


def _excludes(index: int, other: int, found: Sequence[Candidate], words: Sequence[Word]) -> bool:
    """Whether the other is made instead: both stand in one place, or in one word that is respelt one way or another."""
    if found[other].start <= found[index].end and found[index].start <= found[other].end:
        return True
    same_word = words[other].start == words[index].start and words[other].end == words[index].end
    return same_word and not found[other].from_argmax


def _of_edit(candidate: Candidate, word: Word) -> list[float]:
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


def _of_word(text: str, candidate: Candidate, word: Word) -> list[float]:
    written = text[word.start : word.end]
    letters = [character for character in written if character.isalpha()]
    return [
        min(_LONGEST_WORD, len(written)) / _LONGEST_WORD,
        sum(letter.lower() in _VOWELS for letter in letters) / max(1, len(letters)),
        float(written[:1].isupper()),
        float(len(letters) > 1 and all(letter.isupper() for letter in letters)),
        float(any(map(str.isdigit, written + candidate.written))),
    ]


def _of_compounds(text: str, word: Word, compound: Callable[[str], float]) -> list[float]:
    """Where a word was never seen, before or after: how common the rarer word is of two that it is made of."""
    written = text[word.start : word.end]
    return [
        UNSEEN if share is None or share > UNSEEN or not run.isalpha() else compound(run)
        for share, run in ((word.before, written), (word.after, word.becomes))
    ]


def _line(text: str, tags: Tags, lexicon: Lexicon, posterior: LanguagePosterior) -> list[float]:
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


def _doubt(tags: Tags, word: Word) -> float:
    """log10 of how sure the tagger is at some place of the word that something is wrong, whatever it may be."""
    return math.log10(max(_LEAST_DOUBT, float(tags.doubt[word.start : word.end + 1].max())))


def _log_rate(text: str, candidate: Candidate, error_model: ErrorModel) -> float:
    if candidate.log_rate is not None:
        return candidate.log_rate
    return error_model.log_rate(candidate.written, text[candidate.start : candidate.end])


def _pmi(
    text: str, words: Sequence[Word], resources: LanguageResources, posterior: LanguagePosterior
) -> list[list[float]]:
    """How well each word fits between its neighbours, before and after the change (see `BigramModel.pmi`)."""
    runs = runs_of(text)
    starts, ends = [start for start, _ in runs], [end for _, end in runs]
    found: list[tuple[int, int]] = []
    spans = []
    for word in words:
        before = bisect_right(ends, word.start) - 1
        after = bisect_left(starts, word.end)
        left = runs[before][0] if before >= 0 else word.start
        right = runs[after][1] if after < len(runs) else word.end
        for written in (text[word.start : word.end], word.becomes):
            first = len(found)
            found += bigrams_of(text[left : word.start] + written + text[word.end : right], resources.lexicon)
            spans.append((first, len(found)))
    pmi = resources.bigrams.pmi(found, resources.lexicon, posterior)
    sums = [float(pmi[first:last].sum()) for first, last in spans]
    return [
        [
            sums[2 * index],
            sums[2 * index + 1],
            sums[2 * index + 1] - sums[2 * index],
            float(pmi[slice(*spans[2 * index + 1])].min(initial=0.0)),
            float(spans[2 * index + 1][1] - spans[2 * index + 1][0]),
        ]
        for index in range(len(words))
    ]


def _of_place(text: str, candidate: Candidate, word: Word) -> list[float]:
    removed = text[candidate.start : candidate.end]
    before, after = text[: candidate.start][-1:], text[candidate.end :][:1]
    return [
        float(candidate.start == word.start),
        float(candidate.end == word.end),
        float(bool(candidate.written) and not removed and candidate.written in (before, after)),
        float(len(removed) == 1 and not candidate.written and removed in (before, after)),
        float(len(removed) == 2 and removed[::-1] == candidate.written),
        float(before.islower() and after.isupper()),
        float(removed.casefold() == candidate.written.casefold()),
        float(text[word.end : word.end + 1] == ":"),  # labels are seldom written short
        float(_goes_on(text[max(0, word.start - _NEXT_WORD) : word.start].rstrip()[-1:])),
        float(_goes_on(text[candidate.end : candidate.end + _NEXT_WORD].lstrip(_BETWEEN)[:1])),
    ]


def _goes_on(neighbour: str) -> bool:
    """Whether a sentence is under way there: a small letter, or a comma."""
    return neighbour.islower() or neighbour == ","
