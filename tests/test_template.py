"""What the template promises and the emulator does not show."""

from __future__ import annotations

from typing import Any

import pytest

from local.stack import TEMPLATE
from local.template import translate


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    translated: dict[str, Any] = translate(TEMPLATE, {}).cloudformation["Resources"]
    return translated


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


def test_every_queue_that_is_worked_on_has_dead_letters_that_are_kept_longest(resources: dict[str, Any]) -> None:
    queues = of_type(resources, "AWS::SQS::Queue")
    worked_on = {name for name, queue in queues.items() if "RedrivePolicy" in queue}
    assert worked_on == {"OcrQueue", "CorrectQueue", "PublishQueue"}
    for name in worked_on:
        target = queues[name]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert queues[target]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_message_stays_hidden_for_six_times_as_long_as_it_may_be_worked_on(resources: dict[str, Any]) -> None:
    queues, functions = of_type(resources, "AWS::SQS::Queue"), of_type(resources, "AWS::Lambda::Function")
    for mapping in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
        function = functions[mapping["FunctionName"]["Ref"]]
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + window


def test_no_flood_can_spend_without_end_and_partial_failures_are_reported(resources: dict[str, Any]) -> None:
    mappings = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    assert len(mappings) == 3
    for mapping in mappings:
        assert mapping["ScalingConfig"]["MaximumConcurrency"]
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_function_has_a_hand_written_role_of_its_own_without_wildcards(resources: dict[str, Any]) -> None:
    functions = of_type(resources, "AWS::Lambda::Function").values()
    roles = of_type(resources, "AWS::IAM::Role")
    assert len({function["Role"]["Fn::GetAtt"][0] for function in functions}) == len(functions) == len(roles)
    for role in roles.values():
        [xray] = role["ManagedPolicyArns"]
        assert xray["Fn::Sub"].endswith("AWSXRayDaemonWriteAccess")
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Resource"] != "*"
                actions = statement["Action"]
                assert not any("*" in action for action in ([actions] if isinstance(actions, str) else actions))


def test_results_are_never_written_where_uploads_are_listened_for(resources: dict[str, Any]) -> None:
    buckets = of_type(resources, "AWS::S3::Bucket")
    assert "NotificationConfiguration" not in buckets["ResultsBucket"]
    assert buckets["ScansBucket"]["VersioningConfiguration"] == {"Status": "Enabled"}


def test_buckets_are_private_tls_only_and_survive_the_stack(resources: dict[str, Any]) -> None:
    policies = of_type(resources, "AWS::S3::BucketPolicy")
    guarded = {policy["Bucket"]["Ref"] for policy in policies.values()}
    for name, bucket in of_type(resources, "AWS::S3::Bucket").items():
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert resources[name]["DeletionPolicy"] == "Retain"
        assert name in guarded


def test_counters_and_idempotency_expire_and_the_documents_table_can_be_restored(resources: dict[str, Any]) -> None:
    tables = of_type(resources, "AWS::DynamoDB::Table")
    assert tables["DocumentsTable"]["TimeToLiveSpecification"]["AttributeName"] == "expires_at"
    assert tables["IdempotencyTable"]["TimeToLiveSpecification"]["AttributeName"] == "expiration"
    assert tables["DocumentsTable"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
