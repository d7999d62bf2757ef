"""The judge chooses among candidates, by paragraph, within the guards; it never invents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.correction.base import CorrectedLine, Unprocessed
from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.fast.candidates import edit_of
from scanproof.correction.fast.corrector import FastCorrector, load_fast
from scanproof.correction.lm import judge_config as config
from scanproof.correction.lm.branches import Gain
from scanproof.correction.lm.judge import CandidateSource, Judged, Selection, chosen
from scanproof.correction.lm.judge_model import JUDGE_FEATURES, load_judge
from scanproof.correction.lm.load import open_lm
from scanproof.correction.lm.wide_candidates import WideCandidates
from scanproof.correction.passages import Passage
from scanproof.edits import TextEdit, apply
from scanproof.errors import PermanentError
from scanproof.language import LanguagePosterior
from tests.unit.correction.adversarial import attacks
from tests.unit.correction.exported import exported
from tests.unit.correction.lm.judging import judge

ENGLISH, FRENCH = LanguagePosterior.certain("en"), LanguagePosterior.certain("fr")
MISREAD = "The crew of tbe steamer went ashore arid saw the modem town."
_NUMBER = re.compile(r"\S*\d\S*")


@pytest.fixture(scope="module")
def fast() -> FastCorrector:
    return load_fast(threads=1)


def test_right_words_are_chosen(fast: FastCorrector) -> None:
    corrector, _ = judge(fast, lambda before, after: 5.0 if after in ("the", "and", "modern") else -5.0)
    [result] = corrector.correct([MISREAD], ENGLISH)
    assert result.text == "The crew of the steamer went ashore and saw the modern town."
    assert {edit.lm_gain for edit in result.edits} == {5.0}
    assert all(edit.probability > 0.99 and edit.corrector == "accurate" for edit in result.edits)


def test_disliked_candidates_stay_out(fast: FastCorrector) -> None:
    corrector, scorer = judge(fast, lambda before, after: -1.0)
    assert corrector.correct([MISREAD], ENGLISH) == [CorrectedLine(MISREAD)]
    assert scorer.given


def test_paragraph_is_one_text(fast: FastCorrector) -> None:
    lines = ["the negotiations were con-", "tinned in the morning"]
    corrector, scorer = judge(fast, lambda before, after: 5.0 if after == "continued" else -5.0)
    results = corrector.correct_paragraphs_until(NO_DEADLINE, [lines], ENGLISH)
    assert scorer.given[0][0] == "the negotiations were continned in the morning"
    assert [result.text for result in results if isinstance(result, CorrectedLine)] == [
        lines[0],
        "tinued in the morning",
    ]


def test_paragraph_is_independent_of_others(fast: FastCorrector) -> None:
    corrector, _ = judge(fast, lambda before, after: 5.0 if after == "the" else -5.0)
    alone = corrector.correct([MISREAD], ENGLISH)
    assert corrector.correct(["tbe end of the day", MISREAD], ENGLISH)[1:] == alone


def test_stricter_profile_needs_more(fast: FastCorrector) -> None:
    opinion = 0.1  # a probability of 0.73
    general, _ = judge(fast, lambda before, after: opinion if after == "the" else -5.0)
    financial, _ = judge(fast, lambda before, after: opinion if after == "the" else -5.0, "financial")
    assert [len(each.correct([MISREAD], ENGLISH)[0].edits) for each in (general, financial)] == [1, 0]


def test_neighbour_is_reconsidered(fast: FastCorrector) -> None:
    """The second word is a close call until the first one is right."""
    corrector, scorer = judge(fast, lambda before, after: 5.0 if after in ("the", "modern") else -5.0)
    certain = scorer.gains

    def gains(text: str, edits: Sequence[TextEdit]) -> list[Gain | None]:
        first = " tbe " in text
        return [
            gain._replace(word=0.0) if gain and first and edit.start > 21 else gain
            for edit, gain in zip(edits, certain(text, edits), strict=True)
        ]

    scorer.gains = gains  # type: ignore[method-assign]
    [result] = corrector.correct(["They came to see tbe modem town of our days."], ENGLISH)
    assert result.text == "They came to see the modern town of our days."
    assert len(scorer.given) == 2


def test_other_languages_stay(fast: FastCorrector) -> None:
    corrector, scorer = judge(fast, lambda before, after: 5.0)
    assert corrector.correct([MISREAD], FRENCH) == [CorrectedLine(MISREAD)]
    assert not scorer.given


def test_late_paragraphs_are_named(fast: FastCorrector) -> None:
    corrector, _ = judge(fast, lambda before, after: -5.0)
    over = Deadline(lambda: -1.0)
    assert corrector.correct_paragraphs_until(over, [["a b", "c d"]], ENGLISH) == [Unprocessed.OUT_OF_TIME] * 2


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("the com pany was sold", "the company was sold"),
        ("the old B inking house", "the old Banking house"),
        ("of the Commis ston was", "of the Commission was"),
        ("they came arid went home", "they came and went home"),
    ],
)
def test_damaged_words_have_candidates(fast: FastCorrector, read: str, meant: str) -> None:
    wide = WideCandidates(fast.analyzer.lexicon, fast.analyzer.error_model, fast.analyzer.vocabularies)
    found = fast.analyzer.analyze(read, ENGLISH, more=wide)
    assert meant in {apply(read, [edit_of(candidate)]) for candidate in found.items}


def test_lost_hyphen_is_restored(fast: FastCorrector) -> None:
    lines = ["He was sent there by the govern", "ment of the day, and was much dis-", "pleased with it."]
    corrector, scorer = judge(fast, lambda before, after: 5.0 if after == "government" else -5.0)
    results = corrector.correct_paragraphs_until(NO_DEADLINE, [lines], ENGLISH)
    assert [result.text for result in results if isinstance(result, CorrectedLine)] == [lines[0] + "-", *lines[1:]]
    assert scorer.given


def test_few_candidates_of_a_word(fast: FastCorrector) -> None:
    selection = CandidateSource(fast.analyzer, fast.reranker).select("tbe hcuse of rnany wlndows arid gardens", ENGLISH)
    assert selection.rows
    assert max(Counter(selection.words).values()) <= config.MAX_OF_WORD


def test_unlikely_candidate_is_no_doubt(fast: FastCorrector) -> None:
    found = fast.analyzer.analyze("", ENGLISH)
    selection = Selection(found, (0, 1, 2), ((0, 3), (0, 3), (4, 9)), (0.3, 0.05, config.DOUBTFUL / 2))
    assert selection.share_doubtful("tbe house") == 1 / (2 + config.USUAL_WORDS)


def test_one_edit_of_a_word_wins() -> None:
    first, second = TextEdit(0, 1, "a", 0.7), TextEdit(2, 3, "b", 0.8)
    other = TextEdit(6, 7, "c", 0.9)
    scored = [Judged(first, 1.0, (0, 5)), Judged(second, 1.0, (0, 5)), Judged(other, 1.0, (6, 9))]
    assert [each.edit for each in chosen(scored)] == [second, other]


def test_known_word_becomes_no_negation(fast: FastCorrector) -> None:
    corrector, _ = judge(fast, lambda before, after: 5.0 if after in ("not", "now") else -5.0)
    lines = ["We will net pay the bill that is now due.", "We will uot pay the bill of last May."]
    results = corrector.correct(lines, ENGLISH)
    assert [result.text for result in results] == [lines[0], "We will not pay the bill of last May."]
    assert {refusal.guard for refusal in results[0].refusals} <= {"negation_changed"}


def test_blank_beside_mark_stays(fast: FastCorrector) -> None:
    corrector, scorer = judge(fast, lambda before, after: 5.0)
    line = "A waiver of tbe Company , you or your agent shall be void."
    [result] = corrector.correct([line], ENGLISH)
    assert scorer.given
    assert "Company ," in result.text
    assert "spacing_kept" in {refusal.guard for refusal in result.refusals}


def test_eager_judge_invents_nothing(fast: FastCorrector) -> None:
    corrector, scorer = judge(fast, lambda before, after: 30.0)
    for attack in attacks(200, seed=3):
        scorer.given.clear()
        [result] = corrector.correct([attack.line], ENGLISH)
        passage = Passage.of([attack.line])
        offered = {
            apply(attack.line, [edit])
            for _, edits in scorer.given
            for candidate in edits
            for _, edit in passage.line_edits(candidate)
        }
        assert all(apply(attack.line, [edit]) in offered for edit in result.edits), attack.kind
        assert _NUMBER.findall(result.text) == _NUMBER.findall(attack.line), attack.kind


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("tbe rnİß’-\u00ad1|«", min_size=1, max_size=60), min_size=1, max_size=3))
def test_any_text_is_survived(fast: FastCorrector, lines: list[str]) -> None:
    corrector, _ = judge(fast, lambda before, after: 30.0)
    paragraph = ["six words at least are here", *lines, "p" * 40]
    results = corrector.correct_paragraphs_until(NO_DEADLINE, [paragraph], ENGLISH)
    assert len(results) == len(paragraph)


def test_capitals_are_no_running_text(fast: FastCorrector) -> None:
    corrector, scorer = judge(fast, lambda before, after: 30.0)
    corrector.correct(["TBE HOUSE OF RNANY WINDOWS AND GARDENS"], ENGLISH)
    assert not scorer.given


def test_tiny_model_judges(fast: FastCorrector, tmp_path: Path) -> None:
    model = open_lm(exported(tmp_path / "tiny", "tiny") / "cpu", threads=1)
    [result] = model.judge(fast).correct([MISREAD], ENGLISH)
    assert all(edit.lm_gain is not None for edit in result.edits)
    model.close()
    with pytest.raises(RuntimeError):
        model.judge(fast)


def test_short_context_is_an_error(fast: FastCorrector, tmp_path: Path) -> None:
    model = open_lm(exported(tmp_path / "tiny", "tiny") / "cpu", context_size=config.MIN_CONTEXT - 1, threads=1)
    with pytest.raises(PermanentError, match="too short to judge"):
        model.judge(fast)


def test_missing_tokenizer_is_an_error(tmp_path: Path) -> None:
    folder = exported(tmp_path / "tiny", "tiny") / "cpu"
    (folder / "tokenizer.json").unlink()
    with pytest.raises(PermanentError, match=r"tokenizer\.json"):
        open_lm(folder, threads=1)


def test_classifier_of_other_features_is_refused(fast: FastCorrector, tmp_path: Path) -> None:
    bundled = load_judge(fast.folder)
    assert bundled.features == JUDGE_FEATURES
    other = bundled.model_copy(update={"features": ("gain",)})
    (tmp_path / "judge.json").write_text(other.model_dump_json())
    with pytest.raises(PermanentError, match="other features"):
        load_judge(tmp_path)
