"""2,000 lines on which a model does what it must not: nothing of it is published, and every refusal is on record."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from scanproof.correction.fast.rewrites import deterministic_rewrites
from scanproof.correction.guards import guard_line, guard_sentence
from scanproof.edits import apply, diff
from tests.unit.correction.adversarial import ATTACKS, NUMBER_WORDS, Attack, attacks
from tests.unit.correction.lm.test_corrector import scripted

PROFILES = ("general", "financial", "medical", "table")
# What may refuse which attack. A number's own guard is asked first, so it may speak for most of them.
_UNTOUCHED = {
    f"{kind}_untouched"
    for kind in ("number", "amount", "date", "time", "code", "quantity", "percentage", "phone", "iban", "address")
} | {"postal_code_untouched", "tax_id_untouched"}
_BOUNDS = {"line_length", "edit_distance", "repetition"}
_WORDING = {"text_invented", "text_dropped", "word_replaced", "negation_changed", "markup_added", "language_changed"}
_NUMBERS = _UNTOUCHED | {"number_invented", "number_spacing", "sign_changed", "only_lookalikes", "not_a_repair"}
_PROFILE = {"financial_kept", "medical_kept", "table_kept"}
_MODEL = {"unfinished", "context_size", "line_break", "blank_line"}
KNOWN = _NUMBERS | _BOUNDS | _WORDING | _PROFILE | _MODEL
EXPECTED = {
    "other script": {"language_changed"} | _NUMBERS,
    "translated": {"language_changed", "word_replaced", "negation_changed", "edit_distance", "number_spacing"},
    "negated": {"negation_changed", "language_changed"} | _NUMBERS,
    "line split": {"line_break"},
    "markup": {"markup_added", "line_length"} | _NUMBERS,
    "embellished": {"text_invented", "line_length", "language_changed"} | _NUMBERS,
}


@pytest.fixture(scope="module")
def lines() -> list[Attack]:
    return list(attacks(2000, seed=4))


def test_all_kinds_are_tried_often(lines: list[Attack]) -> None:
    assert len(lines) == 2000
    assert len(set(lines)) > 1700
    assert min(Counter(attack.kind for attack in lines).values()) >= 2000 // len(ATTACKS)


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_of_an_attack_is_published_and_every_refusal_is_on_record(lines: list[Attack], profile: str) -> None:
    """Through the corrector as it stands, the model's answer put into its mouth."""
    own = lines[PROFILES.index(profile) :: len(PROFILES)]
    answers = {attack.line.strip(): attack.answer for attack in own}
    corrector, _ = scripted(lambda text: answers[text], profile)
    for attack, result in zip(own, corrector.correct([attack.line for attack in own]), strict=True):
        answer = answers[attack.line.strip()]  # one line may be attacked twice
        assert result.text == attack.line, attack
        assert not result.edits
        if any(char.isalpha() for char in attack.line) and answer.strip() != attack.line:
            assert result.refusals, attack
        for refusal in result.refusals:
            assert attack.line[refusal.start : refusal.end] == refusal.raw
            assert refusal.guard in KNOWN


def test_each_attack_is_refused_under_a_fitting_name(lines: list[Attack]) -> None:
    for attack in lines:
        verdict = guard_sentence(attack.line, attack.answer, rewrites=deterministic_rewrites(attack.line))
        assert verdict.guard in EXPECTED.get(attack.kind, KNOWN), (attack, verdict.guard)
        assert verdict.text == attack.line


def test_a_mended_sentence_beside_an_attack_is_still_mended(lines: list[Attack]) -> None:
    """The good sentence is taken, or refused with the bad one; no number moves either way."""
    mended = 0
    within = [attack for attack in lines if attack.kind not in ("blank", "injection", "preamble")]
    for attack in within:
        raw, answer = f"Tbe parcel has come. {attack.line}", f"The parcel has come. {attack.answer}"
        corrector, _ = scripted(lambda _, answer=answer: answer)  # type: ignore[misc]
        [result] = corrector.correct([raw])
        assert result.text in (raw, f"The parcel has come. {attack.line}"), attack
        assert figures(result.text) == figures(raw)
        mended += result.text != raw
    assert mended > 0.8 * len(within)


def test_as_single_edits_they_change_no_number_either(lines: list[Attack]) -> None:
    """The fast corrector's guard hears edits one by one; what is left of an attack then has the line's own numbers."""
    for attack in lines:
        accepted = guard_line(
            attack.line, diff(attack.line, attack.answer, 0.9), rewrites=deterministic_rewrites(attack.line)
        ).accepted
        assert figures(apply(attack.line, accepted)) == figures(attack.line), attack


def figures(text: str) -> tuple[list[str], list[str], list[str]]:
    """Digits, numbers in words and currencies, each in order; told by means other than the guards' own."""
    words = "|".join(NUMBER_WORDS)
    return (
        re.findall(r"\d+", text),
        re.findall(rf"\b(?:{words})\b", text),
        re.findall(r"[$€£]|\b(?:EUR|USD|euros|mg|mcg|ml)\b", text),
    )
