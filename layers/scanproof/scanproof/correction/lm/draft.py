"""A guess of what the model will write, made from the OCR text and mended whenever the model differs.

Nothing here decides what is written: a bad guess costs time, never a token. (Sun et al. 2021, "Instantaneous
grammatical error correction with shallow aggressive decoding"; what is added here is that the model's predictions
behind a difference are not thrown away but become part of the next guess, as in Jacobi decoding, Santilli et al. 2023.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from rapidfuzz.distance import Levenshtein, Postfix
from tokenizers import Tokenizer

_SPIECE = "\u2581"  # SentencePiece's blank
_SLACK = 4  # characters that a token may be shorter or longer than what it stands for
_FAR = 48  # characters to look ahead for a token whose place is elsewhere: something was left out
_STUMBLES = 2  # passes in a row that came to nothing: by then the place is lost
_SAME = 5  # characters that have to be the same for a place to be known again
_REMEMBERED = 48  # tokens of what was written
_LOOP = 4  # tokens: what is written a second time, behind the text's end, goes on as it did


class Vocabulary(Protocol):
    """What a draft needs of a tokenizer."""

    def encode(self, text: str) -> list[tuple[int, int, int]]:
        """(token, start, end) for each token; start and end are offsets in ``text``."""
        ...

    def text(self, token: int) -> str:
        """What one token stands for."""
        ...


class TokenizerVocabulary:
    """A vocabulary of the `tokenizers` library."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.text = lru_cache(maxsize=65_536)(self._text)

    def encode(self, text: str) -> list[tuple[int, int, int]]:
        """See Vocabulary; no special tokens are added."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [(token, start, end) for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)]

    def join(self, tokens: Sequence[int]) -> str:
        """What tokens stand for, special ones left out."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def _text(self, token: int) -> str:
        piece = self._tokenizer.id_to_token(token) or ""
        if _SPIECE in piece:  # decoded alone, it would lose its blank
            return piece.replace(_SPIECE, " ")
        return str(self._tokenizer.decode([token], skip_special_tokens=False))


@dataclass(frozen=True, slots=True)
class Piece:
    """One guessed token and the stretch of draft text that it stands for. ``seen``: the model has looked past it."""

    token: int
    start: int
    end: int
    seen: bool = False


