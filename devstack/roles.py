"""Assumes a function's deployed role, so that the function has exactly the rights of its role."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import boto3
import botocore.session
from botocore.credentials import RefreshableCredentials

_SECONDS = 3600
_RENEW_BEFORE = 1200.0  # longer than the longest invocation (Lambda's limit is 900 s)


@dataclass(frozen=True)
class RoleCredentials:
    """Temporary credentials, and the time until which an environment may start another invocation with them."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    usable_until: float  # seconds since the epoch

    @property
    def expiring(self) -> bool:
        """Whether an environment with these credentials should be replaced."""
        return time.time() > self.usable_until

    def variables(self) -> dict[str, str]:
        """Returns the environment variables that Lambda sets."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


def assume(role_arn: str, session_name: str, client: boto3.Session, endpoint_url: str) -> RoleCredentials:
    """Assumes the role, as the Lambda service does for a new environment."""
    sts = client.client("sts", endpoint_url=endpoint_url)
    answer = sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name, DurationSeconds=_SECONDS)
    credentials = answer["Credentials"]
    return RoleCredentials(
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
        time.time() + _SECONDS - _RENEW_BEFORE,
    )


def session_as(role_arn: str, session_name: str, client: boto3.Session, endpoint_url: str) -> boto3.Session:
    """Returns a session with the role's rights that renews its credentials."""

    def renew() -> dict[str, str]:
        credentials = assume(role_arn, session_name, client, endpoint_url)
        until = datetime.fromtimestamp(credentials.usable_until, UTC)
        return {
            "access_key": credentials.access_key_id,
            "secret_key": credentials.secret_access_key,
            "token": credentials.session_token,
            "expiry_time": until.isoformat(),
        }

    inner = botocore.session.get_session()
    inner._credentials = RefreshableCredentials.create_from_metadata(  # type: ignore[attr-defined]
        metadata=renew(), refresh_using=renew, method="sts-assume-role"
    )
    return boto3.Session(botocore_session=inner, region_name=client.region_name)
