"""The tagger's opinion weighed with what words there are.

A small tagger sees that a letter is missing from "smple" sooner than which. Each likely label of such a place is
weighed with how common the word is that comes out, and so is keeping what stands there: the noisy-channel model
(Kernighan, Church and Gale 1990), with the tagger as channel and a lexicon as source.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scanproof.correcting.fast.labels import rewrite
from scanproof.correcting.fast.lexicon import Lexicon
from scanproof.correcting.fast.tagger import Tagger, Tags

_DOUBTED = 0.15  # below, the tagger's opinion stands: names and rare words are no errors
_LONGEST_WORD = 40


def tags_of(text: str, tagger: Tagger, lexicon: Lexicon) -> Tags:
    """The tagger's labels, weighed where they are doubtful and no neighbour changes too."""
    tags = tagger.tag(text)
    changed = np.pad(tags.labels != tags.keep, 1)
    alone = ~(changed[:-2] | changed[2:])
    for place in np.flatnonzero((tags.doubt >= _DOUBTED) & alone).tolist():
        if place and tagger.knows(text[place - 1]):
            _weigh(text, place, tags, tagger, lexicon)
    return tags


def _weigh(text: str, place: int, tags: Tags, tagger: Tagger, lexicon: Lexicon) -> None:
    """Replaces label, probability and doubt of one place."""
    labels: npt.NDArray[np.int64] = tags.likely[place]
    outcomes = [_words_around(text, place, rewrite(tagger.labels[label], text[place - 1])) for label in labels]
    scores = tags.likely_probability[place] * np.asarray([lexicon.weight(words) for words in outcomes], np.float32)
    scores /= scores.sum()
    best = int(scores.argmax())
    tags.labels[place], tags.probability[place] = labels[best], scores[best]
    tags.doubt[place] = 1.0 - float(scores[labels == tags.keep].sum())


def _words_around(text: str, place: int, written: str) -> str:
    """``written`` with the letters on both sides of it, up to the next character that is none."""
    start, end = place - 1, place
    while start > 0 and place - start < _LONGEST_WORD and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and end - place < _LONGEST_WORD and text[end].isalnum():
        end += 1
    return text[start : place - 1] + written + text[place:end]
