"""A judge over the bundled fast corrector's candidates whose opinions are scripted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scanproof.correction.fast.corrector import FastCorrector
from scanproof.correction.lm.branches import Gain
from scanproof.correction.lm.judge import CandidateSource, JudgeCorrector
from scanproof.correction.lm.judge_model import JUDGE_FEATURES, JudgeModel
from scanproof.correction.profiles import load_profile
from scanproof.edits import TextEdit, apply, words_around

Opinion = Callable[[str, str], float]  # of the words before and after an edit: its gain


class Scripted:
    """A scorer with an opinion on words; records what it is given."""

    def __init__(self, opinion: Opinion) -> None:
        self._opinion = opinion
        self.given: list[tuple[str, tuple[TextEdit, ...]]] = []

    def gains(self, text: str, edits: Sequence[TextEdit]) -> list[Gain | None]:
        self.given.append((text, tuple(edits)))
        return [self._gain(text, edit) for edit in edits]

    def _gain(self, text: str, edit: TextEdit) -> Gain:
        start, end = words_around(text, edit.start, edit.end)
        return Gain(self._opinion(text[start:end], apply(text, [edit], start, end)), 0.0)


def by_gain() -> JudgeModel:
    """Says that an edit is right where its gain is positive."""
    weights = [0.01 if name == "lm_gain_word" else 0.0 for name in JUDGE_FEATURES]
    count = len(weights)
    return JudgeModel(
        model_version="test",
        features=JUDGE_FEATURES,
        means=(0.0,) * count,
        scales=(1.0,) * count,
        hidden=((*weights, 0.0),),
        output=(1000.0, 0.0),  # ten times the gain, where tanh is straight
        threshold=0.6,
        noisy_threshold=0.6,
        stricter={"financial": 0.01},
    )


def judge(fast: FastCorrector, opinion: Opinion, profile: str = "general") -> tuple[JudgeCorrector, Scripted]:
    """A judge with that opinion, and its scorer."""
    scorer = Scripted(opinion)
    source = CandidateSource(fast.analyzer, fast.reranker)
    return JudgeCorrector("model", "weights", scorer, source, by_gain(), load_profile(profile)), scorer
