"""Profiles: instructions and guards of the language-model corrector for a kind of document, one TOML file each."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from scanproof.errors import PermanentError

_FOLDER = Path(__file__).parent
_ANY_LANGUAGE = "any"


@dataclass(frozen=True)
class Profile:
    """One profile.

    Attributes:
        version: recorded in the audit.
        instructions: the model's system prompt.
        protected: patterns whose matches the model must not change.
        keep_columns: whether table cells, separated by two or more spaces, stay in their columns.
    """

    name: str
    version: str
    instructions: str
    protected: tuple[re.Pattern[str], ...] = ()
    keep_columns: bool = False

    def violation(self, raw: str, corrected: str) -> str | None:
        """Returns the guard that refuses ``corrected`` (such as ``financial_kept``) if protected text changed."""
        if any(pattern.findall(raw) != pattern.findall(corrected) for pattern in self.protected):
            return f"{self.name}_kept"
        return None


def profile_names() -> list[str]:
    """Returns the names of all profiles."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml") if path.stem != "models")


def load_profile(name: str) -> Profile:
    """Returns a profile by name.

    Raises:
        PermanentError: ``unknown_profile``.
    """
    if name not in profile_names():
        raise PermanentError(
            "unknown_profile", f"There is no profile {name!r}.", f"The profiles are: {', '.join(profile_names())}."
        )
    values = tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
    protected = tuple(re.compile(pattern) for pattern in values.get("protected", ()))
    return Profile(
        name,
        f"{name}-{values['version']}",
        values["instructions"].strip(),
        protected,
        values.get("keep_columns", False),
    )


def with_own_prompt(profile: Profile, prompt: str) -> Profile:
    """Returns ``profile`` with a user's instructions and the same guards; its version contains their hash."""
    version = f"{profile.version}+own-{sha256(prompt.encode()).hexdigest()[:8]}"
    return Profile(profile.name, version, prompt.strip(), profile.protected, profile.keep_columns)


def model_for(language: str | None) -> str:
    """Returns the preset that models.toml lists for a language (``en`` for ``en-GB`` too)."""
    table: dict[str, str] = tomllib.loads((_FOLDER / "models.toml").read_text("utf-8"))["models"]
    return table.get((language or _ANY_LANGUAGE).partition("-")[0].lower(), table[_ANY_LANGUAGE])
