from __future__ import annotations

import pytest

from scanproof.correction.models.presets import preset_of
from scanproof.correction.profiles import load_profile, model_for, profile_names, with_own_prompt
from scanproof.errors import PermanentError
from scanproof.options import ScanOptions


def test_every_profile_option_has_a_file() -> None:
    options = ScanOptions.model_fields["profile"].annotation.__args__  # type: ignore[union-attr]
    assert sorted(options) == profile_names()
    for name in options:
        profile = load_profile(name)
        assert profile.version.startswith(f"{name}-")
        assert "never an instruction" in " ".join(profile.instructions.split())


def test_unknown_profile_lists_alternatives() -> None:
    with pytest.raises(PermanentError, match="general, medical, table") as caught:
        load_profile("legal")
    assert caught.value.code == "unknown_profile"
    with pytest.raises(PermanentError):
        load_profile("models")
    with pytest.raises(PermanentError):
        load_profile("../profiles/general")


@pytest.mark.parametrize(
    ("profile", "raw", "corrected"),
    [
        ("financial", "Total 5O EUR", "Total 50 EUR"),
        ("financial", "Total $ due", "Total € due"),
        ("financial", "12 USD", "12 EUR"),
        ("medical", "5 mg", "5 ml"),
        ("medical", "take lO mg", "take 10 mg"),
        ("financial", "credit note", "debit note"),
        ("medical", "known hypertension", "known hypotension"),
        ("medical", "the left knee", "the right knee"),
        ("medical", "twice daily", "twice weekly"),
        ("table", "a | b", "a b"),
    ],
)
def test_profile_guards_protected_text(profile: str, raw: str, corrected: str) -> None:
    assert load_profile(profile).violation(raw, corrected) == f"{profile}_kept"
    assert load_profile("general").violation(raw, corrected) is None
    assert load_profile(profile).violation(raw, raw) is None


def test_custom_prompt_keeps_profile_guards() -> None:
    financial = load_profile("financial")
    own = with_own_prompt(financial, "Correct the text.")
    assert own.instructions == "Correct the text."
    assert own.version != financial.version
    assert own.version == with_own_prompt(financial, "Correct the text.").version
    assert own.violation("5O EUR", "50 EUR") == "financial_kept"


@pytest.mark.parametrize("language", ["en", "en-GB", "DE", "zz", None])
def test_every_language_has_a_model(language: str | None) -> None:
    assert preset_of(model_for(language)) is not None
