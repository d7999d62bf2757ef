"""What a document's kind asks of the accurate corrector: one plain file each, with a version that the audit records."""

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
    """``instructions`` are put to the model; what matches one of ``keeps`` must come out of it as it went in.

    ``keep_columns``: cells that are set apart by two blanks or more begin where they began.
    """

    name: str
    version: str
    instructions: str
    keeps: tuple[re.Pattern[str], ...] = ()
    keep_columns: bool = False

    def objection(self, raw: str, corrected: str) -> str | None:
        """The guard that refuses ``corrected``: ``financial_kept`` where a financial document lost an amount."""
        if any(pattern.findall(raw) != pattern.findall(corrected) for pattern in self.keeps):
            return f"{self.name}_kept"
        return None


def profile_names() -> list[str]:
    """The profiles that there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml") if path.stem != "models")


def load_profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        PermanentError: ``unknown_profile``.
    """
    if name not in profile_names():
        raise PermanentError(
            "unknown_profile", f"There is no profile {name!r}.", f"The profiles are: {', '.join(profile_names())}."
        )
    found = tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
    keeps = tuple(re.compile(pattern) for pattern in found.get("keeps", ()))
    return Profile(
        name, f"{name}-{found['version']}", found["instructions"].strip(), keeps, found.get("keep_columns", False)
    )


def with_own_prompt(profile: Profile, prompt: str) -> Profile:
    """``profile`` with a user's own instructions; its guards stay. The version is told by the prompt's hash."""
    version = f"{profile.version}+own-{sha256(prompt.encode()).hexdigest()[:8]}"
    return Profile(profile.name, version, prompt.strip(), profile.keeps, profile.keep_columns)


def model_for(language: str | None) -> str:
    """The preset that the table models.toml names for a language (``en`` for ``en-GB`` too)."""
    table: dict[str, str] = tomllib.loads((_FOLDER / "models.toml").read_text("utf-8"))["models"]
    return table.get((language or _ANY_LANGUAGE).partition("-")[0].lower(), table[_ANY_LANGUAGE])
