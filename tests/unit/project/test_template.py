"""Properties of the template that the emulator does not show."""

from __future__ import annotations

import copy
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file
from samtranslator.model.exceptions import InvalidDocumentException  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from devstack.stack import TEMPLATE
from devstack.template import translate
from devstack.template_changes import statements_of
from scanproof.cli.cost.prices import load_prices
from scanproof.cli.cost.workload import TIERS
from scanproof.document import DocumentRef, ObjectId
from scanproof.settings import Settings
from scanproof.workers import s3_keys
from scanproof.workers.correct import MAX_RETRIES as CORRECT_RETRIES
from scanproof.workers.maintenance import EVENT_LATE_AFTER, LOST_AFTER, UNMOVED_AFTER
from scanproof.workers.ocr import MAX_RETRIES as OCR_RETRIES
from scanproof.workers.s3_keys import CORRECTIONS_PREFIX
from tests.unit.project.resolved_template import resolve

LAMBDA_FUNCTION = "AWS::Lambda::Function"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    translated: dict[str, Any] = translate(TEMPLATE, {}).cloudformation
    return translated


@pytest.fixture(scope="module")
def resources(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]
    return found


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


def actions_of(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


# ------------------------------------------------------------------------------------------------------------- queues


def test_every_queue_has_dead_letters(resources: dict[str, Any]) -> None:
    queues = of_type(resources, "AWS::SQS::Queue")
    worked_on = {name for name, queue in queues.items() if "RedrivePolicy" in queue}
    assert worked_on >= {"OcrQueue", "CorrectQueue", "PublishQueue"}
    for name in worked_on:
        target = queues[queues[name]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]
        assert target["MessageRetentionPeriod"] == 14 * 24 * 3600
        [source] = target["RedriveAllowPolicy"]["sourceQueueArns"]
        assert source["Fn::Sub"].endswith(":" + queues[name]["QueueName"]["Fn::Sub"])


def test_visibility_is_six_times_timeout(template: dict[str, Any], resources: dict[str, Any]) -> None:
    queues, functions = of_type(resources, "AWS::SQS::Queue"), of_type(resources, LAMBDA_FUNCTION)
    for name, mapping in of_type(resources, "AWS::Lambda::EventSourceMapping").items():
        queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
        function = functions[mapping["FunctionName"]["Ref"]]
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        for needs in template["Mappings"]["ModelNeeds"].values():
            visibility = number(queue["VisibilityTimeout"], needs, gpu="Gpu" in name)
            assert visibility >= 6 * number(function["Timeout"], needs) + window


def number(value: Any, needs: dict[str, Any], gpu: bool = False) -> int:
    """A number of the template, for one model of the mapping ModelNeeds."""
    if isinstance(value, dict) and "Fn::If" in value:
        assert value["Fn::If"][0] == "UseGpu"
        return number(value["Fn::If"][1 if gpu else 2], needs)
    return int(needs[value["Fn::FindInMap"][2]] if isinstance(value, dict) else value)


def test_slow_models_take_small_batches(template: dict[str, Any], resources: dict[str, Any]) -> None:
    [mapping] = [
        m for n, m in of_type(resources, "AWS::Lambda::EventSourceMapping").items() if n.startswith("CorrectF")
    ]
    timeout = resources["CorrectFunction"]["Properties"]["Timeout"]
    seconds = {tier.name: tier.steps["correct"].seconds_per_page for tier in TIERS if tier.compute == "cpu"}
    assert len(seconds) > 1
    for model, needs in template["Mappings"]["ModelNeeds"].items():
        assert number(mapping["BatchSize"], needs) * seconds.get(model, 0) <= number(timeout, needs) / 2
        assert number(timeout, needs) <= 900


def test_functions_may_hasten_retries(resources: dict[str, Any]) -> None:
    for mapping in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        if mapping["FunctionName"]["Ref"] == "MaintenanceFunction":
            continue  # the schedule starts the next run
        function = resources[mapping["FunctionName"]["Ref"]]["Properties"]
        statements = statements_of(resources[function["Role"]["Fn::GetAtt"][0]]["Properties"])
        [consume] = [s for s in statements if "sqs:ReceiveMessage" in actions_of(s) and s["Sid"].startswith("Consume")]
        assert "sqs:ChangeMessageVisibility" in actions_of(consume)


def test_mappings_limit_concurrency(resources: dict[str, Any]) -> None:
    mappings = of_type(resources, "AWS::Lambda::EventSourceMapping")
    without = {"UploadFunction"}  # the API's throttling limits it
    assert {m["FunctionName"]["Ref"] for m in mappings.values()} == set(of_type(resources, LAMBDA_FUNCTION)) - without
    for mapping in mappings.values():
        assert mapping["ScalingConfig"]["MaximumConcurrency"]
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


# ---------------------------------------------------------------------------------------------------------- functions


def test_roles_have_no_wildcards(resources: dict[str, Any]) -> None:
    functions, roles = of_type(resources, LAMBDA_FUNCTION), of_type(resources, "AWS::IAM::Role")
    used = {name: function["Role"]["Fn::GetAtt"][0] for name, function in functions.items()}
    assert used.pop("CorrectGpuFunction") == used["CorrectFunction"]  # one of the two is deployed
    assert len(set(used.values())) == len(used)
    for name in used.values():
        [xray] = roles[name]["ManagedPolicyArns"]
        assert xray["Fn::Sub"].endswith("AWSXRayDaemonWriteAccess")  # X-Ray knows no resources to name
        for statement in statements_of(roles[name]):
            assert statement["Resource"] != "*"
            assert not any("*" in action for action in actions_of(statement))


def test_cpu_and_gpu_functions_agree(resources: dict[str, Any]) -> None:
    assert resources["CorrectFunction"]["Condition"] == "UseCpu"
    assert resources["CorrectGpuFunction"]["Condition"] == "UseGpu"
    cpu, gpu = resources["CorrectFunction"]["Properties"], resources["CorrectGpuFunction"]["Properties"]
    for shared in ("Role", "LoggingConfig", "TracingConfig", "KmsKeyArn", "ImageConfig"):
        assert cpu[shared] == gpu[shared], shared
    on_gpu = gpu["Environment"]["Variables"]
    assert on_gpu.pop("SCANPROOF_DEVICE") == "cuda"
    assert "GpuProcessGiB" in on_gpu.pop("SCANPROOF_MEMORY_BUDGET_GIB")["Fn::FindInMap"]
    assert cpu["Environment"]["Variables"] == on_gpu
    sources = of_type(resources, "AWS::Lambda::EventSourceMapping")
    assert {source["EventSourceArn"]["Fn::GetAtt"][0] for name, source in sources.items() if "Correct" in name} == {
        "CorrectQueue"
    }


def test_gpu_scales_between_limits(template: dict[str, Any]) -> None:
    function = template["Resources"]["CorrectGpuFunction"]["Properties"]
    assert function["FunctionScalingConfig"]["MinExecutionEnvironments"] == {"Ref": "GpuMinEnvironments"}
    assert function["FunctionScalingConfig"]["MaxExecutionEnvironments"] == {"Ref": "GpuMaxEnvironments"}
    # Lambda takes a minimum of 0 only together with a maximum of 0, which deactivates the function.
    least, most = (template["Parameters"][f"Gpu{name}Environments"]["Default"] for name in ("Min", "Max"))
    assert 1 <= least <= most
    scaling = template["Resources"]["GpuCapacity"]["Properties"]["CapacityProviderScalingConfig"]
    assert scaling["MaxVCpuCount"] == {"Ref": "GpuMaxVCpus"}


def test_concurrency_fits_gpu_memory(template: dict[str, Any]) -> None:
    allowed = template["Parameters"]["CorrectModel"]["AllowedValues"]
    needs = template["Mappings"]["ModelNeeds"]
    assert set(needs) == set(allowed)
    for need in needs.values():
        assert need["GpuConcurrency"] * need["GpuProcessGiB"] <= need["GpuMemoryGiB"]
        assert need["GpuMemoryGiB"] in (3, 6, 12, 16, 24, 48)  # what AcceleratorMemorySize takes
        assert need["CpuMemoryMb"] <= 10240


@pytest.mark.slow
def test_tools_do_not_know_accelerators(tmp_path: Path) -> None:
    """Fails once they do: then CorrectGpuFunction can lose its exception, or become a serverless function."""
    raw = copy.deepcopy(yaml_parse(TEMPLATE.read_text()))
    gpu = raw["Resources"]["CorrectGpuFunction"]
    del gpu["Metadata"]["cfn-lint"]
    path = tmp_path / "template.json"
    path.write_text(json.dumps(raw))
    findings = [match.message for match in lint_file(path) if match.rule.id == "E3002"]
    assert len(findings) == 1, findings
    assert "AcceleratorConfig" in findings[0]

    metadata = {"Dockerfile": "Dockerfile", "DockerContext": "."}
    properties = {key: gpu["Properties"][key] for key in ("PackageType", "ImageConfig", "AcceleratorConfig")}
    serverless = {"Type": "AWS::Serverless::Function", "Metadata": metadata, "Properties": properties}
    path.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Gpu": serverless}}))
    with pytest.raises(InvalidDocumentException) as caught:
        translate(path)
    assert "AcceleratorConfig" in str(caught.value.causes[0].message)


# --------------------------------------------------------------------------------------------------------- what is kept


def test_results_never_trigger_uploads(resources: dict[str, Any]) -> None:
    buckets = of_type(resources, "AWS::S3::Bucket")
    notified = {
        name: bucket["NotificationConfiguration"]["QueueConfigurations"]
        for name, bucket in buckets.items()
        if "NotificationConfiguration" in bucket
    }
    assert set(notified) == {"ScansBucket", "ResultsBucket"}
    [corrections] = notified["ResultsBucket"]
    assert corrections["Queue"] == {"Fn::GetAtt": ["PublishQueue", "Arn"]}
    assert corrections["Filter"] == {"S3Key": {"Rules": [{"Name": "prefix", "Value": CORRECTIONS_PREFIX}]}}
    for role in of_type(resources, "AWS::IAM::Role").values():
        for statement in statements_of(role):
            if "s3:PutObject" in actions_of(statement) and statement["Sid"] != "LendUploads":
                assert statement["Resource"]["Fn::Sub"].startswith("${ResultsBucket.Arn}/")
                assert not statement["Resource"]["Fn::Sub"].startswith(f"${{ResultsBucket.Arn}}/{CORRECTIONS_PREFIX}")


def test_buckets_are_private_and_retained(resources: dict[str, Any]) -> None:
    for name, bucket in of_type(resources, "AWS::S3::Bucket").items():
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {"Fn::GetAtt": ["DataKey", "Arn"]}
        assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_failed_first_deployment_can_repeat(resources: dict[str, Any]) -> None:
    """What a rollback leaves does not stand in the way of the next attempt: it has no fixed name."""
    kept = {name: resource for name, resource in resources.items() if "Retain" in resource.get("DeletionPolicy", "")}
    assert set(kept) >= {"DataKey", "ScansBucket", "ResultsBucket", "DocumentsTable"}
    for name, resource in kept.items():
        named = {"BucketName", "TableName", "QueueName", "FunctionName"} & set(resource["Properties"])
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate" or not named, name
        assert resource.get("UpdateReplacePolicy") == "Retain"


def test_data_at_rest_uses_stack_key(resources: dict[str, Any]) -> None:
    arn, reference = {"Fn::GetAtt": ["DataKey", "Arn"]}, {"Ref": "DataKey"}
    assert all(queue["KmsMasterKeyId"] == reference for queue in of_type(resources, "AWS::SQS::Queue").values())
    assert all(topic["KmsMasterKeyId"] == reference for topic in of_type(resources, "AWS::SNS::Topic").values())
    assert all(logs["KmsKeyId"] == arn for logs in of_type(resources, "AWS::Logs::LogGroup").values())
    assert all(function["KmsKeyArn"] == arn for function in of_type(resources, LAMBDA_FUNCTION).values())
    for table in of_type(resources, "AWS::DynamoDB::Table").values():
        assert table["SSESpecification"]["KMSMasterKeyId"] == arn
    assert all(
        secret["KmsKeyId"] in (arn, reference) for secret in of_type(resources, "AWS::SecretsManager::Secret").values()
    )


def test_s3_may_use_the_key(resources: dict[str, Any]) -> None:
    statements = {s["Sid"]: s for s in resources["DataKey"]["Properties"]["KeyPolicy"]["Statement"]}
    uploads = statements["UploadsNotifyTheQueue"]
    assert uploads["Principal"] == {"Service": "s3.amazonaws.com"}
    assert uploads["Action"] == ["kms:GenerateDataKey", "kms:Decrypt"]
    sources = [source["Fn::Sub"] for source in uploads["Condition"]["ArnEquals"]["aws:SourceArn"]]
    for source, bucket in zip(sources, ("ScansBucket", "ResultsBucket"), strict=True):
        assert source.endswith(f":::{resources[bucket]['Properties']['BucketName']['Fn::Sub']}")


def test_schedule_reaches_its_queue(resources: dict[str, Any]) -> None:
    rule = resources["MaintenanceSchedule"]["Properties"]
    assert rule["ScheduleExpression"] == "rate(15 minutes)"
    assert [target["Arn"] for target in rule["Targets"]] == [{"Fn::GetAtt": ["MaintenanceQueue", "Arn"]}]
    [allowed, _] = resources["MaintenanceQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert allowed["Condition"]["ArnEquals"]["aws:SourceArn"] == {"Fn::GetAtt": ["MaintenanceSchedule", "Arn"]}
    statements = {s["Sid"]: s for s in resources["DataKey"]["Properties"]["KeyPolicy"]["Statement"]}
    schedule = statements["EventsReachTheQueues"]
    assert schedule["Principal"] == {"Service": "events.amazonaws.com"}
    sources = [source["Fn::Sub"] for source in schedule["Condition"]["ArnEquals"]["aws:SourceArn"]]
    assert any(source.endswith(f":rule/{rule['Name']['Fn::Sub']}") for source in sources)


@pytest.mark.parametrize("model", ["fast", "accurate"])
def test_maintenance_waits_longer_than_others_work(model: str) -> None:
    resources = resolve({"CorrectModel": model})
    functions, queues = of_type(resources, LAMBDA_FUNCTION), of_type(resources, "AWS::SQS::Queue")
    slowest = timedelta(seconds=max(function["Timeout"] for function in functions.values()))
    assert slowest < min(EVENT_LATE_AFTER, UNMOVED_AFTER)
    kept = [queue["MessageRetentionPeriod"] for queue in queues.values() if "RedrivePolicy" in queue]
    assert timedelta(seconds=max(kept)) < LOST_AFTER
    assert functions["MaintenanceFunction"]["Timeout"] < queues["MaintenanceQueue"]["MessageRetentionPeriod"] == 15 * 60


@pytest.mark.parametrize("compute", ["cpu", "gpu"])
def test_tries_are_used_up_before_receives(compute: str) -> None:
    queues = of_type(resolve({"CorrectCompute": compute, "OcrEngine": "aspose"}), "AWS::SQS::Queue")
    for name, retries in (("OcrQueue", OCR_RETRIES), ("RapidOcrQueue", OCR_RETRIES), ("CorrectQueue", CORRECT_RETRIES)):
        receives = queues[name]["RedrivePolicy"]["maxReceiveCount"]
        assert receives > 2 * (retries + 1)  # throttled invocations count as receives


def test_everything_requires_tls(resources: dict[str, Any]) -> None:
    guarded = set()
    for kind, names in (("S3::BucketPolicy", "Bucket"), ("SQS::QueuePolicy", "Queues"), ("SNS::TopicPolicy", "Topics")):
        for policy in of_type(resources, f"AWS::{kind}").values():
            statements = {s["Sid"]: s for s in policy["PolicyDocument"]["Statement"]}
            assert statements["TlsOnly"]["Effect"] == "Deny"
            assert statements["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            named = policy[names]
            guarded |= {item["Ref"] for item in (named if isinstance(named, list) else [named])}
    kinds = ("AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic")
    assert guarded == {name for kind in kinds for name in of_type(resources, kind)}


def test_tables_expire_and_restore(resources: dict[str, Any]) -> None:
    tables = of_type(resources, "AWS::DynamoDB::Table")
    assert tables["DocumentsTable"]["TimeToLiveSpecification"]["AttributeName"] == "expires_at"
    assert tables["IdempotencyTable"]["TimeToLiveSpecification"]["AttributeName"] == "expiration"
    assert tables["DocumentsTable"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert tables["DocumentsTable"]["DeletionProtectionEnabled"]


def test_logs_expire(resources: dict[str, Any]) -> None:
    logs = of_type(resources, "AWS::Logs::LogGroup")
    named = {group["LogGroupName"]["Fn::Sub"] for group in logs.values()}
    functions = dict(of_type(resources, LAMBDA_FUNCTION))
    assert functions.pop("CorrectGpuFunction")["LoggingConfig"] == functions["CorrectFunction"]["LoggingConfig"]
    assert named == {f"/aws/lambda/{function['FunctionName']['Fn::Sub']}" for function in functions.values()}
    assert {function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions.values()} == set(logs)
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in logs.values())


# ----------------------------------------------------------------------------------------------------------- operations


def test_alarms_explain_and_notify(resources: dict[str, Any]) -> None:
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    assert set(alarms) >= {
        "FailedDocumentsAlarm",
        "MaintenanceAlarm",
        "WaitingAlarm",
        "ErrorsAlarm",
        "FailedMessagesAlarm",
        "PagesLeftRawAlarm",
        "CpuFallbackAlarm",
        "GpuCapacityAlarm",
        "SpendAlarm",
    }
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert len(alarm["AlarmDescription"]) > 40


def test_dashboard_shows_function_metrics(resources: dict[str, Any]) -> None:
    body, _ = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    shown = {metric[1] for widget in widgets for metric in widget["properties"]["metrics"] if len(metric) > 1}
    assert shown >= {"PagesPublished", "SecondsToPublish", "Edits", "Refusals", "PagesLeftRaw", "DocumentsFailed"}
    assert shown >= {"DocumentsNeedingReview", "FailedMessages"}


def test_failed_messages_alarm_fills_gaps(resources: dict[str, Any]) -> None:
    metrics = resources["FailedMessagesAlarm"]["Properties"]["Metrics"]
    services = {
        f["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for f in of_type(resources, LAMBDA_FUNCTION).values()
    }
    watched = {m["MetricStat"]["Metric"]["Dimensions"][0]["Value"] for m in metrics if "MetricStat" in m}
    assert watched == services - {"upload"}
    [expression] = [metric["Expression"] for metric in metrics if "Expression" in metric]
    assert all(f"FILL({service}, 0)" in expression for service in watched)  # a service without failures has no data


def test_review_threshold_reaches_publishing(template: dict[str, Any]) -> None:
    parameter = template["Parameters"]["ReviewConfidence"]
    assert (parameter["MinValue"], parameter["MaxValue"]) == (0, 1)
    assert parameter["Default"] == Settings().review_confidence
    variables = template["Resources"]["PublishFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["REVIEW_CONFIDENCE"] == {"Ref": "ReviewConfidence"}


@pytest.mark.parametrize("engine", ["rapidocr", "aspose"])
@pytest.mark.parametrize("compute", ["cpu", "gpu"])
def test_alarms_watch_every_resource(engine: str, compute: str) -> None:
    resources = resolve({"OcrEngine": engine, "CorrectCompute": compute})
    queues, functions = of_type(resources, "AWS::SQS::Queue"), of_type(resources, LAMBDA_FUNCTION)
    worked_on = {name for name, queue in queues.items() if "RedrivePolicy" in queue}
    functions = {name: function for name, function in functions.items() if name != "MaintenanceFunction"}  # has its own
    # by name, or by a reference where the name depends on the compute
    names = {name if name.startswith("Correct") else function["FunctionName"] for name, function in functions.items()}
    assert watched(resources["WaitingAlarm"]) == worked_on
    assert watched(resources["ErrorsAlarm"]) == names
    billed_by_instance = {"CorrectGpuFunction": "GpuCapacity"}
    assert watched(resources["SpendAlarm"]) == {billed_by_instance.get(name, name) for name in names}


def watched(alarm: dict[str, Any]) -> set[str]:
    """Queues, functions and capacity providers that an alarm's expression includes."""
    metrics: list[dict[str, Any]] = alarm["Properties"]["Metrics"]
    [expression] = [metric["Expression"] for metric in metrics if "Expression" in metric]
    measured = {metric["Id"]: metric["MetricStat"]["Metric"] for metric in metrics if "MetricStat" in metric}
    assert set(re.findall(r"\b[a-z_]+\b", expression)) >= set(measured), expression
    values = [metric["Dimensions"][0]["Value"] for metric in measured.values()]
    return {value if isinstance(value, str) else value.get("Ref") or value["Fn::GetAtt"][0] for value in values}


def test_dashboard_shows_every_resource(resources: dict[str, Any]) -> None:
    body = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    named = [queue["QueueName"] for queue in of_type(resources, "AWS::SQS::Queue").values()]
    named += [function["FunctionName"] for function in of_type(resources, LAMBDA_FUNCTION).values()]
    assert [name["Fn::Sub"] for name in named if f'"{name["Fn::Sub"]}"' not in body] == []


def test_spending_uses_function_memory(resources: dict[str, Any]) -> None:
    alarm = next(m for m in resources["SpendAlarm"]["Properties"]["Metrics"] if "Expression" in m)
    expressions = [
        str(alarm["Expression"]["Fn::Sub"]),
        str(resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]),
    ]
    names = ("OcrFunction", "AsposeOcrFunction", "PublishFunction")
    memory = {name: resources[name]["Properties"]["MemorySize"] for name in names}
    for expression in expressions:
        assert all(f"* {megabytes}" in expression for megabytes in memory.values())
        assert f"* {load_prices().lambda_gb_second:.10f}" in expression


def test_only_intermediate_pages_expire(resources: dict[str, Any]) -> None:
    scans = resources["ScansBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    results = resources["ResultsBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert scans[-1]["Fn::If"][0] == "ExpireScans"
    assert results[-1]["Fn::If"][0] == "ExpireResults"
    intermediate = next(rule for rule in results if rule.get("Id") == "intermediate-pages")
    scan = ObjectId(bucket="scans", key="incoming/scan.png", version_id="v")
    document = DocumentRef(object_id=scan, attempt=1)
    assert s3_keys.raw_page_key(document, 1).startswith(intermediate["Prefix"])
    assert not s3_keys.results_prefix(document).startswith(intermediate["Prefix"])


# -------------------------------------------------------------------------------------------------------- entry points


def test_entry_points_are_off_by_default(template: dict[str, Any], resources: dict[str, Any]) -> None:
    for parameter in ("ExistingBucketName", "UploadIssuer"):
        assert template["Parameters"][parameter]["Default"] == ""
    conditions = {name: resource.get("Condition") for name, resource in resources.items()}
    assert conditions["ExistingBucketRule"] == "HasExistingBucket"
    uploads = {name: condition for name, condition in conditions.items() if name.startswith("Upload")}
    assert len(uploads) > 5
    assert set(uploads.values()) == {"UseUploads"}


def test_upload_api_requires_token(resources: dict[str, Any]) -> None:
    body = resources["UploadApi"]["Properties"]["Body"]
    [route] = body["paths"].values()
    [method] = route["Fn::If"][1].values()
    assert method["Fn::If"][1]["security"] == [{"Callers": []}]
    authorizer = body["components"]["securitySchemes"]["Callers"]["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "jwt"
    assert authorizer["jwtConfiguration"] == {
        "issuer": {"Ref": "UploadIssuer"},
        "audience": [{"Ref": "UploadAudience"}],
    }
    settings = resources["UploadApiApiGatewayDefaultStage"]["Properties"]["DefaultRouteSettings"]
    assert set(settings) == {"ThrottlingRateLimit", "ThrottlingBurstLimit"}


def test_existing_bucket_rule_reaches_queue(resources: dict[str, Any]) -> None:
    rule = resources["ExistingBucketRule"]["Properties"]
    [target] = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["OcrQueue", "Arn"]}
    documents = [
        resources["OcrQueuePolicy"]["Properties"]["PolicyDocument"],
        resources["DataKey"]["Properties"]["KeyPolicy"],  # a queue under the stack's key
    ]
    for document in documents:
        [allowed] = [s for s in document["Statement"] if s["Principal"] == {"Service": "events.amazonaws.com"}]
        sources = allowed["Condition"]["ArnEquals"]["aws:SourceArn"]
        sources = sources if isinstance(sources, list) else [sources]
        assert any(source["Fn::Sub"].endswith(f":rule/{rule['Name']['Fn::Sub']}") for source in sources)