class Draft:
    """The tokens still expected, mended as the model speaks."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        """Expects ``text``, token by token.

        Args:
            text: what the output will nearly be; empty if nothing is known, and then nothing is ever guessed.
        """
        self._text = text
        self._vocabulary = vocabulary
        self.pieces = [Piece(*found) for found in vocabulary.encode(text)]
        self._written: list[int] = []
        self._stumbles = 0

    def guess(self, count: int) -> list[int]:
        """Up to ``count`` tokens that are expected next."""
        return [piece.token for piece in self.pieces[:count]]

    def settle(self, agreed: int, predicted: Sequence[int]) -> None:
        """Takes in what one pass has shown.

        Args:
            agreed: so many of the guessed tokens were the model's own.
            predicted: the model's token after those, which is certain, then its tokens for the places behind it,
                which it chose after reading the guess and not what it would itself have written there.
        """
        rest = self.pieces[agreed:]
        self._written += [*(piece.token for piece in self.pieces[:agreed]), predicted[0]]
        if rest and rest[0].token == predicted[0]:
            self.pieces, self._stumbles = rest[1:], 0
            return
        self._stumbles = self._stumbles + 1 if agreed <= 1 else 0
        lost = self._stumbles >= _STUMBLES and bool(self._text)
        if lost and (again := self._again()):
            self.pieces = again
        elif rest:
            position = self._aligned(predicted[0], rest[0].start).end
            elsewhere = self._handover(position) if lost else None
            if elsewhere is None:
                self.pieces = self._mended(rest, position, predicted)
            else:
                self.pieces, self._stumbles = self._pieces(elsewhere, len(self._text)), 0
        else:
            self.pieces = []

    def _handover(self, position: int) -> int | None:
        """Where in the text the writer stands who seems to stand at ``position``: behind what was written last.

        A model that leaves out a stretch, or says one again, is found again by its last words.
        """
        tail = "".join(map(self._vocabulary.text, self._written[-_REMEMBERED:]))
        here = Postfix.similarity(tail, self._text[:position])
        found = None
        for length in range(max(_SAME, here + 1), len(tail) + 1):
            places = [match.end() for match in re.finditer(re.escape(tail[-length:]), self._text)]
            if not places:
                break
            found = min(places, key=lambda place: abs(place - position))
        return found

    def _again(self) -> list[Piece]:
        """What followed when the last tokens were written for the first time; nothing, if this is the first."""
        last, end = self._written[-_LOOP:], len(self._text)
        for place in range(len(self._written) - _LOOP):
            if self._written[place : place + _LOOP] == last:
                return [Piece(token, end, end) for token in self._written[place + _LOOP :]]
        return []

    def _mended(self, rest: Sequence[Piece], position: int, predicted: Sequence[int]) -> list[Piece]:
        """What is expected from ``position`` of the text on; ``predicted[i]`` is for the place of ``rest[i]``."""
        mended: list[Piece] = []
        place, used, foreseen = 0, 0, min(len(rest), len(predicted))
        while True:
            place = _first_from(rest, position, place)
            if place and rest[place - 1].end > position:  # a piece was cut: what is left of its word is tokenized anew
                place = self._next_word(rest, place)
                until = rest[place].start if place < len(rest) else len(self._text)
                mended += self._pieces(position, until)
            if place == used and place < len(rest):  # its prediction was an insertion in front of it
                mended.append(rest[place])
                place += 1
            while place < foreseen and not self._differs(predicted[place], rest[place]):
                mended.append(_as_seen(rest[place]))
                place += 1
            if place >= foreseen:
                return mended + list(rest[place:])
            used = place
            mended.append(self._aligned(predicted[place], rest[place].start))
            position = mended[-1].end

    def _differs(self, token: int, piece: Piece) -> bool:
        """Whether a token foreseen for a piece's place is to be believed rather than the piece.

        Behind a difference the model has read things that it would not have written, and it often foresees a blank too
        many or too few there. What engines misread are letters, so the text is believed on blanks.
        """
        return token != piece.token and _led_by_blank(self._vocabulary.text(token)) == _led_by_blank(
            self._text[piece.start : piece.end]
        )

    def _pieces(self, start: int, end: int) -> list[Piece]:
        return [Piece(token, start + a, start + b) for token, a, b in self._vocabulary.encode(self._text[start:end])]

    def _next_word(self, rest: Sequence[Piece], place: int) -> int:
        """The first piece from ``place`` on that begins with a space: tokenizers do not join across its edge."""
        while place < len(rest) and not self._text[rest[place].start : rest[place].start + 1].isspace():
            place += 1
        return place

    def _aligned(self, token: int, start: int) -> Piece:
        """The token with the stretch of text from ``start`` on that it most likely stands for."""
        written, ahead = self._vocabulary.text(token), self._text[start : start + _FAR]
        if written[:1] == " " != ahead[:1] and self._text[max(0, start - 1) : start] == " ":
            written = written[1:]  # the blank is behind us already
        lengths = range(max(0, len(written) - _SLACK), min(len(ahead), len(written) + _SLACK) + 1)
        costs = [(*_unlike(written, ahead, length), length) for length in lengths]
        distance, *_, length = min(costs, default=(len(written), 0))
        if 2 * distance > len(written) > _SLACK and (found := ahead.find(written)) > 0:
            length = found + len(written)
        return Piece(token, start, start + length, seen=True)


def _unlike(written: str, ahead: str, length: int) -> tuple[int, bool, bool, int]:
    """How unlikely it is that ``written`` stands for so many characters ahead.

    Of equally distant stretches, those win that end as it ends, then those that end a word.
    """
    stretch, inside = ahead[:length], ahead[length : length + 1].isalnum()
    ends_alike = stretch[-1:] == written[-1:]
    return Levenshtein.distance(written, stretch), not ends_alike, inside, abs(length - len(written))


def _led_by_blank(text: str) -> bool:
    return text[:1].isspace()


def _first_from(pieces: Sequence[Piece], position: int, place: int) -> int:
    """Index of the first piece, from ``place`` on, that starts at ``position`` or behind it."""
    while place < len(pieces) and pieces[place].start < position:
        place += 1
    return place


def _as_seen(piece: Piece) -> Piece:
    return piece if piece.seen else Piece(piece.token, piece.start, piece.end, seen=True)
