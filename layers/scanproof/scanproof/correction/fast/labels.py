"""The tagger's labels: one for each character says what the character becomes.

``K`` keeps the character, ``D`` deletes it, ``R:xy`` replaces it by one or two others, ``A:x`` keeps it and appends. A
virtual first position stands in front of the line, so that a first character can be inserted: a line of n characters
has n + 1 labels. This is edit tagging: Omelianchuk et al. 2020, "GECToR: Grammatical Error Correction: Tag, Not
Rewrite".
"""

from __future__ import annotations

KEEP = "K"
DELETE = "D"
_REPLACE = "R:"
_APPEND = "A:"


def replace_label(characters: str) -> str:
    """The label that replaces a character by ``characters`` (one or two)."""
    return _REPLACE + characters


def append_label(characters: str) -> str:
    """The label that keeps a character and appends ``characters``."""
    return _APPEND + characters


def rewrite(label: str, character: str) -> str:
    """Applies ``label`` to ``character`` ("" at the virtual first position)."""
    if label == KEEP:
        return character
    if label == DELETE:
        return ""
    if label.startswith(_APPEND):
        return character + label[len(_APPEND) :]
    return label[len(_REPLACE) :]
