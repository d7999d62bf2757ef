"""Classifies edits by kind: the tagger is not equally reliable for all kinds, so each has its own threshold."""

from __future__ import annotations

import unicodedata
from enum import StrEnum


class EditKind(StrEnum):
    """What an edit does, by the characters that it removes and inserts."""

    DIGIT_TO_LETTER = "digit_to_letter"  # "Inv0ice": look-alikes in a word
    SIGN_TO_LETTER = "sign_to_letter"  # "th|s": look-alikes too, but a sign may be a table rule or a mark
    LETTER_TO_DIGIT = "letter_to_digit"  # "$1O0.00": look-alikes in a number
    LETTERS = "letters"  # "tbe" → "the", "rnay" → "may"
    MULTI_EDIT = "multi_edit"  # "suspiolons": several character edits in one word
    CASE = "case"  # the same letters in the other case
    ACCENT_PUT = "accent_put"  # "zuruck" → "zurück", "mère" for "mére"
    ACCENT_TAKEN = "accent_taken"  # "dér" → "der": engines lose accents far more often than they add any
    LETTERS_LOST = "letters_lost"  # "smple": letters are inserted
    LETTERS_SURPLUS = "letters_surplus"  # "aamount": letters are removed
    SPACE_DELETED = "space_deleted"  # "am ount": a space is removed
    SPACE_INSERTED = "space_inserted"  # "totalamount": a space is inserted
    BLANK = "blank"  # any other change that involves whitespace
    PUNCTUATION = "punctuation"


def kind_of(removed: str, inserted: str) -> EditKind:
    """The kind of the edit that replaces ``removed`` by ``inserted``, which are not both empty."""
    if any(map(str.isspace, removed + inserted)):
        return _kind_of_spacing(removed, inserted)
    if any(map(str.isalpha, inserted)):
        if any(map(str.isdigit, removed)):
            return EditKind.DIGIT_TO_LETTER
        if not removed:
            return EditKind.LETTERS_LOST
        if not any(map(str.isalpha, removed)):
            return EditKind.SIGN_TO_LETTER
        return (
            _kind_of_same_letters(removed, inserted)
            if _base_letters(removed) == _base_letters(inserted)
            else EditKind.LETTERS
        )
    if any(map(str.isalpha, removed)):
        return EditKind.LETTER_TO_DIGIT if any(map(str.isdigit, inserted)) else EditKind.LETTERS_SURPLUS
    return EditKind.PUNCTUATION


def _kind_of_spacing(removed: str, inserted: str) -> EditKind:
    if not inserted and removed.isspace():
        return EditKind.SPACE_DELETED
    return EditKind.SPACE_INSERTED if not removed and inserted.isspace() else EditKind.BLANK


def _kind_of_same_letters(removed: str, inserted: str) -> EditKind:
    if removed.casefold() == inserted.casefold():
        return EditKind.CASE
    return EditKind.ACCENT_TAKEN if _count_accents(inserted) < _count_accents(removed) else EditKind.ACCENT_PUT


def _count_accents(text: str) -> int:
    return sum(map(bool, map(unicodedata.combining, unicodedata.normalize("NFKD", text))))


def _base_letters(text: str) -> str:
    """The text without accents and case."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
