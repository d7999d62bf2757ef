"""Objects in S3: scans, intermediate pages, results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from botocore.exceptions import ClientError

from scanproof.correction.user_lists import UserLists, parse_replacements, parse_words
from scanproof.document import UNVERSIONED, DocumentRef, Model, ObjectId, Page, Source
from scanproof.errors import GaveUpError, PermanentError, TransientError
from scanproof.lattice.file_format import decode_lattice, encode_lattice, missing_lattice
from scanproof.lattice.model import PageLattice
from scanproof.list_files import MAX_LIST_BYTES
from scanproof.options import METADATA_PREFIX, ScanOptions
from scanproof.output.files import OutputFile
from scanproof.user_fields import parse_fields
from scanproof.workers import s3_keys
from scanproof.workers.aws_errors import (
    UNNAMED,
    error_code,
    is_archived,
    is_forbidden,
    is_gone,
    is_missing,
    needs_customer_key,
)
from scanproof.workers.result_upload import ResultUpload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SCAN_LIMIT_BYTES = 200 * 1024 * 1024

# A decision takes about 150 bytes: 60,000 of them, where a dense page has 700 words.
CORRECTIONS_LIMIT_BYTES = 10 * 1024 * 1024
REVIEWER_METADATA = f"{METADATA_PREFIX}by"
_REVIEWER_CHARACTERS = 200
_UPLOAD_AGAIN = "Upload it again, encrypted as the bucket does by default."

_CHUNK_BYTES = 1024 * 1024

M = TypeVar("M", bound=Model)


class ScanInfo(Model):
    """What the later functions need to know about the whole file."""

    source: Source
    options: ScanOptions
    warnings: tuple[str, ...] = ()
    lists: UserLists = UserLists()
    started_at: str


@dataclass(frozen=True)
class ScanHead:
    """An uploaded object's metadata."""

    object_id: ObjectId
    metadata: Mapping[str, str]
    last_modified: str  # ISO 8601 in UTC, to the second


