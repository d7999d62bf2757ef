"""What S3 refuses is a permanent failure with a name and a next step; all else is retried."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from scanproof.document import ObjectId
from scanproof.errors import GaveUpError, PermanentError
from scanproof.workers.objects import Objects

SCAN = ObjectId(bucket="scans", key="incoming/a.png", version_id="v1")
SSE_C = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided."


class Refusing:
    """S3, which names the cause in its answer to GET only, as it has no body in an answer to HEAD."""

    def __init__(self, status: str, code: str, message: str = "") -> None:
        self.unnamed, self.code, self.message = status, code, message

    def head_object(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": self.unnamed, "Message": ""}}, "HeadObject")

    def get_object(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": self.code, "Message": self.message}}, "GetObject")


@pytest.mark.parametrize(
    ("s3", "code", "retryable"),
    [
        (Refusing("404", "NoSuchKey"), "scan_gone", False),
        (Refusing("405", "MethodNotAllowed"), "scan_gone", False),
        (Refusing("404", "NoSuchBucket"), "scan_gone", False),
        (Refusing("403", "AccessDenied"), "scan_forbidden", True),
        (Refusing("400", "KMS.DisabledException"), "scan_forbidden", True),
        (Refusing("400", "InvalidRequest", SSE_C), "scan_customer_key", False),
        (Refusing("403", "InvalidObjectState"), "scan_archived", True),
    ],
    ids=lambda value: value.code if isinstance(value, Refusing) else None,
)
@pytest.mark.parametrize("call", ["head", "downloaded"])
def test_refusal_is_permanent_and_named(s3: Refusing, code: str, retryable: bool, call: str) -> None:
    objects: Any = Objects(s3, "results")  # type: ignore[arg-type]
    with pytest.raises(PermanentError) as refusal:
        objects.head("scans", SCAN.key, "v1") if call == "head" else objects.downloaded(SCAN).__enter__()
    assert refusal.value.code == code
    assert refusal.value.next_step
    assert isinstance(refusal.value, GaveUpError) is retryable  # what an operator can remove, redrive tries again


@pytest.mark.parametrize("code", ["SlowDown", "InternalError", "ExpiredToken", "RequestTimeout"])
def test_passing_trouble_is_retried(code: str) -> None:
    with pytest.raises(ClientError):
        Objects(Refusing("400", code), "results").head("scans", SCAN.key, "v1")  # type: ignore[arg-type]
