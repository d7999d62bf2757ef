"""Which words stand side by side: counted, stored, and told from chance."""

from pathlib import Path

import numpy as np
import pytest

from scanproof.correction.fast.bigrams import FILE_NAME, bigrams_of, code_of, keys_of, load_bigrams, packed
from scanproof.correction.fast.lexicon import Lexicon
from scanproof.correction.fast.model_folder import default_folder
from scanproof.correction.fast.resources import load_resources
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
def test_neighbours_are_known_words_with_little_between_them(text: str, found: list[tuple[str, str]]) -> None:
    assert list(bigrams_of(text, LEXICON)) == [rows(*pair) for pair in found]


def folder_of(pairs: dict[tuple[str, str], int], folder: Path) -> Path:
    counted = sorted((int(keys_of(*np.array([rows(*pair)]).T)[0]), count) for pair, count in pairs.items())
    keys, counts = np.array(counted, np.int64).reshape(-1, 2).T
    nothing = np.empty(0, np.int64), np.empty(0, np.uint8)
    (folder / FILE_NAME).write_bytes(packed({"en": (keys, code_of(counts)), "de": nothing}, len(LEXICON)))
    return folder


def test_a_pair_met_more_often_than_by_chance_ties_and_one_expected_but_not_met_parts(tmp_path: Path) -> None:
    pairs = load_bigrams(folder_of({("the", "end"): 80, ("of", "the"): 1_000}, tmp_path), len(LEXICON))
    tie, parted, unknown = pairs.pmi([rows("the", "end"), rows("the", "of"), rows("don", "t")], LEXICON, ENGLISH)
    assert tie > 0
    assert parted < -1
    assert -0.2 < unknown < 0  # of so rare words no pair was to be expected
    assert pairs.pmi([rows("the", "end")], LEXICON, GERMAN) == pytest.approx([0.0])
    assert pairs.pmi([], LEXICON, ENGLISH).shape == (0,)


def test_counts_survive_the_file_to_an_eighth_of_a_doubling(tmp_path: Path) -> None:
    seen: list[float] = []
    load_bigrams(folder_of({("the", "end"): 80, ("of", "the"): 1_000}, tmp_path), len(LEXICON)).where(
        lambda counts: seen.extend(counts.tolist()) or counts > 0
    )
    assert sorted(seen) == pytest.approx([80, 1_000], rel=0.1)


def test_pairs_can_be_left_out(tmp_path: Path) -> None:
    pairs = load_bigrams(folder_of({("the", "end"): 80, ("of", "the"): 1_000}, tmp_path), len(LEXICON))
    fewer = pairs.where(lambda counts: counts > 100)
    both = [rows("the", "end"), rows("of", "the")]
    assert fewer.pmi(both, LEXICON, ENGLISH)[0] < pairs.pmi(both, LEXICON, ENGLISH)[0]
    assert fewer.pmi(both, LEXICON, ENGLISH)[1] == pairs.pmi(both, LEXICON, ENGLISH)[1]


@pytest.mark.parametrize("content", [None, b"", b"PK no archive"])
def test_a_folder_without_readable_pairs_says_so(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(PermanentError, match=r"bigrams\.npz"):
        load_bigrams(tmp_path, len(LEXICON))


def test_pairs_of_other_words_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="8 are known"):
        load_bigrams(folder_of({("the", "end"): 80}, tmp_path), 8)


def test_the_bundled_pairs_are_of_the_bundled_words() -> None:
    known = load_resources(default_folder())
    posterior = known.lexicon.posterior("the end of the day")
    good, odd = known.bigrams.pmi(
        [*bigrams_of("of the", known.lexicon), *bigrams_of("the of", known.lexicon)], known.lexicon, posterior
    )
    assert good > 0.3
    assert odd < -0.3
