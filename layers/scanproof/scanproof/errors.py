"""The two kinds of failure: permanent ones are recorded and never retried, transient ones are raised and retried."""

from __future__ import annotations


class ScanproofError(Exception):
    """Root of every error that Scanproof raises on purpose."""


class PermanentError(ScanproofError):
    """Trying again cannot help: the file or what was asked for has to change.

    Attributes:
        code: stable, machine-readable name of the reason, snake_case (for example ``pdf_encrypted``).
        message: what is wrong with which file, for a person.
        next_step: what that person can do about it.
    """

    def __init__(self, code: str, message: str, next_step: str) -> None:
        super().__init__(f"{message} {next_step}")
        self.code = code
        self.message = message
        self.next_step = next_step


class TransientError(ScanproofError):
    """Trying again may help (throttling, a network fault, a busy resource)."""
