"""AWS's answers as our two kinds of failure."""

from __future__ import annotations

from botocore.exceptions import ClientError

_GONE = {"NoSuchKey", "NoSuchVersion", "404", "NotFound", "MethodNotAllowed"}  # 405: the version is a delete marker


def error_code(error: ClientError) -> str:
    """The service's name for what went wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_gone(error: ClientError) -> bool:
    """Whether the object no longer exists."""
    return error_code(error) in _GONE


def is_condition_failed(error: ClientError) -> bool:
    """Whether a conditional write lost to another."""
    return error_code(error) == "ConditionalCheckFailedException"
