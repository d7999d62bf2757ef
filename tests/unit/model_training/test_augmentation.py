"""Augmented readings keep some of their errors, and their truth does not change."""

from random import Random

from rapidfuzz.distance import Levenshtein

from model_training.augmentation import varied
from model_training.noise import Noise
from model_training.real_pairs import Pair

READ = Pair("en", "tbe qnick hrown fox jnmps 0ver", "the quick brown fox jumps over", measured=True)


class _Untouched(Noise):
    def __call__(self, line: str, language: str, rng: Random) -> str:
        return line


class _Dotted(Noise):
    def __call__(self, line: str, language: str, rng: Random) -> str:
        return line + "."


def test_errors_are_corrected_at_random() -> None:
    varieties = [varied(READ, _Untouched({}), Random(seed)) for seed in range(400)]
    assert {pair.truth for pair in varieties} == {READ.truth}
    assert all(pair.measured for pair in varieties)
    distances = {Levenshtein.distance(pair.ocr, READ.truth) for pair in varieties}
    assert distances == set(range(6))
    assert len({pair.ocr for pair in varieties}) > 20
    assert 0.4 < sum(pair == READ for pair in varieties) / len(varieties) < 0.7


def test_noise_is_added() -> None:
    varieties = [varied(READ, _Dotted({}), Random(seed)) for seed in range(400)]
    assert 0.2 < sum(pair.ocr.endswith(".") for pair in varieties) / len(varieties) < 0.45
    assert {pair.truth for pair in varieties} == {READ.truth}
