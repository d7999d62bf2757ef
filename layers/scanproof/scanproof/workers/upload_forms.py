"""Hands out presigned POST forms: each lets a caller without AWS credentials upload one scan.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanproof.errors import PermanentError
from scanproof.options import METADATA_PREFIX, PrefixRules, options_for
from scanproof.settings import StackSettings
from scanproof.workers.objects import SCAN_LIMIT_BYTES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FORM_SECONDS = 300  # a form may be sent again until then, and every time makes a version that is processed
UPLOADS_PREFIX = "incoming/"
_SAFE_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # others are hashed, so that no two share a folder

FormHandler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


class FormRequest(BaseModel):
    """What a caller wants to upload."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200, pattern=r"^[^/\\\x00-\x1f]+$")
    options: Mapping[str, str] = {}


class UploadForms:
    """Signs forms for the scans bucket with the function's own rights."""

    def __init__(self, s3: S3Client, bucket: str, rules: PrefixRules) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._rules = rules

    @classmethod
    def create(cls, stack: StackSettings) -> UploadForms:
        """Creates it for the stack's scans bucket."""
        # Virtual: else the form has the global address, which redirects a POST to the bucket's region.
        s3 = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
        return cls(s3, stack.scans_bucket or "", stack.prefix_rules)

    def form(self, subject: str, request: FormRequest) -> dict[str, Any]:
        """Returns where to POST a scan, with which fields, its key and the seconds for which the form holds.

        The signature fixes key, options and largest size. Every caller has a folder of its own.

        Args:
            subject: of the caller's token.
            request: of the caller.

        Raises:
            PermanentError: ``unknown_prefix``, ``unknown_option`` or ``invalid_option``.
        """
        key = f"{UPLOADS_PREFIX}{folder_of(subject)}/{uuid.uuid4()}/{request.name}"
        metadata = {f"{METADATA_PREFIX}{name.replace('_', '-')}": value for name, value in request.options.items()}
        options_for(key, metadata, self._rules)
        fields = {f"x-amz-meta-{name}": value for name, value in metadata.items()}
        conditions = [
            ["content-length-range", 1, SCAN_LIMIT_BYTES],
            ["starts-with", "$Content-Type", ""],
            *({name: value} for name, value in fields.items()),
        ]
        form = self._s3.generate_presigned_post(
            self._bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=FORM_SECONDS
        )
        return {"url": form["url"], "fields": form["fields"], "key": key, "expires_in": FORM_SECONDS}


def folder_of(subject: str) -> str:
    """Returns the folder of a token's subject: itself where it is a plain name, else its hash."""
    if _SAFE_SUBJECT.fullmatch(subject):
        return subject
    return f"sha256.{hashlib.sha256(subject.encode()).hexdigest()}"


def make_form_handler(forms: UploadForms) -> FormHandler:
    """Returns the Lambda handler of ``POST /uploads``, behind a JWT authorizer of an HTTP API (payload version 2.0).

    It answers 201 with a form, or 400 with code, message and next step. Names of scans are not logged.
    """
    logger = Logger()

    @logger.inject_lambda_context
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            subject = _subject(event)
            form = forms.form(subject, _request(event))
        except PermanentError as error:
            logger.info("refused", extra={"code": error.code})
            return _answer(400, {"code": error.code, "message": error.message, "next_step": error.next_step})
        logger.info("upload", extra={"folder": folder_of(subject)})
        return _answer(201, form)

    return handler


def _subject(event: Mapping[str, Any]) -> str:
    subject = event["requestContext"]["authorizer"]["jwt"]["claims"].get("sub")
    if not subject:
        raise PermanentError(
            "token_without_subject",
            "The token has no claim sub, so there is no folder for its uploads.",
            "Use a token that names its subject.",
        )
    return str(subject)


def _request(event: Mapping[str, Any]) -> FormRequest:
    body = event.get("body") or ""
    try:
        return FormRequest.model_validate_json(base64.b64decode(body) if event.get("isBase64Encoded") else body)
    except ValueError as error:
        where = [str(part) for part in error.errors()[0]["loc"]] if isinstance(error, ValidationError) else []
        raise PermanentError(
            "invalid_request",
            f"The body is not a valid request{': ' + '.'.join(where) if where else ''}.",
            'Send JSON like {"name": "scan.pdf", "options": {"language": "fr"}}.',
        ) from error


def _answer(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
