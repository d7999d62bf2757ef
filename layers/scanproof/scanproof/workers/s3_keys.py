"""Where everything of a document lies in S3, and its ids."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

from scanproof.document import ObjectId

S3_KEY_LIMIT_BYTES = 1024
_ROOM_FOR_FILE_NAME = 200  # version id, attempt and the longest output name


def document_id(of: ObjectId) -> str:
    """32 hex digits that only this version of this key in this bucket has."""
    return hashlib.sha256("\0".join([of.bucket, of.key, of.version_id]).encode()).hexdigest()[:32]


def results_prefix(of: ObjectId, attempt: int) -> str:
    """Where the published files go: under the scan's own name, so that people find them; ends in a slash.

    Every attempt has a prefix of its own: readers of the former one are not disturbed until the record flips.
    """
    name = of.key
    if len(name.encode()) > S3_KEY_LIMIT_BYTES - _ROOM_FOR_FILE_NAME:
        name = f"long-keys/{document_id(of)}"
    return f"documents/{name}/{of.version_id}/{attempt}/"


def pages_prefix(of: ObjectId, attempt: int) -> str:
    """Where intermediate pages lie; ends in a slash."""
    return f"pages/{document_id(of)}/{attempt}/"


def scan_info_key(of: ObjectId, attempt: int) -> str:
    """What the OCR step found out about the whole file."""
    return f"{pages_prefix(of, attempt)}scan.json"


def raw_page_key(of: ObjectId, attempt: int, page: int) -> str:
    """A page as recognised."""
    return f"{pages_prefix(of, attempt)}raw/{page:05d}.json"


def corrected_page_key(of: ObjectId, attempt: int, page: int) -> str:
    """A page that is ready to be published."""
    return f"{pages_prefix(of, attempt)}corrected/{page:05d}.json"


def file_name(key: str) -> str:
    """The last part of an S3 key, as one would name a file."""
    return PurePosixPath(key).name or key
