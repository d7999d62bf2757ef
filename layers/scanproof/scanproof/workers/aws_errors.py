"""Classifies errors of AWS clients."""

from __future__ import annotations

from botocore.exceptions import ClientError

_GONE = {"NoSuchKey", "NoSuchVersion", "404", "NotFound", "MethodNotAllowed"}  # 405: the version is a delete marker
_HIDDEN = {"AccessDenied", "403"}


def error_code(error: ClientError) -> str:
    """Returns the service's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_gone(error: ClientError) -> bool:
    """Whether the object no longer exists."""
    return error_code(error) in _GONE


def is_missing(error: ClientError) -> bool:
    """Whether an object is not there, as S3 tells a role without ``s3:ListBucket``: 403 instead of 404."""
    return is_gone(error) or error_code(error) in _HIDDEN


def is_key_forbidden(error: ClientError) -> bool:
    """Whether S3 could not decrypt an object, as the caller may not use its KMS key."""
    return error_code(error) in _HIDDEN and "kms:" in error.response.get("Error", {}).get("Message", "")


def is_condition_failed(error: ClientError) -> bool:
    """Whether the condition of a conditional write did not hold."""
    return error_code(error) == "ConditionalCheckFailedException"
