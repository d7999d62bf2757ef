"""Look-alike noise: digits for letters in words, letters for digits in numbers, similar letters for each other."""

from __future__ import annotations

import re
from random import Random

_LETTER_AS_DIGIT = {
    "o": "0", "O": "0", "D": "0", "Q": "0", "l": "1", "I": "1", "i": "1", "L": "1", "z": "2", "Z": "2", "e": "3",
    "E": "3", "a": "4", "A": "4", "s": "5", "S": "5", "b": "6", "G": "6", "t": "7", "T": "7", "B": "8", "g": "9",
    "q": "9",
}  # fmt: skip
_LETTER_AS_SIGN = {"i": "!", "l": "|", "I": "|", "S": "$", "a": "@", "t": "+", "O": "()", "c": "("}
_LETTER_AS_LETTERS = {
    "m": ("rn", "nn", "in", "n", "n"), "w": ("vv",), "d": ("cl",), "h": ("li", "b"), "u": ("ii", "n"),
    "n": ("ri", "u", "m", "r"), "l": ("I", "i", "t"), "I": ("l",), "i": ("l", "j", "t"), "e": ("c", "o", "a", "s"),
    "c": ("e", "o"), "o": ("c", "e", "O", "a"), "f": ("t", "r"), "t": ("f", "l", "r"), "v": ("y",), "y": ("v",),
    "b": ("h",), "rn": ("m",), "vv": ("w",), "cl": ("d",), "li": ("h",), "nn": ("m",), "a": ("o", "u", "e", "s"),
    "s": ("a", "e"), "g": ("q",), "r": ("n", "t", "x", "z"), "z": ("r",), "x": ("z",), "W": ("VV", "M"),
    "H": ("l-l", "N", "M"), "O": ("Q", "C"), "E": ("F",), "F": ("P",), "P": ("F",), "B": ("R", "E"), "R": ("B", "K"),
    "D": ("O",), "M": ("H", "N"), "N": ("H", "M", "W"), "U": ("V",), "V": ("Y", "U"), "Y": ("V",), "K": ("X", "R"),
    "X": ("K",), "T": ("I", "F"), "L": ("I", "E"), "C": ("G", "O"), "G": ("C", "O"),
}  # fmt: skip
_DIGIT_AS_LETTER = {
    "0": "OOOoQD", "1": "lI|i", "2": "Z", "3": "", "4": "A", "5": "SSs", "6": "Gb", "7": "T", "8": "B", "9": "gq",
}  # fmt: skip
_NUMBER = re.compile(r"(?<![\w-])\d[\d.,:/\-’' ]*\d(?![\w-])")  # not the digits of a code


def with_digits_in_words(text: str, share: float, rng: Random, lone: bool) -> str:
    """Replaces each letter that resembles a digit by it, with probability ``share``.

    ``lone``: also in one-letter words ("a" → "4"), as in lines that are garbled throughout.
    """
    return "".join(_word_with_digits(piece, share, rng, lone) for piece in re.split(r"(\s+)", text))


def _word_with_digits(word: str, share: float, rng: Random, lone: bool) -> str:
    letters = sum(map(str.isalpha, word))
    if any(map(str.isdigit, word)) or letters < (1 if lone else 3):
        return word
    return "".join(
        _LETTER_AS_DIGIT[letter] if letter in _LETTER_AS_DIGIT and rng.random() < share else letter for letter in word
    )


def with_signs_in_words(text: str, share: float, rng: Random, protected: frozenset[int]) -> str:
    """Replaces letters by signs that resemble them."""
    return "".join(
        _LETTER_AS_SIGN[letter]
        if letter in _LETTER_AS_SIGN and position not in protected and rng.random() < share
        else letter
        for position, letter in enumerate(text)
    )


def with_similar_letters(text: str, share: float, rng: Random, protected: frozenset[int]) -> str:
    """Replaces letters and pairs by others that look the same in small print ("rn" and "m")."""
    written, position = [], 0
    while position < len(text):
        taken = 0
        if position not in protected and rng.random() < share:
            taken = next((n for n in (2, 1) if text[position : position + n] in _LETTER_AS_LETTERS), 0)
        if taken:
            written.append(rng.choice(_LETTER_AS_LETTERS[text[position : position + taken]]))
        else:
            written.append(text[position])
        position += taken or 1
    return "".join(written)


def with_letters_in_numbers(text: str, share: float, rng: Random) -> str:
    """Replaces digits of numbers, amounts and dates by letters that resemble them; each keeps at least one digit."""
    return _NUMBER.sub(lambda found: _number_with_letters(found.group(), share, rng), text)


def _number_with_letters(number: str, share: float, rng: Random) -> str:
    characters = list(number)
    places = [place for place, digit in enumerate(characters) if _DIGIT_AS_LETTER.get(digit)]
    chosen = [place for place in places if rng.random() < share] or rng.sample(places, min(1, len(places)))
    most = (sum(map(str.isdigit, characters)) - 1) // 2 or 1
    for place in rng.sample(chosen, min(most, len(chosen))):
        characters[place] = rng.choice(_DIGIT_AS_LETTER[characters[place]])
    return "".join(characters)
