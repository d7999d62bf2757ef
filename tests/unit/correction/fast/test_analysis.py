"""Candidates of a line, their features and scores, and the choice: with a small lexicon and the bundled tagger."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_training.calibrate_image import unfitted
from scanproof.correction.fast import config
from scanproof.correction.fast.candidates import Candidate, _distinct, candidates, is_decidable
from scanproof.correction.fast.corrector import Candidates, LineAnalyzer, ruled_out
from scanproof.correction.fast.features import affected_words, features, kind_of_candidate
from scanproof.correction.fast.lexical_candidates import LexicalCandidates
from scanproof.correction.fast.lexicon import UNSEEN, Lexicon
from scanproof.correction.fast.reranker import (
    FEATURES,
    FILE_NAME,
    GENERAL,
    IMAGE,
    IMAGE_FEATURES,
    EditKind,
    FeatureMatrix,
    Reranker,
    Risk,
    is_low_resource,
    is_noisy,
    load_reranker,
    risk_of,
)
from scanproof.correction.fast.tagger import KEEP, Tagger, Tags
from scanproof.errors import PermanentError
from tests.unit.correction.fast.words import ERROR_MODEL, LEXICON, RESOURCES


def kinds(text: str, found: Sequence[Candidate]) -> list[EditKind]:
    return [kind_of_candidate(text, candidate) for candidate in found]


def rows(text: str, *found: Candidate) -> list[dict[str, float]]:
    logs = np.full((len(text) + 1, 2), -0.1, np.float32)
    posterior = LEXICON.posterior(text)
    words = affected_words(text, found, LEXICON, posterior)
    matrix = features(text, Tags(logs, 0), found, words, kinds(text, found), RESOURCES, posterior)
    return [dict(zip(FEATURES, row.tolist(), strict=True)) for row in matrix]


def test_word_features_before_and_after() -> None:
    [row] = rows("paynent is due", Candidate(3, 4, "m", -6.0, -0.1, from_argmax=False))
    assert (row["before"], row["known_after"], row["kind_letters"]) == (UNSEEN, 1.0, 1.0)
    assert row["gain"] == pytest.approx(row["after"] - row["before"])
    assert row["error_rate"] == pytest.approx(-2.9)


def test_other_argmax_changes_in_word_count() -> None:
    first = Candidate(1, 2, "a", -0.1, -3.0, from_argmax=True)
    second = Candidate(3, 4, "m", -0.1, -3.0, from_argmax=True)
    assert [row["known_after"] for row in rows("p4ynent", first, second)] == [1.0, 1.0]


def test_rival_margin_favours_better_candidate() -> None:
    right = Candidate(1, 1, "i", -1.0, -1.0, from_argmax=False)
    wrong = Candidate(1, 1, "a", -1.0, -1.0, from_argmax=False)
    better, worse = rows("smple", right, wrong)
    assert better["rival"] == pytest.approx(-worse["rival"])
    assert better["rival"] > 0


def test_features_show_running_sentence() -> None:
    stop = Candidate(7, 8, ",", -1.0, -1.0, from_argmax=True)
    found = [rows(text, stop)[0] for text in ("payment. received", "payment. Received")]
    assert [row["goes_on_after"] for row in found] == [1.0, 0.0]
    capitals = Candidate(5, 6, "s", -1.0, -1.0, from_argmax=True), Candidate(4, 5, "s", -1.0, -1.0, from_argmax=True)
    found = [rows(text, change)[0] for text, change in zip(("the. Smple", "the Smple"), capitals, strict=True)]
    assert [row["goes_on_before"] for row in found] == [0.0, 1.0]


def test_undoubled_letter_is_a_feature() -> None:
    assert rows("paymment", Candidate(4, 5, "", -1.0, -1.0, from_argmax=True))[0]["undoubled"] == 1.0
    assert rows("paymxent", Candidate(4, 5, "", -1.0, -1.0, from_argmax=True))[0]["undoubled"] == 0.0


def test_word_doubt_is_highest_doubt() -> None:
    text, found = "paynent is", [Candidate(0, 1, "q", -6.0, -0.1, from_argmax=False)]
    logs = np.full((len(text) + 1, 2), np.log(0.5), np.float32)
    logs[:, 0] = np.log(0.999)
    posterior = LEXICON.posterior(text)
    words = affected_words(text, found, LEXICON, posterior)
    column = FEATURES.index("word_doubt")
    sure = features(text, Tags(logs, 0), found, words, kinds(text, found), RESOURCES, posterior)[0, column]
    logs[4, 0] = np.log(0.5)
    doubtful = features(text, Tags(logs, 0), found, words, kinds(text, found), RESOURCES, posterior)[0, column]
    assert (round(float(sure), 2), round(float(doubtful), 2)) == (-3.0, -0.3)


def reranker(**weights: float) -> Reranker:
    hidden = tuple(weights.get(name, 0.0) for name in FEATURES)
    return Reranker(
        model_version="x",
        features=FEATURES,
        means=(0.0,) * len(FEATURES),
        scales=(1.0,) * len(FEATURES),
        hidden=((*hidden, 0.0),),
        output=(4.0, 0.0),
        thresholds={Risk.LOOKALIKE: 0.5, Risk.SPELLING: 0.6, Risk.SPACING: 0.75, Risk.MARKS: 0.75},
        noisy_spelling=0.5,
        stricter={"financial": 0.5},
        image=unfitted(),
    )


def test_probability_rises_with_features() -> None:
    row = np.zeros((2, len(FEATURES)), np.float32)
    row[1, FEATURES.index("gain")] = 2.0
    none, some = reranker(gain=0.5).probabilities(row)
    assert none == 0.5
    assert some > 0.9


def test_profile_raises_thresholds() -> None:
    fitted = reranker()
    assert fitted.threshold(Risk.SPELLING, GENERAL) == pytest.approx(0.6)
    assert fitted.threshold(Risk.SPELLING, "financial") == pytest.approx(0.8)


def test_noisy_lines_need_less() -> None:
    fitted = reranker()
    assert fitted.threshold(Risk.SPELLING, GENERAL, is_noisy=True) == 0.5
    assert fitted.threshold(Risk.SPACING, GENERAL, is_noisy=True) == 0.75


def test_short_lines_are_never_noisy() -> None:
    rows = np.zeros((3, len(FEATURES)), np.float32)
    rows[:, [FEATURES.index("line_doubt"), FEATURES.index("line_length")]] = (0.8, 0.8), (0.8, 0.1), (0.1, 0.8)
    assert is_noisy(rows).tolist() == [True, False, False]


def test_every_kind_has_a_risk() -> None:
    assert {risk_of(kind) for kind in EditKind} == {*Risk}
    assert risk_of(EditKind.LETTERS) is Risk.SPELLING


def test_low_resource_languages_have_higher_thresholds() -> None:
    fitted = reranker()
    assert fitted.threshold(Risk.SPELLING, GENERAL, is_low_resource=True) == pytest.approx(0.96)
    assert fitted.threshold(Risk.SPELLING, "financial", is_low_resource=True) == pytest.approx(0.98)
    row = np.zeros((2, len(FEATURES)), np.float32)
    row[:, FEATURES.index("lexicon_size")] = 0.65, 0.85  # of Polish and of French
    assert is_low_resource(row).tolist() == [True, False]


def test_multi_edit_has_own_kind() -> None:
    several = Candidate(1, 4, "aym", -9.0, -0.1, from_argmax=False, char_edits=2, log_rate=-7.5)
    [row] = rows("poyn3nt is due", several)
    assert (row["char_edits"], row["kind_multi_edit"], row["error_rate"]) == (2.0, 1.0, -7.5)


def scorable(found: Sequence[Candidate], text: str, probabilities: Sequence[float]) -> Candidates:
    """Candidates with these probabilities: the network of ``reranker(log=1.0)`` reads them back from the features."""
    matrix = np.zeros((len(found), len(FEATURES)), np.float32)
    matrix[:, FEATURES.index("lexicon_size")] = 1.0
    matrix[:, 0] = np.arctanh(np.log(np.asarray(probabilities) / (1 - np.asarray(probabilities))) / 4)
    words = affected_words(text, found, LEXICON, LEXICON.posterior(text))
    return Candidates(found, kinds(text, found), words, matrix)


def test_most_probable_candidate_is_chosen() -> None:
    text = "paynent smple"
    found = [
        Candidate(0, 1, "s", -1.0, -1.0, from_argmax=False),
        Candidate(3, 4, "m", -1.0, -1.0, from_argmax=False),
        Candidate(3, 4, "r", -1.0, -1.0, from_argmax=False),
        Candidate(8, 9, "s", -1.0, -1.0, from_argmax=False),
    ]
    chosen = scorable(found, text, (0.7, 0.9, 0.8, 0.5)).score(reranker(log=1.0), GENERAL).choose()
    assert [(edit.start, edit.corrected) for edit in chosen] == [(3, "m")]
    assert chosen[0].probability == pytest.approx(0.9, abs=1e-3)


def test_two_argmax_changes_in_one_word() -> None:
    found = [Candidate(1, 2, "a", -1.0, -1.0, from_argmax=True), Candidate(3, 4, "m", -1.0, -1.0, from_argmax=True)]
    chosen = scorable(found, "pxynent", (0.9, 0.9)).score(reranker(log=1.0), GENERAL).choose()
    assert [edit.corrected for edit in chosen] == ["a", "m"]


def test_candidates_are_in_capitals() -> None:
    found = [Candidate(1, 2, "ä", -0.1, -3.0, from_argmax=True), Candidate(1, 2, "Ä", -2.0, -3.0, from_argmax=False)]
    merged = _distinct("FÂLLIG Am", found)
    assert [(each.corrected, each.log, each.from_argmax) for each in merged] == [("Ä", -0.1, True)]
    small = Candidate(8, 9, "n", -0.1, -3.0, from_argmax=True)
    assert _distinct("FÂLLIG Am", [small]) == [small]


def seen(evidence: Sequence[float]) -> FeatureMatrix:
    image = np.zeros((len(evidence), len(IMAGE_FEATURES)), np.float32)
    image[:, IMAGE] = evidence
    return image


def test_image_rules_candidates_out() -> None:
    text = "goveming law"
    found = [Candidate(4, 5, "n", -1.0, -1.0, from_argmax=False), Candidate(4, 5, "rn", -1.0, -1.0, from_argmax=False)]
    image = seen([config.NOT_IN_IMAGE - 1.0] * 2)  # of two letters each may be less probable
    known = replace(scorable(found, text, (0.9, 0.9)), image=image, ruled_out=ruling(text, found, image))
    assert np.isinf(known.score(reranker(log=1.0), GENERAL).thresholds).tolist() == [True, False]


def test_untold_candidates_wait_for_the_image() -> None:
    text = "paynent smple"
    found = [Candidate(place, place + 1, "m", -1.0, -1.0, from_argmax=False) for place in (3, 8)]
    known = replace(scorable(found, text, (0.9, 0.9)), image=seen([2.0, np.nan]))
    assert np.isinf(known.score(reranker(log=1.0), GENERAL).of_image().thresholds).tolist() == [False, True]


def ruling(text: str, found: Sequence[Candidate], image: FeatureMatrix) -> npt.NDArray[np.bool_]:
    return ruled_out(text, found, affected_words(text, found, LEXICON, LEXICON.posterior(text)), image)


@pytest.mark.parametrize(
    ("text", "place", "removed", "corrected", "evidence"),
    [
        ("proposalfrom 5", 8, "", " ", -5.5),
        ("No:17", 3, "", " ", -4.0),
        ("Tu 05/26", 1, "u", "o", -2.0),
        ("TU 05/26", 1, "U", "O", -7.0),
        ("New, E", 3, ",", ".", -7.0),
        ("9 PL,N", 4, ",", "", -7.0),
    ],
)
def test_evidence_needed_depends_on_text(text: str, place: int, removed: str, corrected: str, evidence: float) -> None:
    found = [Candidate(place, place + len(removed), corrected, -1.0, -1.0, from_argmax=False)]
    assert ruling(text, found, seen([evidence - 0.1])).tolist() == [True]
    assert ruling(text, found, seen([evidence + 0.1])).tolist() == [False]


@pytest.mark.parametrize(
    ("text", "place", "corrected"),
    [
        ("Tu-F,M", 4, "."),
        ("d'encre", 1, "’"),
        ("WJZ", 1, " J "),
        ("Total.....9", 7, " "),
        ("projectI love", 7, ""),
    ],
)
def test_what_no_image_tells_stays(text: str, place: int, corrected: str) -> None:
    found = [Candidate(place, place + 1, corrected, -1.0, -1.0, from_argmax=False)]
    assert ruling(text, found, seen([3.0])).tolist() == [True]


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_candidates_change_known_characters_within_line(tagger: Tagger, text: str) -> None:
    found = LineAnalyzer(tagger, RESOURCES).analyze(text)
    for candidate in found.items:
        assert 0 <= candidate.start <= candidate.end <= len(text)
        assert text[candidate.start : candidate.end] != candidate.corrected
        assert all(map(tagger.knows, text[candidate.start : candidate.end] + candidate.corrected))
    assert found.features.shape == (len(found.items), len(FEATURES))
    assert np.isfinite(found.features).all()


def test_vowel_and_small_word_features() -> None:
    vowels, small = (
        [
            rows(text, Candidate(0, 1, "x", -1, -1, from_argmax=True))[0][name]
            for text in ("PCKT", "peace", "Peace is due")
        ]
        for name in ("vowels", "small_words")
    )
    assert vowels == pytest.approx([0, 0.6, 0.6])
    assert small == pytest.approx([0, 1, 2 / 3])


@pytest.mark.parametrize(("label", "meant"), [("A:R", "Richard"), ("A:r", "richard")])
def test_tagger_decides_case_of_lost_letter(tagger: Tagger, label: str, meant: str) -> None:
    lexicon = Lexicon({"en": {"richard": 50, "the": 60_000}})
    logs = np.full((11, len(tagger.labels)), np.log(0.001), np.float32)
    logs[4, tagger.places[label]] = np.log(0.01)
    logs[4, tagger.places[KEEP]] = np.log(0.5)  # doubtful enough to look at other labels, too
    tags = Tags(logs, tagger.places[KEEP])
    lexical, posterior = LexicalCandidates(lexicon, ERROR_MODEL), lexicon.posterior("the")
    found = candidates("the ichard", tags, tagger, lexical, posterior)
    written = [f"{one.corrected}ichard" for one in found if (one.start, one.end) == (4, 4) and one.corrected in "rR"]
    assert written == [meant]  # and not the other beside it, as if it were a rival


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Itichard", "Richard"),
        ("itichard", "richard"),
        ("ITICHARD", "RICHARD"),
        ("mNIshall", "marshall"),
        ("Mnishall", "Marshall"),
    ],
)
def test_multi_edit_keeps_case(tagger: Tagger, read: str, meant: str) -> None:
    lexicon = Lexicon({"en": {"richard": 50, "marshall": 50, "the": 60_000}})
    logs = np.full((len(read) + 5, len(tagger.labels)), np.log(0.001), np.float32)
    tags = Tags(logs, tagger.places[KEEP])
    lexical, posterior = LexicalCandidates(lexicon, ERROR_MODEL), lexicon.posterior("the")
    found = candidates(f"the {read}", tags, tagger, lexical, posterior)
    written = {read[: one.start - 4] + one.corrected + read[one.end - 4 :] for one in found if one.char_edits > 1}
    assert meant in written


@pytest.mark.parametrize(
    ("text", "start", "end", "written", "decidable"),
    [
        ("KULR Th 03/19", 7, 7, "e", False),
        ("Ths is", 2, 2, "i", True),
        ("Line Ch Start", 7, 7, "e", False),
        ("tbe th1ng", 1, 2, "h", True),
        ("Dienst: OUDJQ_meyer", 13, 14, "", False),
        ("urn:cen.eu:en16931:norm", 4, 5, "k", False),
        ("see http://example.org/pth", 24, 24, "a", False),
        ("and/or tbe", 8, 9, "h", True),
        ("that s/he has", 6, 7, "", False),
        ("03/22/20 MT----- 2", 12, 14, "", False),
        ("Total ...... 12", 6, 7, "", False),
        ("the end.. Then", 8, 9, "", True),
        ("a.m. or p.m.", 0, 1, "A", True),
        ("1200 KWh", 7, 8, "", False),
        ("14 Elm Ln", 7, 8, "I", False),
        ("ol the", 1, 2, "f", True),
        ("wszyst-", 6, 7, ".", False),
        ("wie prächt-", 6, 7, "a", False),
        ("wie prächt - ig", 6, 7, "a", True),
        ("con- strued", 3, 5, "", False),
        ("end-", 3, 4, ".", False),
        ("12-", 2, 3, ".", True),
        ("a—b", 1, 2, "-", True),
        ("the end ", 7, 8, "", False),
        ("TotalAmount", 5, 5, " ", True),
        ("the e nd", 5, 6, "", True),
        ("the i of it", 4, 5, "", False),
        ("Factura núm", 11, 11, ".", False),
        ("EUR 8.15e", 8, 9, "€", True),
        ("the end. then", 7, 8, ",", True),
        ("if a[0] == b[0] { tbe() }", 18, 20, "th", False),
    ],
)
def test_abbreviations_and_technical_names_are_filtered(
    text: str, start: int, end: int, written: str, decidable: bool
) -> None:
    candidate = Candidate(start, end, written, -1.0, -1.0, from_argmax=True)
    assert is_decidable(text, candidate, kind_of_candidate(text, candidate)) is decidable


def test_reranker_of_other_features_is_refused(tmp_path: Path) -> None:
    other = reranker().model_copy(update={"features": ("doubt",)})
    (tmp_path / FILE_NAME).write_text(other.model_dump_json())
    with pytest.raises(PermanentError, match="other features"):
        load_reranker(tmp_path)
