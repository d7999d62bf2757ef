"""Keys of everything that a document keeps in the results bucket."""

from __future__ import annotations

from pathlib import PurePosixPath

from scanproof.document import DocumentRef, ObjectId

CORRECTIONS_PREFIX = "corrections/"  # uploads of reviewers; the bucket notifies the publish queue of these only
OUTCOMES_PREFIX = "outcomes/"  # what became of them
S3_KEY_LIMIT_BYTES = 1024
_ROOM_FOR_FILE_NAME = 200  # version id, attempt and the longest output name
DOCUMENTS_PREFIX = "documents/"
SEARCH_INDEX_VERSION = 2  # in the key: versions of the stack that read different ones do not disturb each other
SEARCH_INDEX_KEY = f"search/index.{SEARCH_INDEX_VERSION}.sqlite"


def results_prefix(document: DocumentRef) -> str:
    """Returns the prefix of the published files; it contains the scan's own key and ends in a slash.

    Every attempt has its own prefix: readers of the last result are not disturbed until the record changes.
    """
    scan = document.object_id
    name = scan.key
    if len(name.encode()) > S3_KEY_LIMIT_BYTES - _ROOM_FOR_FILE_NAME:
        name = f"long-keys/{scan.document_id}"
    return f"{DOCUMENTS_PREFIX}{name}/{scan.version_id}/{document.attempt}/"


def outcome_key(corrections: ObjectId) -> str:
    """Returns the key of what became of uploaded corrections."""
    name = corrections.key.removeprefix(CORRECTIONS_PREFIX)
    if len(name.encode()) > S3_KEY_LIMIT_BYTES - _ROOM_FOR_FILE_NAME:
        name = f"long-keys/{corrections.document_id}"
    return f"{OUTCOMES_PREFIX}{name}/{corrections.version_id}.json"


def pages_prefix(document: DocumentRef) -> str:
    """Returns the prefix of intermediate pages; it ends in a slash."""
    return f"pages/{document.object_id.document_id}/{document.attempt}/"


def scan_info_key(document: DocumentRef) -> str:
    """Returns the key of what OcrFunction found out about the whole file."""
    return f"{pages_prefix(document)}scan.json"


def raw_page_key(document: DocumentRef, page: int) -> str:
    """Returns the key of a page as recognised."""
    return f"{pages_prefix(document)}raw/{page:05d}.json"


def lattice_key(document: DocumentRef, page: int) -> str:
    """Returns the key of a page's lattice, beside the raw page."""
    return f"{pages_prefix(document)}raw/{page:05d}.lattice"


def preview_key(document: DocumentRef, page: int) -> str:
    """Returns the key of a page's small picture, beside the raw page."""
    return f"{pages_prefix(document)}raw/{page:05d}.jpg"


def corrected_page_key(document: DocumentRef, page: int) -> str:
    """Returns the key of a page that is ready to be published."""
    return f"{pages_prefix(document)}corrected/{page:05d}.json"


def file_name(key: str) -> str:
    """Returns the last part of an S3 key."""
    return PurePosixPath(key).name or key
