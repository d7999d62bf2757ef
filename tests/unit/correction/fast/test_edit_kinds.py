"""Edits are classified as a reader would."""

import pytest

from scanproof.correction.fast.reranker import EditKind, kind_of


@pytest.mark.parametrize(
    ("removed", "inserted", "kind"),
    [
        ("0", "o", EditKind.DIGIT_TO_LETTER),
        ("|", "l", EditKind.SIGN_TO_LETTER),
        ("§", "S", EditKind.SIGN_TO_LETTER),
        ("O", "0", EditKind.LETTER_TO_DIGIT),
        ("rn", "m", EditKind.LETTERS),
        ("c", "e", EditKind.LETTERS),
        ("e", "é", EditKind.ACCENT_PUT),
        ("é", "è", EditKind.ACCENT_PUT),
        ("É", "e", EditKind.ACCENT_TAKEN),
        ("M", "m", EditKind.CASE),
        ("", "i", EditKind.LETTERS_LOST),
        ("a", "", EditKind.LETTERS_SURPLUS),
        (" ", "", EditKind.SPACE_DELETED),
        ("", " ", EditKind.SPACE_INSERTED),
        (". ", "", EditKind.BLANK),
        ("o ", " h", EditKind.BLANK),
        (",", ".", EditKind.PUNCTUATION),
        ("", ".", EditKind.PUNCTUATION),
        ("a", ".", EditKind.LETTERS_SURPLUS),
    ],
)
def test_edits_are_classified(removed: str, inserted: str, kind: EditKind) -> None:
    assert kind_of(removed, inserted) is kind
