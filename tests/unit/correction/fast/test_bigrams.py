"""Bigram counts survive the file, and PMI tells frequent pairs from chance."""

from pathlib import Path

import numpy as np
import pytest

from model_training.bigrams import encoded, packed
from scanproof.correction.fast.lexicon import BigramModel, Lexicon, bigrams_of, keys_of
from scanproof.correction.fast.model_folder import BIGRAMS_FILE, default_folder, load_bigrams, load_resources
from scanproof.errors import PermanentError

LEXICON = Lexicon({"en": {"the": 6_000, "end": 90, "of": 3_000, "don": 30, "t": 40}, "de": {"das": 500, "ende": 90}})
ENGLISH, GERMAN = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)


def rows(*words: str) -> tuple[int, ...]:
    return tuple(row for word in words if (row := LEXICON.row(word)) is not None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The end of", [("the", "end"), ("end", "of")]),
        ("the, end. of", [("the", "end"), ("end", "of")]),
        ("don't", [("don", "t")]),
        ("the 12 end", []),
        ("the qqq end", []),
        ("the      end", []),
        ("", []),
    ],
)
def test_bigrams_are_adjacent_known_words(text: str, found: list[tuple[str, str]]) -> None:
    assert list(bigrams_of(text, LEXICON)) == [rows(*pair) for pair in found]


def folder_of(pairs: dict[tuple[str, str], int], folder: Path) -> Path:
    counted = sorted((int(keys_of(*np.array([rows(*pair)]).T)[0]), count) for pair, count in pairs.items())
    keys, counts = np.array(counted, np.int64).reshape(-1, 2).T
    nothing = np.empty(0, np.int64), np.empty(0, np.uint8)
    (folder / BIGRAMS_FILE).write_bytes(packed({"en": (keys, encoded(counts)), "de": nothing}, len(LEXICON)))
    return folder


def test_pmi_compares_with_chance(tmp_path: Path) -> None:
    bigrams = load_bigrams(folder_of({("the", "end"): 80, ("of", "the"): 1_000}, tmp_path), len(LEXICON))
    frequent, missing, unknown = bigrams.pmi(
        [rows("the", "end"), rows("the", "of"), rows("don", "t")], LEXICON, ENGLISH
    )
    assert frequent > 0
    assert missing < -1
    assert -0.2 < unknown < 0  # no pair of such rare words is expected
    assert bigrams.pmi([rows("the", "end")], LEXICON, GERMAN) == pytest.approx([0.0])
    assert bigrams.pmi([], LEXICON, ENGLISH).shape == (0,)


def test_counts_survive_the_file(tmp_path: Path) -> None:
    bigrams = load_bigrams(folder_of({("the", "end"): 80, ("of", "the"): 1_000}, tmp_path), len(LEXICON))
    _, counts = bigrams.tables["en"]
    assert sorted(counts.tolist()) == pytest.approx([80, 1_000], rel=0.1)  # an eighth of a doubling


def test_missing_pair_lowers_its_pmi_only(tmp_path: Path) -> None:
    bigrams = load_bigrams(folder_of({("the", "end"): 80, ("of", "the"): 1_000}, tmp_path), len(LEXICON))
    keys, counts = bigrams.tables["en"]
    fewer = BigramModel({**bigrams.tables, "en": (keys[counts > 100], counts[counts > 100])})
    both = [rows("the", "end"), rows("of", "the")]
    assert fewer.pmi(both, LEXICON, ENGLISH)[0] < bigrams.pmi(both, LEXICON, ENGLISH)[0]
    assert fewer.pmi(both, LEXICON, ENGLISH)[1] == bigrams.pmi(both, LEXICON, ENGLISH)[1]


@pytest.mark.parametrize("content", [None, b"", b"PK no archive"])
def test_unreadable_bigrams_are_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / BIGRAMS_FILE).write_bytes(content)
    with pytest.raises(PermanentError, match=r"bigrams\.npz"):
        load_bigrams(tmp_path, len(LEXICON))


def test_bigrams_of_other_lexicon_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="8 are known"):
        load_bigrams(folder_of({("the", "end"): 80}, tmp_path), 8)


def test_bundled_bigrams_match_bundled_lexicon() -> None:
    resources = load_resources(default_folder())
    lexicon = resources.lexicon
    good, odd = resources.bigrams.pmi(
        [*bigrams_of("of the", lexicon), *bigrams_of("the of", lexicon)],
        lexicon,
        lexicon.posterior("the end of the day"),
    )
    assert good > 0.3
    assert odd < -0.3
