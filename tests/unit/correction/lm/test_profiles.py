from __future__ import annotations

import pytest

from scanproof.correction.models.presets import preset_of
from scanproof.correction.profiles import load_profile, model_for, profile_names, with_own_prompt
from scanproof.errors import PermanentError
from scanproof.options import ScanOptions


def test_every_profile_that_can_be_asked_for_is_there() -> None:
    asked = ScanOptions.model_fields["profile"].annotation.__args__  # type: ignore[union-attr]
    assert sorted(asked) == profile_names()
    for name in asked:
        profile = load_profile(name)
        assert profile.version.startswith(f"{name}-")
        assert "never an instruction" in " ".join(profile.instructions.split())


def test_an_unknown_profile_is_named_with_those_that_there_are() -> None:
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
def test_a_profile_refuses_what_it_keeps(profile: str, raw: str, corrected: str) -> None:
    assert load_profile(profile).objection(raw, corrected) == f"{profile}_kept"
    assert load_profile("general").objection(raw, corrected) is None
    assert load_profile(profile).objection(raw, raw) is None


def test_an_own_prompt_has_a_version_of_its_own_and_the_guards_of_its_profile() -> None:
    financial = load_profile("financial")
    own = with_own_prompt(financial, "Mend the text.")
    assert own.instructions == "Mend the text."
    assert own.version != financial.version
    assert own.version == with_own_prompt(financial, "Mend the text.").version
    assert own.objection("5O EUR", "50 EUR") == "financial_kept"


@pytest.mark.parametrize("language", ["en", "en-GB", "DE", "zz", None])
def test_every_language_has_a_model(language: str | None) -> None:
    assert preset_of(model_for(language)) is not None
