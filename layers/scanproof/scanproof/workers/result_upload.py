"""Writes result files of any size to S3 in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# S3's minimum of a part; at most 10,000 parts, so a file may have 50 GB ("Amazon S3 multipart upload limits").
PART_BYTES = 5 * 1024 * 1024


class ResultUpload:
    """One result file. It appears in S3 when it is closed, complete; a file that is never closed does not appear.

    A small file is one request. A larger one is a multipart upload, whose first part is sent last, because only then
    the head of the file is known. The bucket's lifecycle removes the parts of uploads that were never completed.
    """

    def __init__(self, s3: S3Client, bucket: str, key: str, media_type: str) -> None:
        self._s3 = s3
        self._bucket, self._key, self._media_type = bucket, key, media_type
        self._first: bytes | None = None  # the part that is sent last
        self._rest = bytearray()
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []

    def write(self, content: bytes) -> None:
        """Appends content."""
        self._rest += content
        if len(self._rest) < PART_BYTES:
            return
        if self._first is None:
            self._first = bytes(self._rest)
        else:
            self._send(len(self._parts) + 2, bytes(self._rest))
        self._rest.clear()

    def close(self, head: bytes, tail: bytes) -> None:
        """Finishes the file: puts ``head`` before all that was written and ``tail`` behind it."""
        self._rest += tail
        if self._first is None:
            content = head + bytes(self._rest)
            self._s3.put_object(Bucket=self._bucket, Key=self._key, Body=content, ContentType=self._media_type)
            return
        if self._rest:
            self._send(len(self._parts) + 2, bytes(self._rest))
        upload_id = self._send(1, head + self._first)
        parts = sorted(self._parts, key=lambda part: part["PartNumber"])
        self._s3.complete_multipart_upload(
            Bucket=self._bucket, Key=self._key, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )

    def _send(self, number: int, content: bytes) -> str:
        """Sends a part; returns the id of the upload."""
        if self._upload_id is None:
            begun = self._s3.create_multipart_upload(
                Bucket=self._bucket, Key=self._key, ContentType=self._media_type, ChecksumAlgorithm="CRC32"
            )
            self._upload_id = begun["UploadId"]
        sent = self._s3.upload_part(
            Bucket=self._bucket,
            Key=self._key,
            UploadId=self._upload_id,
            PartNumber=number,
            Body=content,
            ChecksumAlgorithm="CRC32",
        )
        part: CompletedPartTypeDef = {"PartNumber": number, "ETag": sent["ETag"]}
        if "ChecksumCRC32" in sent:  # S3 then expects it to be listed
            part["ChecksumCRC32"] = sent["ChecksumCRC32"]
        self._parts.append(part)
        return self._upload_id
