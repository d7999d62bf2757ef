"""Deletes a deployed stack with the images that SAM stored for it, and on request its data.

Its data are buckets, the documents table and the KMS key. Images are in the repositories of a companion stack, which
``resolve_image_repos`` of `sam deploy` creates and which only `sam delete` would remove.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from scanproof.errors import PermanentError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY_WAITING_DAYS = 30  # until then the deletion can be cancelled, and every copy of encrypted data stays readable
_LARGEST_DELETE = 1000
_KINDS = {"AWS::S3::Bucket": "buckets", "AWS::DynamoDB::Table": "tables", "AWS::KMS::Key": "keys"}


@dataclass(frozen=True)
class Kept:
    """Resources that remain when the stack is deleted, because the template retains them."""

    buckets: tuple[str, ...]
    tables: tuple[str, ...]
    keys: tuple[str, ...]


def companion_name(stack_name: str) -> str:
    """Returns the name of SAM's companion stack (samcli.lib.bootstrap.companion_stack.data_types)."""
    checksum = hashlib.md5(stack_name.encode(), usedforsecurity=False).hexdigest()
    return f"{stack_name[:104]}-{checksum[:8]}-CompanionStack"


class Teardown:
    """Deletes a stack, and on request its data."""

    def __init__(self, stack_name: str, session: boto3.Session, endpoint_url: str | None = None) -> None:
        self._stack_name = stack_name
        self._cloudformation = session.client("cloudformation", endpoint_url=endpoint_url)
        self._s3: S3Client = session.client("s3", endpoint_url=endpoint_url)
        self._dynamodb = session.client("dynamodb", endpoint_url=endpoint_url)
        self._kms: Any = session.client("kms", endpoint_url=endpoint_url)
        self._ecr: Any = session.client("ecr", endpoint_url=endpoint_url)

    def kept(self) -> Kept:
        """Returns what deleting the stack leaves; call it before the deletion.

        Raises:
            PermanentError: ``stack_not_found``.
        """
        found: dict[str, list[str]] = {kind: [] for kind in _KINDS.values()}
        for resource in self._resources(self._stack_name):
            if resource["ResourceType"] in _KINDS and resource["LogicalResourceId"] != "IdempotencyTable":
                found[_KINDS[resource["ResourceType"]]].append(resource["PhysicalResourceId"])
        return Kept(**{kind: tuple(names) for kind, names in found.items()})

    def objects_in(self, bucket: str) -> int:
        """Returns the number of object versions in a bucket."""
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
        return sum(len(page.get("Versions", [])) for page in pages)

    def delete_stack(self) -> None:
        """Deletes the stack and waits for the deletion; its data stays."""
        self._delete(self._stack_name)

    def delete_images(self, say: Callable[[str], None]) -> None:
        """Deletes SAM's companion stack, whose repositories have to be empty first; does nothing if there is none."""
        companion = companion_name(self._stack_name)
        try:
            repositories = list(self._repositories(companion))
        except PermanentError:
            return
        for repository in repositories:
            try:
                self._ecr.delete_repository(repositoryName=repository, force=True)
            except self._ecr.exceptions.RepositoryNotFoundException:  # by an earlier teardown that was interrupted
                continue
            say(f"deleted the images in {repository}")
        self._delete(companion)
        say(f"deleted stack {companion}")

    def _repositories(self, stack_name: str) -> Iterator[str]:
        for resource in self._resources(stack_name):
            if resource["ResourceType"] == "AWS::ECR::Repository":
                yield str(resource["PhysicalResourceId"])

    def _delete(self, stack_name: str) -> None:
        self._cloudformation.delete_stack(StackName=stack_name)
        self._cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack_name)

    def delete_data(self, kept: Kept, say: Callable[[str], None]) -> None:
        """Empties and deletes buckets, deletes tables, schedules the key's deletion, which alone can be cancelled."""
        for bucket in kept.buckets:
            say(f"deleted bucket {bucket} with {self._empty(bucket)} versions")
            self._s3.delete_bucket(Bucket=bucket)
        for table in kept.tables:
            self._dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
            self._dynamodb.delete_table(TableName=table)
            say(f"deleted table {table}")
        for key in kept.keys:
            self._kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=KEY_WAITING_DAYS)
            say(f"key {key} will be deleted in {KEY_WAITING_DAYS} days, unless that is cancelled")

    def _resources(self, stack_name: str) -> list[Mapping[str, Any]]:
        try:
            pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_name)
            return [dict(resource) for page in pages for resource in page["StackResourceSummaries"]]
        except ClientError as error:
            raise PermanentError(
                "stack_not_found",
                f"No stack {stack_name!r} is visible with these credentials in this region.",
                "Check the name, AWS_PROFILE and AWS_DEFAULT_REGION.",
            ) from error

    def _empty(self, bucket: str) -> int:
        count = 0
        for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            for start in range(0, len(entries), _LARGEST_DELETE):
                keys: Any = [
                    {"Key": entry["Key"], "VersionId": entry["VersionId"]}
                    for entry in entries[start : start + _LARGEST_DELETE]
                ]
                self._s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
            count += len(entries)
        return count
