"""Says what an error means to the user of a command, and with which code the command exits."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import IntEnum

from pydantic import ValidationError

from scanproof.errors import PermanentError, ScanproofError

_USAGE_CODES = frozenset(
    {
        "corrector_unavailable",
        "invalid_key",
        "invalid_option",
        "language_unsupported",
        "list_invalid",
        "list_unreadable",
        "model_unavailable",
        "model_unknown",
        "not_an_event",
        "row_invalid",
        "setting_invalid",
        "unknown_language",
        "unknown_option",
        "unknown_profile",
    }
)
_NO_STACK_CODES = frozenset({"stack_not_found"})
_REJECTED = frozenset(  # error codes of AWS services: these credentials are not valid
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_CHECK_ACCESS = "Check the credentials, AWS_PROFILE and AWS_DEFAULT_REGION."


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILED = 1  # a document failed or did not finish in time
    USAGE = 2  # the command line or its input is malformed
    NO_STACK = 3  # no stack can be reached


class NoStackError(ScanproofError):
    """No local stack is running and none was named."""


@dataclass(frozen=True)
class Failure:
    """What a command prints about an error, and its exit code."""

    message: str
    next_step: str = ""
    exit_code: ExitCode = ExitCode.FAILED


def is_usage_error(error: PermanentError) -> bool:
    """Whether an error is about the command line or its input, not about a document."""
    return error.code in _USAGE_CODES


def failure_of(error: Exception) -> Failure | None:
    """Describes an error; returns None for one that only a defect of Scanproof can raise."""
    match error:
        case PermanentError():
            return Failure(error.message, error.next_step, _exit_code(error))
        case NoStackError():
            return Failure(str(error), exit_code=ExitCode.NO_STACK)
        case ScanproofError():
            return Failure(str(error))
        case UnicodeEncodeError():
            return Failure("an argument or a file name is not UTF-8.", "Rename the file.", ExitCode.USAGE)
        case ValidationError():
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            return Failure(
                f"what was read is no {error.title} of this version: {place}: {first['msg']}.",
                "Use the version of Scanproof that the stack was deployed with.",
            )
        case _:
            return _failure_of_aws(error) or _failure_of_system(error)


def _exit_code(error: PermanentError) -> ExitCode:
    if error.code in _NO_STACK_CODES:
        return ExitCode.NO_STACK
    return ExitCode.USAGE if is_usage_error(error) else ExitCode.FAILED


def _failure_of_system(error: Exception) -> Failure | None:
    """Describes an error of a file; a broken pipe is left to click, which ends the command without a word."""
    if not isinstance(error, OSError) or isinstance(error, BrokenPipeError) or error.errno is None:
        return None
    name = f"{error.filename}: " if error.filename else ""
    return Failure(f"{name}{error.strerror}.", "Check that the path exists and that its permissions allow this.")


def _failure_of_aws(error: Exception) -> Failure | None:
    if "botocore.exceptions" not in sys.modules:  # no command that talks to AWS
        return None
    from botocore import exceptions  # loads a tenth of a second of modules, which are loaded already here

    if isinstance(error, exceptions.ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        message = f"AWS refused {error.operation_name}: {code}: {error.response.get('Error', {}).get('Message', '')}"
        if code in _REJECTED:
            return Failure(message, _CHECK_ACCESS, ExitCode.NO_STACK)
        return Failure(message, "Check the arguments and the permissions of these credentials.")
    if isinstance(error, exceptions.ParamValidationError):
        return Failure(str(error), "Correct the arguments.", ExitCode.USAGE)
    if isinstance(error, exceptions.BotoCoreError):  # region, credentials, profile, sign-in, connection, time-out
        return Failure(f"no stack can be reached: {error}", _CHECK_ACCESS, ExitCode.NO_STACK)
    return None
