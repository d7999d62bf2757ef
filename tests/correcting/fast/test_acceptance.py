"""How an edit is weighed: what speaks for it counts for it, and a calibration of other evidence is refused."""

from pathlib import Path

import numpy as np
import pytest

from scanproof.correcting.fast.acceptance import FILE_NAME, GENERAL, Acceptance, load_acceptance
from scanproof.correcting.fast.evidence import NAMES, evidence_of
from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.lexicon import Lexicon
from scanproof.correcting.fast.proposals import Candidate
from scanproof.correcting.fast.tagger import Tags
from scanproof.correcting.guards import ProposedEdit
from scanproof.errors import PermanentError

LEXICON = Lexicon({"the": 5000, "paid": 40})


def evidence(text: str, edit: ProposedEdit, doubts: dict[int, float]) -> dict[str, float]:
    size = len(text) + 1
    doubt = np.zeros(size, np.float32)
    for place, value in doubts.items():
        doubt[place] = value
    tags = Tags(0, np.zeros(size, np.int64), np.ones(size, np.float32), doubt, np.zeros((size, 1)), np.zeros((size, 1)))
    candidate = Candidate(edit, EditKind.LETTERS, 0.9)
    (row,) = evidence_of(text, tags, [candidate], LEXICON)
    return dict(zip(NAMES, row.tolist(), strict=True))


def acceptance(**weights: float) -> Acceptance:
    row = tuple(weights.get(name, 0.0) for name in NAMES)
    return Acceptance(model_version="x", evidence=NAMES, weights={EditKind.LETTERS: row}, least={GENERAL: 0.6})


def test_words_are_looked_up_before_and_after_the_edit() -> None:
    seen = evidence("tbe bill", ProposedEdit(1, 2, "h", 0.8), {2: 0.9})
    assert (seen["before_known"], seen["after_known"]) == (0.0, 1.0)
    assert 0.5 < seen["after_common"] < 1.0


def test_a_split_is_judged_by_both_words() -> None:
    assert evidence("thepaid", ProposedEdit(3, 3, " ", 0.8), {})["after_known"] == 1.0
    assert evidence("thexpaid", ProposedEdit(4, 4, " ", 0.8), {})["after_known"] == 0.0


def test_noise_is_what_is_doubted_elsewhere_in_the_line() -> None:
    edit = ProposedEdit(1, 2, "h", 0.8)
    alone = evidence("tbe bill is due", edit, {2: 0.9})
    among_others = evidence("tbe bill is due", edit, {2: 0.9, 6: 0.7, 11: 0.8})
    assert among_others["noise"] > alone["noise"]
    assert alone["noise"] == pytest.approx(evidence("tbe bill is due", edit, {2: 0.1})["noise"])


def test_capitals_and_digits_are_shares_of_the_line() -> None:
    seen = evidence("TBE 1234", ProposedEdit(1, 2, "H", 0.8), {})
    assert (seen["capitals"], seen["word_in_capitals"]) == (1.0, 1.0)
    assert seen["digits"] == pytest.approx(4 / 7)


def test_the_probability_rises_with_what_speaks_for_the_edit() -> None:
    fitted = acceptance(doubt=1.0)
    row = np.zeros(len(NAMES))
    assert fitted.probability(EditKind.LETTERS, row) == 0.5
    row[NAMES.index("doubt")] = 2.0
    assert fitted.probability(EditKind.LETTERS, row) > 0.85


def test_a_kind_that_was_never_seen_is_never_made() -> None:
    assert acceptance().probability(EditKind.BLANK, np.ones(len(NAMES))) == 0.0


def test_an_unknown_profile_is_the_general_one() -> None:
    assert acceptance().least_for("no such profile") == 0.6


def test_a_calibration_of_other_evidence_is_refused(tmp_path: Path) -> None:
    good = acceptance().model_dump(mode="json")
    for spoilt in (good | {"evidence": ["one"]}, good | {"least": {}}, good | {"weights": {"letters": [1.0]}}):
        (tmp_path / FILE_NAME).write_text(str(spoilt).replace("'", '"'))
        with pytest.raises(PermanentError) as refused:
            load_acceptance(tmp_path)
        assert refused.value.code == "calibration_invalid"
