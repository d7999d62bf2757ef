"""The characters that the tagger knows: ASCII, the letters of its eight languages, the signs of business and print."""

from __future__ import annotations

_ASCII = "".join(chr(code) for code in range(32, 127))
_LETTERS = "àâäæçéèêëîïôœöùûüÿßáíóúñãõìòłąćęńśźżĳ"
_LETTERS_UPPER = "ÀÂÄÆÇÉÈÊËÎÏÔŒÖÙÛÜŸÁÍÓÚÑÃÕÌÒŁĄĆĘŃŚŹŻ"
_SIGNS = "€£¥¢§°«»„“”‘’‚‹›–—…•·©®™½¼¾²³¹¿¡ºª×÷±µ¬ſﬁﬂ■¦¨´¸¯"

ALPHABET: str = "".join(dict.fromkeys(_ASCII + _LETTERS + _LETTERS_UPPER + _SIGNS))
"""Each known character once. Anything else is ``[UNK]`` to the tagger and is never changed."""