class Objects:
    """Reads the scans bucket; reads and writes the results bucket."""

    def __init__(self, s3: S3Client, results_bucket: str) -> None:
        self._s3 = s3
        self._results = results_bucket

    def head(self, bucket: str, key: str, version_id: str | None) -> ScanHead:
        """Looks up an uploaded object; without a version id, its current version.

        Raises:
            PermanentError: ``bucket_unversioned``, ``scan_gone``, ``scan_forbidden``, ``scan_customer_key``,
                ``scan_archived``.
        """
        try:
            answer = self._s3.head_object(Bucket=bucket, Key=key, **_version(version_id))
        except ClientError as error:
            raise _refusal(self._named(error, bucket, key, version_id)) from error
        version_id = version_id or answer.get("VersionId", UNVERSIONED)
        if version_id == UNVERSIONED:
            raise PermanentError(
                "bucket_unversioned",
                f"The bucket {bucket} keeps no versions, so a scan could be overwritten while it is processed.",
                "Switch the bucket's versioning on, then upload the scan again.",
            )
        found = ObjectId(bucket=bucket, key=key, version_id=version_id)
        last_modified = answer["LastModified"].astimezone(UTC).isoformat(timespec="seconds")
        return ScanHead(found, answer["Metadata"], last_modified)

    def _named(self, error: ClientError, bucket: str, key: str, version_id: str | None) -> ClientError:
        """Returns S3's answer to GET in place of one to HEAD, which does not name the cause.

        Raises:
            TransientError: GET is not refused.
        """
        if error_code(error) not in UNNAMED:
            return error
        try:
            self._s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-0", **_version(version_id))["Body"].close()
        except ClientError as named:
            return named
        raise TransientError("S3 refused HEAD of a scan, but not GET") from error

    @contextmanager
    def downloaded(self, scan: ObjectId) -> Iterator[Path]:
        """Downloads a scan to a file that is deleted afterwards: /tmp of a warm environment must not fill up.

        Raises:
            PermanentError: ``file_too_large``, or as `head`.
        """
        with TemporaryDirectory(prefix="scanproof-") as folder:
            path = Path(folder) / "scan"
            try:
                answer = self._s3.get_object(Bucket=scan.bucket, Key=scan.key, **_version(scan.version_id))
            except ClientError as error:
                raise _refusal(error) from error
            if answer["ContentLength"] > SCAN_LIMIT_BYTES:
                size, limit = answer["ContentLength"] / 1e6, SCAN_LIMIT_BYTES / 1e6
                raise PermanentError(
                    "file_too_large",
                    f"The file has {size:.0f} MB; the limit is {limit:.0f} MB.",
                    "Split it, or scan at a lower resolution.",
                )
            with path.open("wb") as file:
                for chunk in answer["Body"].iter_chunks(_CHUNK_BYTES):
                    file.write(chunk)
            yield path

    def user_lists(
        self, words_key: str | None, replacements_key: str | None, fields_key: str | None = None
    ) -> UserLists:
        """Reads the user's lists from the results bucket.

        Raises:
            PermanentError: ``list_missing``, ``list_invalid``; the message names the key.
        """
        return UserLists(
            words=parse_words(self._list(words_key), words_key) if words_key else (),
            replacements=parse_replacements(self._list(replacements_key), replacements_key) if replacements_key else (),
            fields=parse_fields(self._list(fields_key), fields_key) if fields_key else (),
        )

    def put_scan_info(self, document: DocumentRef, info: ScanInfo) -> None:
        """Stores the description of the whole file."""
        self._put_model(s3_keys.scan_info_key(document), info)

    def scan_info(self, document: DocumentRef) -> ScanInfo:
        """Returns what ``put_scan_info`` stored."""
        return self._get_model(s3_keys.scan_info_key(document), ScanInfo)

    def scan_options(self, document: DocumentRef) -> ScanOptions | None:
        """Returns the options of a scan; None where intermediate pages are deleted already."""
        return self.scan_info(document).options if self._has(s3_keys.scan_info_key(document)) else None

    def put_raw_page(self, document: DocumentRef, page: Page) -> None:
        """Stores a page as recognised."""
        self._put_model(s3_keys.raw_page_key(document, page.number), page)

    def raw_page(self, document: DocumentRef, number: int) -> Page:
        """Returns what ``put_raw_page`` stored."""
        return self._get_model(s3_keys.raw_page_key(document, number), Page)

    def has_page(self, document: DocumentRef, number: int, *, corrected: bool) -> bool:
        """Whether ``put_corrected_page`` or ``put_raw_page`` stored a page."""
        key = s3_keys.corrected_page_key if corrected else s3_keys.raw_page_key
        return self._has(key(document, number))

    def put_lattice(self, document: DocumentRef, page: Page, lattice: PageLattice) -> None:
        """Stores a page's lattice. It is put before the page: where the page is, the lattice is, too."""
        self._s3.put_object(
            Bucket=self._results,
            Key=s3_keys.lattice_key(document, page.number),
            Body=encode_lattice(lattice, page),
            ContentType="application/octet-stream",
        )

    def lattice(self, document: DocumentRef, page: Page) -> PageLattice:
        """Returns what ``put_lattice`` stored for ``page``, raw or corrected.

        Raises:
            LatticeError: it is missing, damaged, of another format version or of another page.
        """
        try:
            answer = self._s3.get_object(Bucket=self._results, Key=s3_keys.lattice_key(document, page.number))
        except ClientError as error:
            if not is_missing(error):
                raise
            raise missing_lattice(page) from error
        return decode_lattice(answer["Body"].read(), page)

    def put_preview(self, document: DocumentRef, number: int, content: bytes) -> None:
        """Stores a page's small picture (JPEG). It is put before the page."""
        key = s3_keys.preview_key(document, number)
        self._s3.put_object(Bucket=self._results, Key=key, Body=content, ContentType="image/jpeg")

    def preview(self, document: DocumentRef, number: int) -> bytes | None:
        """Returns what ``put_preview`` stored; None where nothing was, as for text layers."""
        try:
            answer = self._s3.get_object(Bucket=self._results, Key=s3_keys.preview_key(document, number))
        except ClientError as error:
            if not is_missing(error):
                raise
            return None
        return answer["Body"].read()

    def put_corrected_page(self, document: DocumentRef, page: Page) -> None:
        """Stores a page that is ready to be published."""
        self._put_model(s3_keys.corrected_page_key(document, page.number), page)

    def corrected_page(self, document: DocumentRef, number: int) -> Page:
        """Returns what ``put_corrected_page`` stored."""
        return self._get_model(s3_keys.corrected_page_key(document, number), Page)

    def uploaded_corrections(self, corrections: ObjectId) -> tuple[bytes, str | None]:
        """Returns a file that a reviewer uploaded, and the reviewer's name where its metadata states one.

        Raises:
            PermanentError: ``corrections_gone``, ``corrections_too_large``, or S3 does not hand it out.
        """
        version = _version(corrections.version_id)
        try:
            answer = self._s3.get_object(Bucket=corrections.bucket, Key=corrections.key, **version)
        except ClientError as error:
            raise _refusal_of_corrections(error) from error
        if answer["ContentLength"] > CORRECTIONS_LIMIT_BYTES:
            raise PermanentError(
                "corrections_too_large",
                f"The file has {answer['ContentLength']:,} bytes; the limit is {CORRECTIONS_LIMIT_BYTES:,}.",
                "Upload what the review page saved.",
            )
        name = unquote(answer["Metadata"].get(REVIEWER_METADATA, ""))
        return answer["Body"].read(), "".join(filter(str.isprintable, name))[:_REVIEWER_CHARACTERS] or None

    def put_outcome(self, corrections: ObjectId, outcome: Model) -> None:
        """Stores what became of uploaded corrections."""
        self._put_model(s3_keys.outcome_key(corrections), outcome)

    def has_outcome(self, corrections: ObjectId) -> bool:
        """Whether ``put_outcome`` stored what became of these corrections."""
        return self._has(s3_keys.outcome_key(corrections))

    def outcome(self, corrections: ObjectId, kind: type[M]) -> M:
        """Returns what ``put_outcome`` stored."""
        return self._get_model(s3_keys.outcome_key(corrections), kind)

    def has_output(self, prefix: str, name: str) -> bool:
        """Whether a result file was published."""
        return self._has(prefix + name)

    def output_lines(self, prefix: str, name: str) -> Iterator[bytes]:
        """Yields the lines of a published result file, without their ends."""
        yield from self._s3.get_object(Bucket=self._results, Key=prefix + name)["Body"].iter_lines(_CHUNK_BYTES)

    def open_output(self, key: str, media_type: str) -> ResultUpload:
        """Begins a result file."""
        return ResultUpload(self._s3, self._results, key, media_type)

    def put_output(self, prefix: str, file: OutputFile) -> None:
        """Writes a result file that is in memory."""
        key = prefix + file.name
        self._s3.put_object(Bucket=self._results, Key=key, Body=file.content, ContentType=file.media_type)

    def put_output_file(self, prefix: str, path: Path, media_type: str) -> None:
        """Writes a result file from a file of the same name, without reading all of it into memory."""
        with path.open("rb") as content:
            self._s3.put_object(Bucket=self._results, Key=prefix + path.name, Body=content, ContentType=media_type)

    def _has(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self._results, Key=key)
        except ClientError as error:
            if is_missing(error):
                return False
            raise
        return True

    def _list(self, key: str) -> bytes:
        try:
            answer = self._s3.get_object(Bucket=self._results, Key=key)
        except ClientError as error:
            if not is_missing(error):
                raise
            raise PermanentError(
                "list_missing",
                f"There is no list {key} in the results bucket.",
                "Put it there, or name another one; then upload the scan again, or replay it.",
            ) from error
        return answer["Body"].read(MAX_LIST_BYTES + 1)

    def _put_model(self, key: str, model: Model) -> None:
        content = model.model_dump_json(by_alias=True).encode()
        self._s3.put_object(Bucket=self._results, Key=key, Body=content, ContentType="application/json")

    def _get_model(self, key: str, kind: type[M]) -> M:
        return kind.model_validate_json(self._s3.get_object(Bucket=self._results, Key=key)["Body"].read())


