"""What the tagger is told of words: known ones, rare ones, and those that nobody ever wrote."""

from scanproof.correcting.fast.familiarity import Familiarity, familiarity
from scanproof.correcting.fast.tagger import Tagger

SHARES = {"the": 0.05, "goods": 2e-5, "demurrage": 1e-7}


def share(word: str) -> float:
    return SHARES.get(word.lower(), 0.0)


def told(text: str) -> str:
    return "".join(str(each) for each in familiarity(text, share))


def test_each_character_has_what_is_known_of_its_word() -> None:
    assert told("The goods, 12") == "1110111110000"
    assert told("demurrage") == "2" * 9
    assert told("nember") == "3" * 6
    assert told("") == ""


def test_what_mixes_letters_and_digits_is_no_word() -> None:
    assert told("g00ds 2019 the") == "3" * 5 + "0" * 6 + "1" * 3


def test_the_tagger_takes_it_or_does_without(tagger: Tagger) -> None:
    text = "The goods " * 30
    assert tagger.tag(text, familiarity(text, share)).logs.shape == tagger.tag(text).logs.shape
    assert Familiarity.UNTOLD == 0
