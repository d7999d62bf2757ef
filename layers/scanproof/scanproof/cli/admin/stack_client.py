"""Client of a running stack, local or on AWS: upload, look up, search, fetch results."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.config import Config
from botocore.exceptions import ClientError

from scanproof.document import UNVERSIONED, ObjectId
from scanproof.errors import PermanentError
from scanproof.options import METADATA_PREFIX
from scanproof.output.files import PDF_NAME
from scanproof.workers.aws_errors import is_gone
from scanproof.workers.messages import ATTEMPT_ATTRIBUTE
from scanproof.workers.objects import Objects
from scanproof.workers.records import UNFINISHED, Record, Records, Status

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

POLL_SECONDS = 0.3
LINK_SECONDS = 900
_OPENED = re.compile(r"review(-\d+)?\.html|document\.pdf")  # by people, in a browser
DEAD_LETTERS = "DeadLettersUrl"
_BY_STATUS = "by_status_and_day"


@dataclass(frozen=True)
class StackOutputs:
    """Outputs of the deployed template."""

    scans_bucket: str
    results_bucket: str
    documents_table: str
    queue_urls: Mapping[str, str]  # by kind of message
    dead_letter_urls: Mapping[str, str]  # by function

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, str]) -> StackOutputs:
        """Creates from CloudFormation's outputs by name."""
        ocr, correct, publish = (outputs[f"{name}QueueUrl"] for name in ("Ocr", "Correct", "Publish"))
        return cls(
            scans_bucket=outputs["ScansBucketName"],
            results_bucket=outputs["ResultsBucketName"],
            documents_table=outputs["DocumentsTableName"],
            queue_urls={"upload": ocr, "pages": ocr, "correct": correct, "publish": publish},
            dead_letter_urls={
                name.removesuffix(DEAD_LETTERS).lower(): url
                for name, url in outputs.items()
                if name.endswith(DEAD_LETTERS)
            },
        )

    @classmethod
    def of_deployed(cls, stack_name: str, cloudformation: CloudFormationClient) -> StackOutputs:
        """Reads the outputs of a deployed stack.

        Raises:
            PermanentError: ``stack_not_found``.
        """
        try:
            stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
        except ClientError as error:
            raise PermanentError(
                "stack_not_found",
                f"No stack {stack_name!r} is visible with these credentials in this region.",
                "Check the name, AWS_PROFILE and AWS_DEFAULT_REGION.",
            ) from error
        return cls.from_outputs({out["OutputKey"]: out["OutputValue"] for out in stack.get("Outputs", [])})


