"""Word statuses mark known, rare and unknown words, and what would have to change in them."""

from scanproof.correction.fast.tagger import word_statuses

SHARES = {"the": 0.05, "goods": 2e-5, "demurrage": 1e-7}


def max_prob(word: str) -> float:
    return SHARES.get(word.lower(), 0.0)


def statuses(text: str) -> str:
    return "".join(str(each) for each in word_statuses(text, max_prob))


def test_characters_have_their_words_status() -> None:
    assert statuses("The goods, 12") == "1110111110000"
    assert statuses("demurrage") == "2" * 9
    assert statuses("nember") == "3" * 6
    assert statuses("") == ""


def test_tokens_with_digits_are_unknown() -> None:
    assert statuses("g00ds 2019 the") == "3" * 5 + "0" * 6 + "1" * 3


def test_suspect_characters_of_unknown_words() -> None:
    spans = {"tbe": (1, 2), "godds": (1, 3), "goos": (3, 3), "oods": (0, 0), "the": (0, 1)}
    found = word_statuses("tbe godds goos oods the", max_prob, lambda word, rare: None if rare else spans.get(word))
    assert "".join(map(str, found)) == "45404554404454054440111"


def test_suspects_in_rare_words_only() -> None:
    rarities = []

    def suspect_span(word: str, rare: bool) -> tuple[int, int]:
        rarities.append((word, rare))
        return 0, 1

    assert "".join(map(str, word_statuses("the demurrage", max_prob, suspect_span))) == "1110544444444"
    assert rarities == [("demurrage", True)]
