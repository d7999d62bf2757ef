"""Classifies errors of AWS clients."""

from __future__ import annotations

from botocore.exceptions import ClientError

# 405: the version is a delete marker
_GONE = {"NoSuchBucket", "NoSuchKey", "NoSuchVersion", "404", "NotFound", "MethodNotAllowed", "405"}
_HIDDEN = {"AccessDenied", "403"}
_FORBIDDEN = {"AccessDenied", "AllAccessDisabled", "403", "KMS.DisabledException", "KMS.KMSInvalidStateException"}
_FORBIDDEN |= {"KMS.NotFoundException", "KMS.AccessDeniedException"}
UNNAMED = {"400", "403"}  # codes of answers to HEAD, which have no body that could name the cause


def error_code(error: ClientError) -> str:
    """Returns the service's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_gone(error: ClientError) -> bool:
    """Whether the object no longer exists."""
    return error_code(error) in _GONE


def is_missing(error: ClientError) -> bool:
    """Whether an object is not there, as S3 tells a role without ``s3:ListBucket``: 403 instead of 404."""
    return is_gone(error) or error_code(error) in _HIDDEN


def is_forbidden(error: ClientError) -> bool:
    """Whether a policy or a key denies the object; whoever wrote it or owns the key can change that."""
    return error_code(error) in _FORBIDDEN


def is_archived(error: ClientError) -> bool:
    """Whether the object is in an archive storage class and was not restored."""
    return error_code(error) == "InvalidObjectState"


def needs_customer_key(error: ClientError) -> bool:
    """Whether the object is encrypted with a key that its uploader keeps (SSE-C)."""
    message = str(error.response.get("Error", {}).get("Message", ""))
    return error_code(error) == "InvalidRequest" and "Server Side Encryption" in message


def is_condition_failed(error: ClientError) -> bool:
    """Whether the condition of a conditional write did not hold."""
    return error_code(error) == "ConditionalCheckFailedException"
