"""SmolLM2-135M-Instruct judges candidates: misread lines become better and none worse.

Skipped where the model's package is not installed (model_export/requirements-smollm2.txt).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from scanproof.correction.base import CorrectedLine
from scanproof.correction.deadline import NO_DEADLINE
from scanproof.correction.fast.corrector import load_fast
from scanproof.correction.lm.load import open_lm
from scanproof.language import LanguagePosterior

real = pytest.importorskip("tests.export.test_real_weights", reason="needs the export environment")

pytestmark = real.pytestmark
exported = real.exported
ENGLISH = LanguagePosterior.certain("en")
MISREAD = """\
The storm broke over the harbour shortly alter midnight, arid by
dawn the quay was strewn with the wreckage of half a dozcn fish-
ing boats. No lives were lost, hut the owners put the damage at
more than they can hope to recover before the end of tbe season.
Thc mayor has called a meeting for Thursday to consider what cau
be done to assist the men, and a subscnption list was opened.
The new school in Mill Lane was opened by the bishop on Monday
in the presence of a large nurnber of parents. The building is of
brick, with a slate roof, aud stands on the site of thc old mar-
ket hall. It has room lor three hundred children and a garden in
which each class is to keep its own bed of llowers.
At the police court yesterday a carter named Webb was fined for
leaving his horse unattended in the main strect while he took his
dinner at an inn. He said that the animal had never run away he-
fore, and that he had only meant to be gone a few rninutes.
The annual show of the garden society was held in fine weathcr.
There were more entries than in any year since the society was
founded, and the judges said that the roses were of uncomrnon
beauty. In the cvening the band played on the lawn until dusk,
when the prizes were handed out by the wife of the president."""
TRUTH = """\
The storm broke over the harbour shortly after midnight, and by
dawn the quay was strewn with the wreckage of half a dozen fish-
ing boats. No lives were lost, but the owners put the damage at
more than they can hope to recover before the end of the season.
The mayor has called a meeting for Thursday to consider what can
be done to assist the men, and a subscription list was opened.
The new school in Mill Lane was opened by the bishop on Monday
in the presence of a large number of parents. The building is of
brick, with a slate roof, and stands on the site of the old mar-
ket hall. It has room for three hundred children and a garden in
which each class is to keep its own bed of flowers.
At the police court yesterday a carter named Webb was fined for
leaving his horse unattended in the main street while he took his
dinner at an inn. He said that the animal had never run away be-
fore, and that he had only meant to be gone a few minutes.
The annual show of the garden society was held in fine weather.
There were more entries than in any year since the society was
founded, and the judges said that the roses were of uncommon
beauty. In the evening the band played on the lawn until dusk,
when the prizes were handed out by the wife of the president."""


def test_judge_makes_lines_better(exported: Path) -> None:
    fast, judge = load_fast(threads=1), open_lm(exported, threads=1)
    before = [result.text for result in fast.correct(MISREAD.split("\n"), ENGLISH)]
    results = judge.judge(fast).correct_paragraphs_until(NO_DEADLINE, [before], ENGLISH)
    after = [result.text for result in results if isinstance(result, CorrectedLine)]
    gains = [
        Levenshtein.distance(old, truth) - Levenshtein.distance(new, truth)
        for old, new, truth in zip(before, after, TRUTH.split("\n"), strict=True)
    ]
    assert min(gains) >= 0
    assert sum(gains) > 0


def test_paragraph_is_independent_of_batch(exported: Path) -> None:
    judge = open_lm(exported, threads=1).judge(load_fast(threads=1))
    lines = MISREAD.split("\n")[:6]
    assert judge.correct(lines, ENGLISH) == [judge.correct([line], ENGLISH)[0] for line in lines]
