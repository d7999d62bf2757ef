"""The index file in the results bucket, the texts that go into it, and what there is in the buckets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from scanproof.document import ObjectId, parse_document
from scanproof.errors import PermanentError
from scanproof.options import Output
from scanproof.output.files import FILE_NAMES
from scanproof.workers.aws_errors import error_code, is_gone, is_missing
from scanproof.workers.s3_keys import DOCUMENTS_PREFIX, SEARCH_INDEX_KEY

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Of a document.json without document.txt beside it: parsed, it takes some ten times as much of the function's 512 MB.
MAX_JSON_BYTES = 10_000_000
_CHUNK_BYTES = 1024 * 1024
_WATERMARK, _SWEPT_AT = "watermark", "swept-at"
_LOST = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


@dataclass(frozen=True)
class StoredIndex:
    """The index file in the bucket: what is known without reading it.

    Attributes:
        etag: of this content; empty if there is no file yet.
        watermark: everything that was published before this ISO time is in it.
        swept_at: ISO time of the last search for deleted documents.
    """

    etag: str = ""
    size_bytes: int = 0
    watermark: str = ""
    swept_at: str = ""


class SearchStore:
    """Reads and writes what search needs in S3."""

    def __init__(self, s3: S3Client, results_bucket: str) -> None:
        self._s3 = s3
        self._results = results_bucket

    def head(self) -> StoredIndex:
        """Returns what is known about the index file."""
        try:
            answer = self._s3.head_object(Bucket=self._results, Key=SEARCH_INDEX_KEY)
        except ClientError as error:
            if is_gone(error):
                return StoredIndex()
            raise
        metadata = answer["Metadata"]
        return StoredIndex(
            answer["ETag"], answer["ContentLength"], metadata.get(_WATERMARK, ""), metadata.get(_SWEPT_AT, "")
        )

    def download(self, stored: StoredIndex, path: Path) -> None:
        """Writes the index file to ``path``.

        Raises:
            ClientError: it has changed since `head`.
        """
        answer = self._s3.get_object(Bucket=self._results, Key=SEARCH_INDEX_KEY, IfMatch=stored.etag)
        with path.open("wb") as file:
            for chunk in answer["Body"].iter_chunks(_CHUNK_BYTES):
                file.write(chunk)

    def replace(self, stored: StoredIndex, path: Path, watermark: str, swept_at: str) -> bool:
        """Puts a new index file in place of ``stored``; returns False if another run was faster."""
        condition: dict[str, Any] = {"IfMatch": stored.etag} if stored.etag else {"IfNoneMatch": "*"}
        try:
            with path.open("rb") as file:
                self._s3.put_object(
                    Bucket=self._results,
                    Key=SEARCH_INDEX_KEY,
                    Body=file,
                    ContentType="application/vnd.sqlite3",
                    Metadata={_WATERMARK: watermark, _SWEPT_AT: swept_at},
                    **condition,
                )
        except ClientError as error:
            if error_code(error) in _LOST or is_gone(error):  # gone: it was deleted meanwhile
                return False
            raise
        return True

    def text(self, results_prefix: str) -> str | None:
        """Returns the corrected text of a published result, None if the result is gone.

        Without ``document.txt``, which an upload may leave out, it is read from ``document.json``; empty if that is too
        large or not readable by this version.
        """
        if (text := self._get(results_prefix + FILE_NAMES[Output.TEXT])) is not None:
            return text.decode("utf-8", "replace")
        if (content := self._get(results_prefix + FILE_NAMES[Output.JSON], MAX_JSON_BYTES)) is None:
            return None
        try:
            return parse_document(content).text if content else ""
        except PermanentError:  # of a newer version; its fields are on the record
            return ""

    def live_results(self) -> Iterator[str]:
        """Yields the prefixes of all results that there are."""
        name = FILE_NAMES[Output.JSON]
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._results, Prefix=DOCUMENTS_PREFIX)
        for page in pages:
            for item in page.get("Contents", []):
                if item["Key"].endswith(f"/{name}"):
                    yield item["Key"].removesuffix(name)

    def can_list(self, bucket: str) -> bool:
        """Whether versions in a bucket can be listed: an existing bucket may be gone, or no longer the stack's."""
        try:
            self._s3.list_object_versions(Bucket=bucket, MaxKeys=1)
        except ClientError as error:
            if is_missing(error):
                return False
            raise
        return True

    def live_scans(self, bucket: str) -> Iterator[ObjectId]:
        """Yields every version of the keys in a bucket that have not been deleted.

        S3 lists the versions of a key one after the other, the newest first. Where a delete marker is the newest, it
        may be the last entry of a page; the next page begins with that key.
        """
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
        deleted: set[str] = set()
        for page in pages:
            latest = {marker["Key"] for marker in page.get("DeleteMarkers", []) if marker["IsLatest"]}
            deleted = latest | (deleted & {page.get("KeyMarker", "")})
            for version in page.get("Versions", []):
                if version["Key"] not in deleted:
                    yield ObjectId(bucket=bucket, key=version["Key"], version_id=version["VersionId"])

    def _get(self, key: str, limit: int | None = None) -> bytes | None:
        """Returns an object's content, None if there is none, and nothing of one that is larger than the limit."""
        try:
            answer = self._s3.get_object(Bucket=self._results, Key=key)
        except ClientError as error:
            if is_gone(error):
                return None
            raise
        with answer["Body"] as body:
            return b"" if limit is not None and answer["ContentLength"] > limit else body.read()