def _version(version_id: str | None) -> dict[str, Any]:
    return {"VersionId": version_id} if version_id not in (None, UNVERSIONED) else {}


def _refusal_of_corrections(error: ClientError) -> Exception:
    """Returns the permanent failure that S3's refusal of a reviewer's file means; other errors as they are."""
    if is_gone(error):
        return PermanentError("corrections_gone", "The file was deleted before it could be read.", _UPLOAD_AGAIN)
    if needs_customer_key(error) or is_forbidden(error):
        message = f"S3 does not hand out the file ({error_code(error)})."
        return PermanentError("corrections_forbidden", message, _UPLOAD_AGAIN)
    return error


def _refusal(error: ClientError) -> Exception:
    """Returns the permanent failure that S3's refusal of a scan means; other errors as they are."""
    if is_gone(error):
        return PermanentError(
            "scan_gone", "The scan was deleted before it could be read.", "Upload it again if its text is still needed."
        )
    if needs_customer_key(error):
        return PermanentError(
            "scan_customer_key",
            "The scan is encrypted with a key of its uploader's own (SSE-C), so S3 does not hand it out.",
            "Upload it again without SSE-C; the bucket encrypts it with the stack's key.",
        )
    if is_archived(error):
        return GaveUpError(
            "scan_archived",
            "The scan is in an archive storage class, from which S3 reads only what was restored.",
            "Restore it (`aws s3api restore-object`), then `scanproof redrive`.",
        )
    if is_forbidden(error):
        return GaveUpError(
            "scan_forbidden",
            f"S3 refuses to hand out the scan ({error_code(error)}): a bucket policy or the scan's KMS key denies it.",
            "Let the function's role read it (for a KMS key of an existing bucket, ExistingBucketKeyArn), then "
            "`scanproof redrive`; or upload it again without a key of its own.",
        )
    return error
