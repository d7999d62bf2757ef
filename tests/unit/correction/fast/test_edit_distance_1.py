"""The hash index finds the same words at edit distance 1 as enumerating every variant."""

from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.fast.edit_distance_1 import EditDistance1Index
from scanproof.edits import TextEdit, apply

LETTERS = "abéł"
words = st.text(LETTERS, min_size=1, max_size=7)


def enumerated(word: str, known: frozenset[str]) -> set[TextEdit]:
    deleted = [TextEdit(at, at + 1, "") for at in range(len(word)) if word[at + 1 : at + 2] != word[at]]
    replaced = [TextEdit(at, at + 1, letter) for at in range(len(word)) for letter in LETTERS if letter != word[at]]
    inserted = [
        TextEdit(at, at, letter) for at in range(len(word) + 1) for letter in LETTERS if letter != word[at : at + 1]
    ]
    return {edit for edit in (*deleted, *replaced, *inserted) if apply(word, [edit]) in known}


@given(st.frozensets(words, max_size=40), words)
def test_index_finds_what_enumeration_finds(known: frozenset[str], word: str) -> None:
    found = list(EditDistance1Index(sorted(known)).matches(word, LETTERS, known))
    assert set(found) == enumerated(word, known)
    assert len(found) == len(set(found))


def test_only_known_words_are_found() -> None:
    both = EditDistance1Index(["total", "totals"])
    assert set(both.matches("totalx", "s", {"total", "totals"})) == {TextEdit(5, 6, ""), TextEdit(5, 6, "s")}
    assert list(both.matches("totalx", "s", {"total"})) == [TextEdit(5, 6, "")]
    assert list(both.matches("t" * 30, "s", {"total"})) == []
    assert list(EditDistance1Index([]).matches("total", "s", set())) == []
