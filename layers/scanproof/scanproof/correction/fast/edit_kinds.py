"""Kinds of edits: the tagger is not equally right about all of them, so each has a threshold of its own."""

from __future__ import annotations

import unicodedata
from enum import StrEnum


class EditKind(StrEnum):
    """What an edit does, told by the characters that go and come."""

    DIGIT_TO_LETTER = "digit_to_letter"  # "Inv0ice": likeness in a word
    SIGN_TO_LETTER = "sign_to_letter"  # "th|s": likeness too, but a sign may be a rule or a mark
    LETTER_TO_DIGIT = "letter_to_digit"  # "$1O0.00": likeness in a number
    LETTERS = "letters"  # "tbe" → "the", "rnay" → "may"
    MULTI_EDIT = "multi_edit"  # "suspiolons": several slips in one word
    CASE = "case"  # the same letters, in capitals or not
    ACCENT_PUT = "accent_put"  # "zuruck" → "zurück", "mère" for "mére"
    ACCENT_TAKEN = "accent_taken"  # "dér" → "der": engines lose accents far more often than they add any
    LETTERS_LOST = "letters_lost"  # "smple": letters are put in
    LETTERS_SURPLUS = "letters_surplus"  # "aamount": letters are taken out
    SPACE_DELETED = "space_deleted"  # "am ount": a blank is taken out
    SPACE_INSERTED = "space_inserted"  # "totalamount": a blank is put in
    BLANK = "blank"  # any other change with a blank in it
    PUNCTUATION = "punctuation"


def kind_of(removed: str, written: str) -> EditKind:
    """The kind of the edit that puts ``written`` in the place of ``removed``; not both are empty."""
    if any(map(str.isspace, removed + written)):
        return _of_blanks(removed, written)
    if any(map(str.isalpha, written)):
        if any(map(str.isdigit, removed)):
            return EditKind.DIGIT_TO_LETTER
        if not removed:
            return EditKind.LETTERS_LOST
        if not any(map(str.isalpha, removed)):
            return EditKind.SIGN_TO_LETTER
        return _of_same_letters(removed, written) if _bare(removed) == _bare(written) else EditKind.LETTERS
    if any(map(str.isalpha, removed)):
        return EditKind.LETTER_TO_DIGIT if any(map(str.isdigit, written)) else EditKind.LETTERS_SURPLUS
    return EditKind.PUNCTUATION


def _of_blanks(removed: str, written: str) -> EditKind:
    if not written and removed.isspace():
        return EditKind.SPACE_DELETED
    return EditKind.SPACE_INSERTED if not removed and written.isspace() else EditKind.BLANK


def _of_same_letters(removed: str, written: str) -> EditKind:
    if removed.casefold() == written.casefold():
        return EditKind.CASE
    return EditKind.ACCENT_TAKEN if _accents(written) < _accents(removed) else EditKind.ACCENT_PUT


def _accents(text: str) -> int:
    return sum(map(bool, map(unicodedata.combining, unicodedata.normalize("NFKD", text))))


def _bare(text: str) -> str:
    """Letters without accents and case."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
