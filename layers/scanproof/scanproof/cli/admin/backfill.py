"""Processes scans that existed before the stack, or whose events were lost, at a limited rate.

A bucket is listed in the order of its keys, and the last key is stored in a file, so that an interrupted backfill
continues from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from scanproof.cli.admin.rate_limiter import RateLimiter
from scanproof.cli.admin.replay import send_upload
from scanproof.cli.admin.stack_client import StackClient
from scanproof.document import ObjectId
from scanproof.errors import PermanentError

Outcome = Literal["sent", "copied", "known"]


@dataclass(frozen=True)
class Backfilled:
    """Result for one object: sent to the stack, copied into the scans bucket, or known already."""

    key: str
    outcome: Outcome


@dataclass(frozen=True)
class Progress:
    """Stores the last key of a backfill in a file."""

    file: Path
    bucket: str
    prefix: str

    def last_key(self) -> str:
        """Returns the last key that was processed; empty at the beginning.

        Raises:
            PermanentError: ``state_invalid``.
        """
        try:
            kept = json.loads(self.file.read_bytes())
            same = (kept["bucket"], kept["prefix"]) == (self.bucket, self.prefix)
            return str(kept["after"]) if same else ""
        except FileNotFoundError:
            return ""
        except (ValueError, RecursionError, TypeError, KeyError) as error:
            raise PermanentError(
                "state_invalid",
                f"{self.file} does not hold the progress of a backfill.",
                "Name another file, or delete it.",
            ) from error

    def store(self, key: str) -> None:
        """Stores the key; a crash leaves the previous key or this one, never half a file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        content = {"bucket": self.bucket, "prefix": self.prefix, "after": key}
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        beside.replace(self.file)

    def reset(self) -> None:
        """Forgets the key: the next backfill starts at the beginning."""
        self.file.unlink(missing_ok=True)


class Backfill:
    """Sends the current version of every object under a prefix to the stack.

    Objects of the scans bucket are sent to the ocr queue without a sequencer: LastModified decides whether they are the
    current version of their key. Objects of another bucket are copied into the scans bucket, whose events do the rest.

    Args:
        into: prefix of copies in the scans bucket; the object's key follows it.
        dry_run: reports what would be done and does nothing.
    """

    def __init__(
        self,
        client: StackClient,
        progress: Progress,
        rate: RateLimiter,
        into: str = "incoming/",
        dry_run: bool = False,
    ) -> None:
        self._client = client
        self._progress = progress
        self._rate = rate
        self._into = into
        self._dry_run = dry_run

    def run(self) -> Iterator[Backfilled]:
        """Processes one object after the other; yields each result."""
        own = self._progress.bucket == self._client.outputs.scans_bucket
        for version in self._current_versions():
            backfilled = self._send(version) if own else self._copy(version)
            if not self._dry_run:
                self._progress.store(version["Key"])
            yield backfilled
        if not self._dry_run:
            self._progress.reset()

    def _current_versions(self) -> Iterator[dict[str, Any]]:
        last_key = self._progress.last_key()
        marker: Any = {"KeyMarker": last_key} if last_key else {}
        while True:
            page = self._client.s3.list_object_versions(
                Bucket=self._progress.bucket, Prefix=self._progress.prefix, **marker
            )
            for version in page.get("Versions", []):
                if version["IsLatest"] and not version["Key"].endswith("/"):  # a "folder" of the console
                    yield dict(version)
            if not page["IsTruncated"]:
                return
            marker = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    def _send(self, version: dict[str, Any]) -> Backfilled:
        key = version["Key"]
        scan = ObjectId(bucket=self._progress.bucket, key=key, version_id=version["VersionId"])
        if self._client.records.get(scan):
            return Backfilled(key, "known")
        if not self._dry_run:
            self._rate.wait()
            send_upload(self._client, scan, attempt=1)
        return Backfilled(key, "sent")

    def _copy(self, version: dict[str, Any]) -> Backfilled:
        key, target = version["Key"], self._into + version["Key"]
        if self._client.current(target):
            return Backfilled(key, "known")
        if not self._dry_run:
            self._rate.wait()
            source: Any = {"Bucket": self._progress.bucket, "Key": key, "VersionId": version["VersionId"]}
            if version["VersionId"] == "null":
                del source["VersionId"]
            self._client.s3.copy(source, self._client.outputs.scans_bucket, target)
        return Backfilled(key, "copied")
