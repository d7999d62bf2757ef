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

from scanproof.correcting.fast.compounds import compound_log_share
from scanproof.correcting.fast.kinds import EditKind, kind_of
from scanproof.correcting.fast.knowledge import Knowledge
from scanproof.correcting.fast.lexicon import LETTERS, UNSEEN, Lexicon, Mix
from scanproof.correcting.fast.neighbours import neighbours, runs_of
from scanproof.correcting.fast.proposals import Proposal
from scanproof.correcting.fast.slips import SlipRates
from scanproof.correcting.fast.tagger import Tags

_KINDS = tuple(EditKind)
_FARTHEST_RIVAL = 6.0
_TIE_AFTER = 1  # of what `_ties` says of a word
_LEAST_DOUBT = 1e-4
_LONGEST_WORD = 14
_NEXT_WORD = 4  # characters within which it is looked for
_VOWELS = frozenset("aeiouyäöüàâáãåèéêëìíîïòóôõùúûąęœæø")  # few are left in what was written short: "PCKT"
_BETWEEN = " .,;:'-"
_REACH = 4 * _LONGEST_WORD  # characters; what lies farther apart does not share a word
FEATURES = (
    "log", "keep_log", "by_tagger", "before", "after", "gain", "no_word", "known_after", "rival", "channel_rival",
    "word_length", "vowels", "capital", "in_capitals", "has_digit", "compound_before", "compound_after", "line_known",
    "lexicon_size", "of_papers", "line_doubt", "line_digits", "line_capitals", "small_words", "line_length",
    "at_word_start", "at_word_end", "doubled", "undoubled", "swapped", "in_camel_case", "case_only", "before_colon",
    "goes_on_before", "goes_on_after", "word_doubt", "slip_rate", "slips", "tie_before", "tie_after", "tie_gain",
    "weakest_tie", "pairs_after",
    *(f"kind_{kind}" for kind in _KINDS),
)  # fmt: skip

Evidence = npt.NDArray[np.float32]  # (proposals, features)


@dataclass(frozen=True)
class Word:
    """The word or words that a change touches, ``text[start:end]``, and what becomes of them.

    ``before`` and ``after`` say how common they are (see ``Lexicon.least_log_share``): as they stand, since a known
    word is not to be given up one letter after the other, and with the other changes that the tagger makes in them.
    """

    start: int
    end: int
    becomes: str
    before: float | None
    after: float | None


def words_of(text: str, found: Sequence[Proposal], lexicon: Lexicon, mix: Mix) -> list[Word]:
    """The word of each proposal; they are in order of place."""
    starts = [proposal.start for proposal in found]
    return [
        _word(text, proposal, [found[other] for other in near(starts, proposal.start)], lexicon, mix)
        for proposal in found
    ]


def near(starts: Sequence[int], place: int) -> range:
    """Of places in order, the indices of those that may lie in one word with ``place``."""
    return range(bisect_left(starts, place - _REACH), bisect_right(starts, place + _REACH))


def evidence(
    text: str,
    tags: Tags,
    found: Sequence[Proposal],
    words: Sequence[Word],
    kinds: Sequence[EditKind],
    knowledge: Knowledge,
    mix: Mix,
) -> Evidence:
    """One row for each proposal, its word and its kind."""
    ties = _ties(text, words, knowledge, mix)
    rates = [_log_rate(text, proposal, knowledge.slips) for proposal in found]
    scores = [_score(proposal, word) for proposal, word in zip(found, words, strict=True)]
    of_channel = [rate + _after(word) + tie[_TIE_AFTER] for rate, word, tie in zip(rates, words, ties, strict=True)]
    starts = [proposal.start for proposal in found]
    line = _line(text, tags, knowledge.lexicon, mix)
    compound = cache(lambda word: compound_log_share(word, knowledge.lexicon, mix))
    rows = [
        [
            *_of_slip(proposal, word),
            *_rivals(index, near(starts, proposal.start), found, words, scores, of_channel),
            *_of_word(text, proposal, word),
            *_of_compounds(text, word, compound),
            *line,
            *_of_place(text, proposal, word),
            _doubt(tags, word),
            rates[index],
            float(proposal.slips),
            *ties[index],
            *(float(kind is kinds[index]) for kind in _KINDS),
        ]
        for index, (proposal, word) in enumerate(zip(found, words, strict=True))
    ]
    return np.asarray(rows, np.float32).reshape(len(rows), len(FEATURES))


def kind_of_proposal(text: str, proposal: Proposal) -> EditKind:
    """What a proposal does."""
    if proposal.slips > 1:
        return EditKind.RESPELT
    removed = text[proposal.start : proposal.end]
    return kind_of(removed, proposal.written) if removed or proposal.written else EditKind.PUNCTUATION


def _word(text: str, proposal: Proposal, found: Sequence[Proposal], lexicon: Lexicon, mix: Mix) -> Word:
    start, end = proposal.start, proposal.end
    while start > 0 and proposal.start - start < _LONGEST_WORD * 2 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and end - proposal.end < _LONGEST_WORD * 2 and text[end].isalnum():
        end += 1
    others = [
        other
        for other in found
        if other.by_tagger
        and start <= other.start
        and other.end <= end
        and (other.end < proposal.start or other.start > proposal.end)
    ]
    after = _written(text, start, end, sorted([*others, proposal], key=lambda made: made.start))
    return Word(start, end, after, lexicon.least_log_share(text[start:end], mix), lexicon.least_log_share(after, mix))


def _written(text: str, start: int, end: int, made: Sequence[Proposal]) -> str:
    pieces, position = [], start
    for proposal in made:
        pieces += [text[position : proposal.start], proposal.written]
        position = proposal.end
    return "".join([*pieces, text[position:end]])


