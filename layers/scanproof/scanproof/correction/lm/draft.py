"""A draft of the model's output, made from the OCR text and updated where the model differs.

A draft never changes the output: a wrong token costs time only. The method is shallow aggressive decoding (Sun et al.
2021, "Instantaneous grammatical error correction with shallow aggressive decoding"). In addition, predictions behind a
difference are not discarded but enter the next draft, as in Jacobi decoding (Santilli et al. 2023).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from rapidfuzz.distance import Levenshtein, Postfix
from tokenizers import Tokenizer

_SPIECE_SPACE = "\u2581"  # SentencePiece's space
_LENGTH_TOLERANCE = 4  # characters by which a token may be shorter or longer than the text that it replaces
_LOOKAHEAD = 48  # characters to search for a token whose place is further on, because text was left out
_FAILED_PASSES = 2  # consecutive passes without an accepted token, after which the position counts as lost
_MIN_MATCH = 5  # characters that must match to find the position again
_MATCH_TOKENS = 48  # last generated tokens used for that search
_LOOP_TOKENS = 4  # tokens that must repeat, behind the end of the text, to count as a loop


class Vocabulary(Protocol):
    """What a draft needs of a tokenizer."""

    def encode(self, text: str) -> list[tuple[int, int, int]]:
        """Returns (token, start, end) for each token; start and end are offsets in ``text``."""
        ...

    def text(self, token: int) -> str:
        """Returns the text of one token."""
        ...


class TokenizerVocabulary:
    """The vocabulary of a tokenizer of the `tokenizers` library."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.text = lru_cache(maxsize=65_536)(self._text)

    def encode(self, text: str) -> list[tuple[int, int, int]]:
        """See `Vocabulary`; special tokens are not added."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [(token, start, end) for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)]

    def join(self, tokens: Sequence[int]) -> str:
        """Returns the text of several tokens without special ones."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def _text(self, token: int) -> str:
        piece = self._tokenizer.id_to_token(token) or ""
        if _SPIECE_SPACE in piece:  # decoded alone, it would lose its space
            return piece.replace(_SPIECE_SPACE, " ")
        return str(self._tokenizer.decode([token], skip_special_tokens=False))


@dataclass(frozen=True, slots=True)
class DraftToken:
    """One draft token and the range of the OCR text that it stands for.

    ``refined``: an earlier pass predicted this position and either confirmed the token or supplied it.
    """

    token: int
    start: int
    end: int
    refined: bool = False


