"""What the tagger is told of words: known ones, rare ones, and those that nobody ever wrote."""

from scanproof.correction.fast.tagger import Tagger
from scanproof.correction.fast.word_status import WordStatus, word_statuses

SHARES = {"the": 0.05, "goods": 2e-5, "demurrage": 1e-7}


def share(word: str) -> float:
    return SHARES.get(word.lower(), 0.0)


def told(text: str) -> str:
    return "".join(str(each) for each in word_statuses(text, share))


def test_each_character_has_what_is_known_of_its_word() -> None:
    assert told("The goods, 12") == "1110111110000"
    assert told("demurrage") == "2" * 9
    assert told("nember") == "3" * 6
    assert told("") == ""


def test_what_mixes_letters_and_digits_is_no_word() -> None:
    assert told("g00ds 2019 the") == "3" * 5 + "0" * 6 + "1" * 3


def test_what_holds_an_l_read_as_a_capital_i_is_no_word() -> None:
    assert word_statuses("bilI BILI", lambda word: 1e-3) == [3] * 4 + [0] + [1] * 4


def test_in_an_unknown_word_it_is_told_what_would_make_it_a_known_one() -> None:
    char_edits = {"tbe": (1, 2), "godds": (1, 3), "goos": (3, 3), "oods": (0, 0), "the": (0, 1)}
    told = word_statuses("tbe godds goos oods the", share, lambda word, rare: None if rare else char_edits.get(word))
    assert "".join(map(str, told)) == "45404554404454054440111"


def test_of_a_rare_word_it_is_told_too_of_a_common_one_it_is_not() -> None:
    rarities = []

    def char_edit(word: str, rare: bool) -> tuple[int, int]:
        rarities.append((word, rare))
        return 0, 1

    assert "".join(map(str, word_statuses("the demurrage", share, char_edit))) == "1110544444444"
    assert rarities == [("demurrage", True)]


def test_the_tagger_takes_it_or_does_without(tagger: Tagger) -> None:
    text = "The goods " * 30
    for char_edit in (lambda word, rare: None, lambda word, rare: (0, 1)):
        told = word_statuses(text + "gods", share, char_edit)
        assert tagger.tag(text + "gods", told).logs.shape == tagger.tag(text + "gods").logs.shape
    assert WordStatus.UNSPECIFIED == 0
