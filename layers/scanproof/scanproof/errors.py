"""The two kinds of failure: permanent ones are recorded and never retried, transient ones are raised and retried."""

from __future__ import annotations


class ScanproofError(Exception):
    """Base class of Scanproof's own errors."""


class PermanentError(ScanproofError):
    """A retry cannot help: the file or the options must change.

    Attributes:
        code: stable, machine-readable name of the reason, snake_case (for example ``pdf_encrypted``).
        message: what is wrong, and with which file, for the user.
        next_step: what the user can do about it.
    """

    def __init__(self, code: str, message: str, next_step: str) -> None:
        super().__init__(f"{message} {next_step}")
        self.code = code
        self.message = message
        self.next_step = next_step


class GaveUpError(PermanentError):
    """Retries did not help. A new attempt may: when the cause is removed, or by itself."""


class TransientError(ScanproofError):
    """A retry may help (throttling, a network fault, a busy resource)."""


class OutOfTimeError(TransientError):
    """The invocation's time is nearly over: the message is left to another invocation, and nothing is wrong with it."""
