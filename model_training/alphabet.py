"""The characters that the tagger knows: ASCII, the letters of its eight languages, and signs of business and print."""

from __future__ import annotations

_ASCII = "".join(chr(code) for code in range(32, 127))
_LETTERS = "àâäæçéèêëîïôœöùûüÿßáíóúñãõìòłąćęńśźżĳ"
_LETTERS_UPPER = "ÀÂÄÆÇÉÈÊËÎÏÔŒÖÙÛÜŸÁÍÓÚÑÃÕÌÒŁĄĆĘŃŚŹŻ"
_SIGNS = "€£¥¢§°«»„“”‘’‚‹›–—…•·©®™½¼¾²³¹¿¡ºª×÷±µ¬ſﬁﬂ■¦¨´¸¯"

ALPHABET: str = "".join(dict.fromkeys(_ASCII + _LETTERS + _LETTERS_UPPER + _SIGNS))
"""Each known character once. Any other character is ``[UNK]`` to the tagger and is never changed."""