class Draft:
    """The tokens that the model is expected to generate next."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        """Tokenizes ``text``, the expected output; an empty text makes no draft at all."""
        self._text = text
        self._vocabulary = vocabulary
        self.tokens = [DraftToken(*encoded) for encoded in vocabulary.encode(text)]
        self._generated: list[int] = []
        self._failed_passes = 0

    def next_tokens(self, count: int) -> list[int]:
        """Returns up to ``count`` expected tokens."""
        return [token.token for token in self.tokens[:count]]

    def update(self, accepted: int, predicted: Sequence[int]) -> None:
        """Updates the draft after one pass.

        Args:
            accepted: the number of draft tokens that the model confirmed.
            predicted: the model's token after those, which is final, then its predictions for the positions behind
                it. Those depend on rejected draft tokens, so the model may still choose others.
        """
        rest = self.tokens[accepted:]
        self._generated += [*(token.token for token in self.tokens[:accepted]), predicted[0]]
        if rest and rest[0].token == predicted[0]:
            self.tokens, self._failed_passes = rest[1:], 0
            return
        self._failed_passes = self._failed_passes + 1 if accepted <= 1 else 0
        lost = self._failed_passes >= _FAILED_PASSES and bool(self._text)
        if lost and (loop := self._loop_continuation()):
            self.tokens = loop
        elif rest:
            position = self._align(predicted[0], rest[0].start).end
            found = self._find_position(position) if lost else None
            if found is None:
                self.tokens = self._refine(rest, position, predicted)
            else:
                self.tokens, self._failed_passes = self._tokenize(found, len(self._text)), 0
        else:
            self.tokens = []

    def _find_position(self, position: int) -> int | None:
        """Returns where the text continues after the last generated words, or None if ``position`` fits best.

        Finds a model again that skipped or repeated a part of the text.
        """
        tail = "".join(map(self._vocabulary.text, self._generated[-_MATCH_TOKENS:]))
        matched_here = Postfix.similarity(tail, self._text[:position])
        found = None
        for length in range(max(_MIN_MATCH, matched_here + 1), len(tail) + 1):
            ends = [match.end() for match in re.finditer(re.escape(tail[-length:]), self._text)]
            if not ends:
                break
            found = min(ends, key=lambda end: abs(end - position))
        return found

    def _loop_continuation(self) -> list[DraftToken]:
        """Returns what followed the first time the last tokens were generated; nothing if this is the first time."""
        last, end = self._generated[-_LOOP_TOKENS:], len(self._text)
        for index in range(len(self._generated) - _LOOP_TOKENS):
            if self._generated[index : index + _LOOP_TOKENS] == last:
                return [DraftToken(token, end, end) for token in self._generated[index + _LOOP_TOKENS :]]
        return []

    def _refine(self, rest: Sequence[DraftToken], position: int, predicted: Sequence[int]) -> list[DraftToken]:
        """Returns the draft from ``position`` of the text on, with predictions in place of rejected draft tokens.

        ``predicted[i]`` is the prediction for the position of ``rest[i]``.
        """
        refined: list[DraftToken] = []
        index, used, available = 0, 0, min(len(rest), len(predicted))
        while True:
            index = _first_from(rest, position, index)
            if index and rest[index - 1].end > position:  # a token was cut: tokenize the rest of its word again
                index = self._next_word(rest, index)
                until = rest[index].start if index < len(rest) else len(self._text)
                refined += self._tokenize(position, until)
            if index == used and index < len(rest):  # its prediction was an insertion in front of it
                refined.append(rest[index])
                index += 1
            while index < available and not self._overrides(predicted[index], rest[index]):
                refined.append(_as_refined(rest[index]))
                index += 1
            if index >= available:
                return refined + list(rest[index:])
            used = index
            refined.append(self._align(predicted[index], rest[index].start))
            position = refined[-1].end

    def _overrides(self, token: int, expected: DraftToken) -> bool:
        """Returns whether a predicted token replaces the expected one.

        Behind a difference the model has read tokens that it would not have generated, and often predicts a space too
        many or too few. OCR engines misread letters more than spaces, so the text decides about spaces.
        """
        return token != expected.token and _starts_with_space(self._vocabulary.text(token)) == _starts_with_space(
            self._text[expected.start : expected.end]
        )

    def _tokenize(self, start: int, end: int) -> list[DraftToken]:
        return [
            DraftToken(token, start + a, start + b) for token, a, b in self._vocabulary.encode(self._text[start:end])
        ]

    def _next_word(self, rest: Sequence[DraftToken], index: int) -> int:
        """Returns the first token from ``index`` on that begins with a space: tokenizers do not merge across it."""
        while index < len(rest) and not self._text[rest[index].start : rest[index].start + 1].isspace():
            index += 1
        return index

    def _align(self, token: int, start: int) -> DraftToken:
        """Returns the token with the range of text, from ``start`` on, that it most likely stands for."""
        written, ahead = self._vocabulary.text(token), self._text[start : start + _LOOKAHEAD]
        if written[:1] == " " != ahead[:1] and self._text[max(0, start - 1) : start] == " ":
            written = written[1:]  # the space is already behind us
        lengths = range(max(0, len(written) - _LENGTH_TOLERANCE), min(len(ahead), len(written) + _LENGTH_TOLERANCE) + 1)
        costs = [(*_mismatch(written, ahead, length), length) for length in lengths]
        distance, *_, length = min(costs, default=(len(written), 0))
        if 2 * distance > len(written) > _LENGTH_TOLERANCE and (found := ahead.find(written)) > 0:
            length = found + len(written)
        return DraftToken(token, start, start + length, refined=True)


def _mismatch(written: str, ahead: str, length: int) -> tuple[int, bool, bool, int]:
    """Returns a sort key: the smaller, the more likely ``written`` stands for the next ``length`` characters.

    Among ranges at the same edit distance, those with the same last character come first, then those that end a word.
    """
    candidate, inside_word = ahead[:length], ahead[length : length + 1].isalnum()
    same_end = candidate[-1:] == written[-1:]
    return Levenshtein.distance(written, candidate), not same_end, inside_word, abs(length - len(written))


def _starts_with_space(text: str) -> bool:
    return text[:1].isspace()


def _first_from(tokens: Sequence[DraftToken], position: int, index: int) -> int:
    """Returns the index of the first token, from ``index`` on, that starts at ``position`` or later."""
    while index < len(tokens) and tokens[index].start < position:
        index += 1
    return index


def _as_refined(token: DraftToken) -> DraftToken:
    return token if token.refined else DraftToken(token.token, token.start, token.end, refined=True)
