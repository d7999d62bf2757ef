"""Known words one letter away, found by hashes: the same ones that writing out every change would find."""

from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.fast.channel_model import CharEdit
from scanproof.correction.fast.edit_distance_1 import EditDistance1Index

LETTERS = "abéł"
words = st.text(LETTERS, min_size=1, max_size=7)


def written_out(word: str, known: frozenset[str]) -> set[CharEdit]:
    taken = [(at, at + 1, "") for at in range(len(word)) if word[at + 1 : at + 2] != word[at]]
    changed = [(at, at + 1, letter) for at in range(len(word)) for letter in LETTERS if letter != word[at]]
    put = [(at, at, letter) for at in range(len(word) + 1) for letter in LETTERS if letter != word[at : at + 1]]
    return {
        CharEdit(*char_edit)
        for char_edit in (*taken, *changed, *put)
        if word[: char_edit[0]] + char_edit[2] + word[char_edit[1] :] in known
    }


@given(st.frozensets(words, max_size=40), words)
def test_what_is_found_is_what_writing_out_finds(known: frozenset[str], word: str) -> None:
    found = list(EditDistance1Index(sorted(known)).char_edits(word, LETTERS, known))
    assert set(found) == written_out(word, known)
    assert len(found) == len(set(found))


def test_only_words_that_are_still_known_are_found() -> None:
    both = EditDistance1Index(["total", "totals"])
    assert set(both.char_edits("totalx", "s", {"total", "totals"})) == {(5, 6, ""), (5, 6, "s")}
    assert list(both.char_edits("totalx", "s", {"total"})) == [(5, 6, "")]
    assert list(both.char_edits("t" * 30, "s", {"total"})) == []
    assert list(EditDistance1Index([]).char_edits("total", "s", set())) == []
