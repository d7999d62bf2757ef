"""Compares the grants of a role with the observed calls of its function: what is missing, what is superfluous."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import boto3

from devstack.calls import Call

# Actions that AWS itself performs with the role; they do not appear among the function's calls.
BY_AWS: Mapping[str, str] = {
    "logs:CreateLogStream": "Lambda writes the function's log",
    "logs:PutLogEvents": "Lambda writes the function's log",
    "sqs:ReceiveMessage": "the event source mapping polls",
    "sqs:DeleteMessage": "the event source mapping deletes what was done",
    "sqs:GetQueueAttributes": "the event source mapping looks at the queue",
    "kms:Decrypt": "S3, SQS, DynamoDB and Lambda decrypt for the function",
    "kms:GenerateDataKey": "S3 and SQS encrypt for the function",
    "s3:ListBucket": "S3 answers 404 instead of 403 for a missing object",
}


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource, which may contain wildcards, and the statement that grants it."""

    action: str
    resource: str
    sid: str

    def covers(self, call: Call) -> bool:
        """Returns whether this grant allows the call."""
        return self.action == call.action and fnmatchcase(call.resource, self.resource)


@dataclass(frozen=True)
class Report:
    """The grants of a role and the calls of its function."""

    grants: tuple[Grant, ...]
    calls: tuple[Call, ...]

    @property
    def missing(self) -> tuple[Call, ...]:
        """Calls that no grant covers."""
        return tuple(call for call in self.calls if not any(grant.covers(call) for grant in self.grants))

    @property
    def superfluous(self) -> tuple[Grant, ...]:
        """Grants that neither the function nor AWS itself uses."""
        return tuple(grant for grant in self.grants if grant.action not in BY_AWS and not self.used(grant))

    def used(self, grant: Grant) -> bool:
        """Returns whether the function made a call that this grant covers."""
        return any(grant.covers(call) for call in self.calls)


def grants_of(role_arn: str, session: boto3.Session, endpoint_url: str) -> tuple[Grant, ...]:
    """Lists what the inline policies of a deployed role allow, by action and resource."""
    iam: Any = session.client("iam", endpoint_url=endpoint_url)
    role = role_arn.rsplit("/", 1)[1]
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    return tuple(sorted({grant for document in documents for grant in _grants(document)}))


def _grants(document: Mapping[str, Any]) -> Iterator[Grant]:
    for statement in document["Statement"]:
        for action in _listed(statement["Action"]):
            if action.endswith("Batch"):  # for the emulator only: see template_changes.name_batch_actions
                continue
            for resource in _listed(statement["Resource"]):
                yield Grant(action, resource, statement["Sid"])


def _listed(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