class StackClient:
    """Reads and writes one stack's buckets, queues and table with a user's credentials."""

    def __init__(self, outputs: StackOutputs, session: boto3.Session, endpoint_url: str | None = None) -> None:
        self.outputs = outputs
        self.s3 = session.client("s3", endpoint_url=endpoint_url)
        # Version 4 for objects under a KMS key; virtual, else a link has the global address instead of the region's.
        signing = Config(signature_version="s3v4", s3={"addressing_style": "path" if endpoint_url else "virtual"})
        self._signer = session.client("s3", endpoint_url=endpoint_url, config=signing)
        self.sqs = session.client("sqs", endpoint_url=endpoint_url)
        self._sts = session.client("sts", endpoint_url=endpoint_url)
        self._table = session.resource("dynamodb", endpoint_url=endpoint_url).Table(outputs.documents_table)
        self.records = Records(self._table)
        self.objects = Objects(self.s3, outputs.results_bucket)

    def caller(self) -> str:
        """Returns the ARN of whoever the credentials belong to."""
        return str(self._sts.get_caller_identity()["Arn"])

    def upload(self, path: Path, key: str, options: Mapping[str, str]) -> ObjectId:
        """Uploads a scan with its options as metadata."""
        metadata = {METADATA_PREFIX + name: value for name, value in options.items()}
        with path.open("rb") as file:
            answer = self.s3.put_object(Bucket=self.outputs.scans_bucket, Key=key, Body=file, Metadata=metadata)
        return self._id(key, answer.get("VersionId", UNVERSIONED))

    def send(self, kind: str, message: Mapping[str, Any], attempt: int = 1) -> None:
        """Sends a message to the queue of its kind."""
        self.sqs.send_message(
            QueueUrl=self.outputs.queue_urls[kind],
            MessageBody=json.dumps(message),
            MessageAttributes={ATTEMPT_ATTRIBUTE: {"DataType": "Number", "StringValue": str(attempt)}},
        )

    def current(self, key: str) -> ObjectId | None:
        """Returns the current version of a key: the table's head item, else the bucket's; None if there is none."""
        version = self.records.current_version(self.outputs.scans_bucket, key)
        if version is not None:
            return self._id(key, version)
        try:
            return self.objects.head(self.outputs.scans_bucket, key, None).object_id
        except PermanentError:
            return None

    def wait(
        self,
        documents: Sequence[ObjectId],
        timeout_seconds: float,
        attempts: Mapping[ObjectId, int] | None = None,
        on_poll: Callable[[Record], None] = lambda record: None,
    ) -> Iterator[tuple[ObjectId, Record]]:
        """Yields each document's record when it is finished, until all are or the time is up.

        Args:
            documents: to wait for.
            timeout_seconds: limit.
            attempts: that have to be finished; earlier ones do not count. Default: any.
            on_poll: called with every record that is read, finished or not, for the progress.
        """
        deadline = time.monotonic() + timeout_seconds
        waiting = list(dict.fromkeys(documents))
        while waiting and time.monotonic() < deadline:
            for scan in list(waiting):
                record = self.records.get(scan)
                if record:
                    on_poll(record)
                if record and record.finished and record.attempt >= (attempts or {}).get(scan, 1):
                    waiting.remove(scan)
                    yield scan, record
            time.sleep(POLL_SECONDS if waiting else 0)

    def results(self, record: Record) -> dict[str, bytes]:
        """Returns the published files of a document by name."""
        found = {name: self.result(record, name) for name in self.result_names(record)}
        return {name: content for name, content in found.items() if content is not None}

    def result_names(self, record: Record) -> list[str]:
        """Returns the names of the published files of a document.

        A key may hold slashes, so the prefix of another document may begin with this one's: what lies below a further
        slash is not of this document, nor is a name that is none for a file.
        """
        if record.results_prefix is None:
            return []
        bucket, prefix = self.outputs.results_bucket, record.results_prefix
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
        names = [item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", [])]
        return [name for name in names if _is_file_name(name)]

    def result(self, record: Record, name: str) -> bytes | None:
        """Returns one published file; None if it was not requested."""
        try:
            answer = self.s3.get_object(Bucket=self.outputs.results_bucket, Key=f"{record.results_prefix}{name}")
        except ClientError as error:
            if is_gone(error):
                return None
            raise
        return answer["Body"].read()

    def links(self, record: Record) -> dict[str, str]:
        """Returns links by which a browser opens the review page and the PDF without credentials, by file name.

        They hold for 15 minutes, or until the credentials expire that sign them. A file that was not requested has
        none; the review page of a long document is several files, in their order.
        """
        names = [name for name in self.result_names(record) if _OPENED.fullmatch(name)]
        names.sort(key=lambda name: (name == PDF_NAME, len(name), name))
        return {name: self._link(f"{record.results_prefix}{name}") for name in names}

    def _link(self, key: str) -> str:
        return self._signer.generate_presigned_url(
            "get_object", Params={"Bucket": self.outputs.results_bucket, "Key": key}, ExpiresIn=LINK_SECONDS
        )

    def recent(self, limit: int) -> list[Record]:
        """Returns the records that changed last, whatever their status, the newest first."""
        found = [
            Record.model_validate(item)
            for status in Status
            for item in self._table.query(
                IndexName="by_status_and_day",
                KeyConditionExpression=Key("status").eq(status),
                ScanIndexForward=False,
                Limit=limit,
            )["Items"]
        ]
        return sorted(found, key=lambda record: record.updated_at, reverse=True)[:limit]

    def search(
        self, index: str, attribute: str, value: str, day: str | None = None, *, needs_review: bool = False
    ) -> list[Record]:
        """Returns records by one of the table's indexes, the newest first.

        A document with a published result counts as published while another attempt is on its way.

        Args:
            index: name of the index.
            attribute: its partition key.
            value: value of ``attribute``.
            day: prefix of the ISO date of the last change.
            needs_review: only documents that need review; the others are read too, as no index has the attribute.
        """
        wanted = Attr("needs_review").eq(True) if needs_review else None
        found = self._query(index, attribute, value, day, wanted)
        if (attribute, value) == ("status", Status.PUBLISHED):
            has_result = Attr("results_prefix").exists()
            also = has_result & wanted if wanted else has_result
            for status in UNFINISHED:
                found += self._query(index, attribute, status, day, also)
            found.sort(key=lambda record: record.updated_at, reverse=True)
        return found

    def reviewed(self, day: str | None = None) -> list[Record]:
        """Returns the records whose published result was reviewed.

        Args:
            day: as for `search`.
        """
        wanted = Attr("reviewed").eq(True)
        statuses = (Status.PUBLISHED, *UNFINISHED)  # another attempt may be on its way
        return [record for status in statuses for record in self._query(_BY_STATUS, "status", status, day, wanted)]

    def to_redrive(self, day: str | None = None) -> list[Record]:
        """Returns the records whose newest attempt was given up, or ended without its event.

        Args:
            day: as for `search`.
        """
        given_up, unsent = Attr("reason.retryable").eq(True), Attr("event_sent").not_exists()
        statuses = (Status.FAILED, Status.PUBLISHED)  # a given-up attempt leaves an earlier one published
        return [
            record
            for status in statuses
            for record in self._query(_BY_STATUS, "status", status, day, given_up | unsent)
        ]

    def _query(
        self, index: str, attribute: str, value: str, day: str | None, wanted: ConditionBase | None
    ) -> list[Record]:
        condition: ConditionBase = Key(attribute).eq(value)
        if day:
            condition = condition & Key("updated_at").begins_with(day)
        query: dict[str, Any] = {"IndexName": index, "KeyConditionExpression": condition, "ScanIndexForward": False}
        if wanted:
            query["FilterExpression"] = wanted
        found: list[Record] = []
        while True:
            answer = self._table.query(**query)
            found += [Record.model_validate(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return found
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _id(self, key: str, version_id: str) -> ObjectId:
        return ObjectId(bucket=self.outputs.scans_bucket, key=key, version_id=version_id)


def _is_file_name(name: str) -> bool:
    """Whether a name stays in the folder that it is joined to, on any system."""
    return name not in ("", ".", "..") and not {"/", "\\", "\0", ":"} & set(name)
