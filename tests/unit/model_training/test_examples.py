"""Training batches are reproducible, have true labels, and none for what is undecidable."""

import lzma
from pathlib import Path
from random import Random

import numpy as np
import pytest

from model_training.alphabet import ALPHABET
from model_training.corpus import MAX_LINE, cut_line, load_corpus
from model_training.examples import IGNORED, WINDOW, Examples, Vocabulary
from model_training.label_set import label_names
from model_training.labels import apply_labels
from model_training.lexicon import RandomlyThinnedStatuses
from model_training.noise import Noise
from model_training.real_pairs import Pair
from scanproof.correction.confusions import ErrorModel
from scanproof.correction.fast.lexicon import Lexicon
from scanproof.correction.fast.tagger import WordStatus

PARAGRAPHS = [f"This is paragraph number {n} of a text, and long enough to be cut in many places." for n in range(400)]


class _BusinessLines:
    def line(self, rng: Random) -> str:
        return f"Invoice No: {rng.randrange(100_000)}"

    def terse_line(self, rng: Random) -> str:
        return f"CHKN BRST {rng.randrange(9)}PK"

    def terms(self, rng: Random) -> str:
        return "release fee"

    def entry(self, words: str, rng: Random) -> str:
        return f"{rng.randrange(60)} {words.title()}"


class _NoisyHalf(Noise):
    def __call__(self, line: str, language: str, rng: Random) -> str:
        return line.replace("is", "1s") if rng.random() < 0.5 else line


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("text")
    (folder / "en_made.txt.xz").write_bytes(lzma.compress("\n".join(PARAGRAPHS).encode()))
    return folder


@pytest.fixture(scope="module")
def examples(text: Path) -> Examples:
    characters = {character: place + 3 for place, character in enumerate(ALPHABET)}
    labels = {name: place for place, name in enumerate(label_names())}
    vocabulary = Vocabulary(characters, labels, first=2, unknown=1, padding=0)
    real = [Pair("en", "tbe year 1871", "the year 1877", measured=True)]
    business = {"en": _BusinessLines()}
    lexicon = Lexicon({"en": {"the": 50_000, "year": 5_000, "is": 20_000, "made": 2}})
    statuses = RandomlyThinnedStatuses(lexicon, ErrorModel({}))
    return Examples(load_corpus(text), business, real, _NoisyHalf({}), vocabulary, statuses, 5, 8, {"en": 1.0})  # type: ignore[arg-type]


def test_rounds_are_reproducible(examples: Examples) -> None:
    for one, same in zip(examples.round(3), examples.round(3), strict=True):
        assert np.array_equal(one.inputs, same.inputs)
        assert np.array_equal(one.statuses, same.statuses)
        assert np.array_equal(one.targets, same.targets)


def test_workers_share_rounds(examples: Examples) -> None:
    first, second = examples.batches(0, 2), examples.batches(1, 2)
    mine = [next(first).inputs.tolist() for _ in range(16)]
    others = [next(second).inputs.tolist() for _ in range(8)]
    assert mine[:8] == [batch.inputs.tolist() for batch in examples.round(0)]
    assert mine[8:] == [batch.inputs.tolist() for batch in examples.round(2)]
    assert others == [batch.inputs.tolist() for batch in examples.round(1)]


def test_some_lines_have_no_statuses(examples: Examples) -> None:
    lines = [statuses[statuses > 0] for batch in examples.round(1) for statuses in batch.statuses]
    assert 0 < sum(len(line) == 0 for line in lines) < len(lines) / 2
    assert {int(status) for line in lines for status in line} == {WordStatus.COMMON, WordStatus.UNKNOWN}


def test_known_language_makes_foreign_words_rare() -> None:
    lexicon = Lexicon({"en": {"the": 900_000, "dat": 1}, "nl": {"de": 900_000, "dat": 9_000}})
    thinned = RandomlyThinnedStatuses(lexicon, ErrorModel({}))
    assert thinned.word_statuses("dat", Random(1))[0] == WordStatus.COMMON
    assert thinned.word_statuses("dat", Random(1), "nl")[0] == WordStatus.COMMON
    assert thinned.word_statuses("dat", Random(1), "en")[0] == WordStatus.RARE


def test_batches_fit_window_with_true_labels(examples: Examples) -> None:
    names = label_names()
    characters = {place: character for character, place in examples.vocabulary.characters.items()}
    for batch in examples.round(0):
        assert batch.inputs.shape == batch.targets.shape == batch.statuses.shape
        assert batch.inputs.shape[1] <= WINDOW
        for ids, labels in zip(batch.inputs, batch.targets, strict=True):
            length = int((ids != batch.padding).sum())
            assert (labels[length:] == IGNORED).all()
            if (labels[:length] == IGNORED).any():
                continue
            ocr = "".join(characters[place] for place in ids[1:length])
            truth = apply_labels(ocr, [names[label] for label in labels[:length]])
            assert "1s" not in truth


def test_misread_digits_are_not_learned(examples: Examples) -> None:
    ids, statuses, labels = examples._encoded(examples.real[0])
    named = [None if label == IGNORED else label_names()[label] for label in labels]
    assert len(ids) == len(statuses) == len(labels)
    assert named == ["K", "K", "R:h", *["K"] * 7, *[None] * 4]


def test_labels_are_unique() -> None:
    names = label_names()
    assert names[0] == "K"
    assert len(set(names)) == len(names)


def test_held_out_paragraphs_stay_out(text: Path) -> None:
    kept = {paragraph for _, paragraphs in load_corpus(text, held_out=True).sources["en"] for paragraph in paragraphs}
    trained = {paragraph for _, paragraphs in load_corpus(text).sources["en"] for paragraph in paragraphs}
    assert not kept & trained
    assert kept | trained == set(PARAGRAPHS)


def test_lines_consist_of_whole_words() -> None:
    words = PARAGRAPHS[0].split()
    for seed in range(100):
        line = cut_line(PARAGRAPHS[0], Random(seed))
        assert len(line) <= MAX_LINE
        assert line in PARAGRAPHS[0]
        assert set(line.split()) <= set(words)


def test_folder_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no"):
        load_corpus(tmp_path)


def test_common_words_have_similar_counts(text: Path) -> None:
    around = load_corpus(text).around_words["en"]
    assert all(10 <= len(lines) <= 24 for lines in around)
    assert any(all("paragraph" in line for line in lines) for lines in around)
    assert all(len(line) <= MAX_LINE for lines in around for line in lines)
