"""What is a word decides between labels that the tagger finds equally likely, and nothing else."""

import lzma
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from scanproof.correcting.fast.lexicon import FILE_NAME, Lexicon, load_lexicon
from scanproof.correcting.fast.tagger import Tags
from scanproof.correcting.fast.weighing import tags_of
from scanproof.errors import PermanentError

LABELS = ("K", "A:i", "A:o", "R:0")


@dataclass
class _Undecided:
    """Doubts one place of every text, and finds "i" and "o" equally likely there."""

    place: int
    keep: float
    labels = LABELS

    def knows(self, character: str) -> bool:
        return character != "§"

    def tag(self, text: str) -> Tags:
        count = len(text) + 1
        likely = np.tile(np.arange(len(LABELS)), (count, 1))
        probability = np.tile(np.asarray([1.0, 0.0, 0.0, 0.0], np.float32), (count, 1))
        rest = (1 - self.keep) / 3
        probability[self.place] = [self.keep, rest, rest, rest]
        doubt = 1 - probability[:, 0]
        return Tags(0, probability.argmax(-1), probability.max(-1), doubt, likely, probability)


def chosen(text: str, place: int, lexicon: Lexicon, keep: float = 0.1) -> tuple[str, float, float]:
    tags = tags_of(text, _Undecided(place, keep), lexicon)  # type: ignore[arg-type]
    return LABELS[tags.labels[place]], float(tags.probability[place]), float(tags.doubt[place])


def test_the_label_that_makes_a_word_is_taken() -> None:
    label, probability, doubt = chosen("a Smple text", 3, Lexicon({"simple": 1000}))
    assert label == "A:i"
    assert probability > 0.7
    assert doubt > 0.9


def test_a_known_word_is_doubted_less() -> None:
    unknown = chosen("smple", 1, Lexicon({}))
    known = chosen("smple", 1, Lexicon({"smple": 1000}))
    assert known[2] < unknown[2]
    assert known[0] == "K"


def test_where_the_tagger_is_sure_no_word_matters() -> None:
    assert chosen("smple", 1, Lexicon({"simple": 10**6}), keep=0.9) == ("K", pytest.approx(0.9), pytest.approx(0.1))


def test_characters_outside_the_alphabet_are_left_to_the_tagger() -> None:
    assert chosen("§mple", 1, Lexicon({"simple": 10**6}))[1] == pytest.approx(0.3)


@pytest.mark.parametrize("text", ["1O1", "123", "", "..."])
def test_no_weight_without_a_word(text: str) -> None:
    assert Lexicon({"o": 5000}).weight(text) == 1.0


def test_the_rarest_word_counts() -> None:
    lexicon = Lexicon({"of": 5000, "the": 5000, "th": 1})
    assert lexicon.weight("of the") > lexicon.weight("of th") > lexicon.weight("of thx") == 1.0


def test_words_are_read_back(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(lzma.compress("größe 3\nthe 12\n".encode()))
    assert load_lexicon(tmp_path).weight("Größe") == Lexicon({"größe": 3}).weight("GRÖSSE".replace("SS", "ß"))


@pytest.mark.parametrize("content", [b"", b"no xz", lzma.compress(b"word without count\n")])
def test_an_ill_formed_lexicon_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(PermanentError) as refused:
        load_lexicon(tmp_path)
    assert refused.value.code == "lexicon_invalid"