def _score(proposal: Proposal, word: Word) -> float:
    return proposal.log + 0.5 * math.log(10) * _after(word)


def _after(word: Word) -> float:
    return UNSEEN if word.after is None else word.after


def _rivals(
    index: int, nearby: range, found: Sequence[Proposal], words: Sequence[Word], *scores: Sequence[float]
) -> list[float]:
    """How much better it is than the best other change of the same word, by each of these scores."""
    others = [
        other
        for other in nearby
        if other != index and words[other].becomes != words[index].becomes and _excludes(index, other, found, words)
    ]
    leads = (score[index] - max((score[other] for other in others), default=-math.inf) for score in scores)
    return [max(-_FARTHEST_RIVAL, min(_FARTHEST_RIVAL, lead)) for lead in leads]


def _excludes(index: int, other: int, found: Sequence[Proposal], words: Sequence[Word]) -> bool:
    """Whether the other is made instead: both stand in one place, or in one word that is respelt one way or another."""
    if found[other].start <= found[index].end and found[index].start <= found[other].end:
        return True
    same_word = words[other].start == words[index].start and words[other].end == words[index].end
    return same_word and not found[other].by_tagger


def _of_slip(proposal: Proposal, word: Word) -> list[float]:
    before = UNSEEN if word.before is None else word.before
    after = _after(word)
    return [
        proposal.log,
        proposal.keep_log,
        float(proposal.by_tagger),
        before,
        after,
        after - before,
        float(word.before is None or word.after is None),
        float(after > UNSEEN),
    ]


def _of_word(text: str, proposal: Proposal, word: Word) -> list[float]:
    written = text[word.start : word.end]
    letters = [character for character in written if character.isalpha()]
    return [
        min(_LONGEST_WORD, len(written)) / _LONGEST_WORD,
        sum(letter.lower() in _VOWELS for letter in letters) / max(1, len(letters)),
        float(written[:1].isupper()),
        float(len(letters) > 1 and all(letter.isupper() for letter in letters)),
        float(any(map(str.isdigit, written + proposal.written))),
    ]


def _of_compounds(text: str, word: Word, compound: Callable[[str], float]) -> list[float]:
    """Where a word was never seen, before or after: how common the rarer word is of two that it is made of."""
    written = text[word.start : word.end]
    return [
        UNSEEN if share is None or share > UNSEEN or not run.isalpha() else compound(run)
        for share, run in ((word.before, written), (word.after, word.becomes))
    ]


def _line(text: str, tags: Tags, lexicon: Lexicon, mix: Mix) -> list[float]:
    letters = [character for character in text if character.isalpha()] or ["a"]
    words = LETTERS.findall(text) or ["a"]
    return [
        lexicon.share_known(text),
        lexicon.size(mix),
        lexicon.share_of_papers(mix),
        min(1.0, 10 * float(tags.doubt.mean())),
        sum(map(str.isdigit, text)) / max(1, len(text)),
        sum(letter.isupper() for letter in letters) / len(letters),
        sum(word[0].islower() for word in words) / len(words),
        min(1.0, len(text) / 100),
    ]


def _doubt(tags: Tags, word: Word) -> float:
    """log10 of how sure the tagger is at some place of the word that something is wrong, whatever it may be."""
    return math.log10(max(_LEAST_DOUBT, float(tags.doubt[word.start : word.end + 1].max())))


def _log_rate(text: str, proposal: Proposal, slips: SlipRates) -> float:
    if proposal.log_rate is not None:
        return proposal.log_rate
    return slips.log_rate(proposal.written, text[proposal.start : proposal.end])


def _ties(text: str, words: Sequence[Word], knowledge: Knowledge, mix: Mix) -> list[list[float]]:
    """How well each word fits between its neighbours, before and after the change (see `WordPairs.ties`)."""
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
            found += neighbours(text[left : word.start] + written + text[word.end : right], knowledge.lexicon)
            spans.append((first, len(found)))
    ties = knowledge.pairs.ties(found, knowledge.lexicon, mix)
    sums = [float(ties[first:last].sum()) for first, last in spans]
    return [
        [
            sums[2 * index],
            sums[2 * index + 1],
            sums[2 * index + 1] - sums[2 * index],
            float(ties[slice(*spans[2 * index + 1])].min(initial=0.0)),
            float(spans[2 * index + 1][1] - spans[2 * index + 1][0]),
        ]
        for index in range(len(words))
    ]


def _of_place(text: str, proposal: Proposal, word: Word) -> list[float]:
    removed = text[proposal.start : proposal.end]
    before, after = text[: proposal.start][-1:], text[proposal.end :][:1]
    return [
        float(proposal.start == word.start),
        float(proposal.end == word.end),
        float(bool(proposal.written) and not removed and proposal.written in (before, after)),
        float(len(removed) == 1 and not proposal.written and removed in (before, after)),
        float(len(removed) == 2 and removed[::-1] == proposal.written),
        float(before.islower() and after.isupper()),
        float(removed.casefold() == proposal.written.casefold()),
        float(text[word.end : word.end + 1] == ":"),  # labels are seldom written short
        float(_goes_on(text[max(0, word.start - _NEXT_WORD) : word.start].rstrip()[-1:])),
        float(_goes_on(text[proposal.end : proposal.end + _NEXT_WORD].lstrip(_BETWEEN)[:1])),
    ]


def _goes_on(neighbour: str) -> bool:
    """Whether a sentence is under way there: a small letter, or a comma."""
    return neighbour.islower() or neighbour == ","
