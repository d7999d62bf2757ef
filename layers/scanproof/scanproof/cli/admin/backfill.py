"""Scans that were there before the stack, or whose events got lost: sent through it at a steady rate.

A bucket is listed in the order of its keys, and the key that was reached is kept in a file, so that an interrupted
backfill goes on where it was.
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

Outcome = Literal["sent", "copied", "known"]


@dataclass(frozen=True)
class Backfilled:
    """What became of one object: sent through, copied into the scans bucket, or known already."""

    key: str
    outcome: Outcome


@dataclass(frozen=True)
class Progress:
    """The key that a backfill has reached, in a file of its own."""

    file: Path
    bucket: str
    prefix: str

    def reached(self) -> str:
        """The last key that was done; empty at the beginning."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ""
        same = (kept["bucket"], kept["prefix"]) == (self.bucket, self.prefix)
        return str(kept["after"]) if same else ""

    def reach(self, key: str) -> None:
        """Keeps the key; a crash leaves the former or this one, never half a file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        content = {"bucket": self.bucket, "prefix": self.prefix, "after": key}
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        beside.replace(self.file)

    def done(self) -> None:
        """The next backfill begins at the beginning."""
        self.file.unlink(missing_ok=True)


class Backfill:
    """Sends the current version of every object under a prefix through the stack.

    Objects of the scans bucket are announced to the ocr queue, without a sequencer: LastModified decides whether they
    are the current version of their key. Objects of another bucket are copied into it, and it announces them.

    Args:
        into: where in the scans bucket copies go: this, then the object's key.
        dry_run: says what would be done and does nothing.
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
        """Works on one object after the other; what was done before is not done again."""
        own = self._progress.bucket == self._client.outputs.scans_bucket
        for version in self._current_versions():
            backfilled = self._announce(version) if own else self._copy(version)
            if not self._dry_run:
                self._progress.reach(version["Key"])
            yield backfilled
        if not self._dry_run:
            self._progress.done()

    def _current_versions(self) -> Iterator[dict[str, Any]]:
        reached = self._progress.reached()
        marker: Any = {"KeyMarker": reached} if reached else {}
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

    def _announce(self, version: dict[str, Any]) -> Backfilled:
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
