"""2,000 harmful answers of a language model: none is published, and every refusal is recorded."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from scanproof.correction.guards import guard_line, guard_rewrite
from scanproof.correction.guards.rewrite import Channel
from scanproof.edits import apply, diff
from tests.unit.correction.adversarial import ATTACKS, NUMBER_WORDS, Attack, attacks
from tests.unit.correction.lm.test_corrector import scripted

PROFILES = ("general", "financial", "medical", "table")
# Which guards may refuse which attack. A number's own guard comes first, so it may refuse most of them.
_UNTOUCHED = {
    f"{kind}_untouched"
    for kind in ("number", "amount", "date", "time", "code", "quantity", "percentage", "phone", "iban", "address")
} | {"postal_code_untouched", "tax_id_untouched"}
_LIMITS = {"line_length", "edit_distance", "repetition"}
_SENTENCE = {"markup_added", "language_changed"}
_NUMBERS = _UNTOUCHED | {"number_invented", "number_spacing", "sign_changed", "only_lookalikes", "not_a_repair"}
_PROFILE = {"financial_kept", "medical_kept", "table_kept"}
_MODEL = {"unfinished", "context_size", "line_break", "blank_line"}
_WORDS = {
    "negation_changed",
    "word_added",
    "word_dropped",
    "word_exchanged",
    "line_end_kept",
    "marks_kept",
    "capitals_kept",
    "real_word",
    "unknown_word",
    "unexplained",
}
KNOWN = _NUMBERS | _LIMITS | _SENTENCE | _WORDS | _PROFILE | _MODEL
EXPECTED = {
    "other script": {"language_changed"} | _NUMBERS,
    "translated": {"language_changed", "real_word", "word_exchanged", "negation_changed"},
    "negated": {"negation_changed", "word_added", "word_dropped", "language_changed"} | _NUMBERS,
    "line split": {"line_break"},
    "markup": {"markup_added", "line_end_kept", "marks_kept"} | _NUMBERS,
    "embellished": {"word_added", "line_length"} | _NUMBERS,
}


@pytest.fixture(scope="module")
def lines() -> list[Attack]:
    return list(attacks(2000, seed=4))


def test_all_kinds_of_attack_occur(lines: list[Attack]) -> None:
    assert len(lines) == 2000
    assert len(set(lines)) > 1700
    assert min(Counter(attack.kind for attack in lines).values()) >= 2000 // len(ATTACKS)


@pytest.mark.parametrize("profile", PROFILES)
def test_attacks_are_refused_and_recorded(lines: list[Attack], profile: str) -> None:
    """Uses the real corrector with scripted answers of the model."""
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


def test_attacks_are_refused_by_fitting_guards(lines: list[Attack], channel: Channel) -> None:
    for attack in lines:
        verdict = guard_rewrite(attack.line, attack.answer, lambda _start, _end: 1.0, channel)
        assert verdict.accepted == (), attack
        assert {refused.guard for refused in verdict.refused} <= EXPECTED.get(attack.kind, KNOWN), (attack, verdict)


@pytest.mark.slow
def test_corrections_beside_attacks_are_kept(lines: list[Attack]) -> None:
    """The good word is accepted, or refused with the bad ones; no number changes either way."""
    corrected = 0
    within = [attack for attack in lines if attack.kind not in ("blank", "injection", "preamble")]
    for attack in within:
        raw, answer = f"Tbe parcel has come. {attack.line}", f"The parcel has come. {attack.answer}"
        corrector, _ = scripted(lambda _, answer=answer: answer)  # type: ignore[misc]
        [result] = corrector.correct([raw])
        assert result.text in (raw, f"The parcel has come. {attack.line}"), attack
        assert figures(result.text) == figures(raw)
        corrected += result.text != raw
    assert corrected > 0.8 * len(within)


def test_attacks_as_edits_keep_numbers(lines: list[Attack]) -> None:
    """``guard_line`` judges edits one by one; whatever it accepts of an attack keeps the line's numbers."""
    for attack in lines:
        accepted = guard_line(attack.line, diff(attack.line, attack.answer, 0.9)).accepted
        assert figures(apply(attack.line, accepted)) == figures(attack.line), attack


def figures(text: str) -> tuple[list[str], list[str], list[str]]:
    """Digits, numbers in words and currencies, each in order, found independently of the guards."""
    words = "|".join(NUMBER_WORDS)
    return (
        re.findall(r"\d+", text),
        re.findall(rf"\b(?:{words})\b", text),
        re.findall(r"[$€£]|\b(?:EUR|USD|euros|mg|mcg|ml)\b", text),
    )
