"""What the configurations of samconfig.toml deploy fits the account: quotas, the instances of a GPU, and their bill."""

from __future__ import annotations

from typing import Any

import pytest

from scanproof.cli.cost.prices import load_prices
from tests.unit.project.resolved_template import configured, resolve

NEW_ACCOUNT_MB = 3008
NEW_ACCOUNT_CONCURRENCY = 10
MODELS_ON_GPU = ("fast", "smollm2", "ocronos", "accurate-apache", "accurate")
# vCPUs, GiB of memory, GiB of the GPU's memory: the EC2 instance types guide, accelerated computing.
INSTANCES = {"g6f.large": (2, 8, 3), "g6f.2xlarge": (8, 32, 6), "g6f.4xlarge": (16, 64, 12)}


def of_type(resources: dict[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}


def on_gpu(model: str, **parameters: str) -> dict[str, dict[str, Any]]:
    return resolve({"CorrectCompute": "gpu", "CorrectModel": model, "NamePrefix": "scans", **parameters})


def concurrency_limits(resources: dict[str, dict[str, Any]]) -> dict[str, int]:
    """How often each function may run at once: its reserved concurrency, or what its event sources allow together."""
    mappings = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    limits = {}
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        sources = [
            int(m["ScalingConfig"]["MaximumConcurrency"]) for m in mappings if m["FunctionName"] == {"Ref": name}
        ]
        assert sources or "ReservedConcurrentExecutions" in function, f"nothing limits {name}"
        limits[name] = int(function.get("ReservedConcurrentExecutions", sum(sources)))
    return limits


# -------------------------------------------------------------------------------------------------------------- quotas


@pytest.mark.parametrize("configuration", ["dev", "prod", "aspose"])
def test_default_model_fits_new_accounts(configuration: str) -> None:
    functions = of_type(resolve(configured(configuration)), "AWS::Lambda::Function")
    assert {name: f["MemorySize"] for name, f in functions.items() if int(f["MemorySize"]) > NEW_ACCOUNT_MB} == {}


def test_dev_concurrency_fits_new_accounts() -> None:
    resources = resolve(configured("dev"))
    assert sum(concurrency_limits(resources).values()) <= NEW_ACCOUNT_CONCURRENCY, concurrency_limits(resources)
    # Reserving is refused where less than 100 would stay unreserved, so it cannot be the limit in a new account.
    functions = of_type(resources, "AWS::Lambda::Function")
    assert [name for name, function in functions.items() if "ReservedConcurrentExecutions" in function] == []


def test_prod_runs_more_at_once() -> None:
    prod, dev = (concurrency_limits(resolve(configured(name))) for name in ("prod", "dev"))
    assert all(prod[name] > dev[name] for name in ("OcrFunction", "CorrectFunction", "PublishFunction"))


# ----------------------------------------------------------------------------------------------------------------- GPU


@pytest.mark.parametrize("model", MODELS_ON_GPU)
def test_environments_fit_the_only_instance(model: str) -> None:
    resources = on_gpu(model)
    [instance] = resources["GpuCapacity"]["Properties"]["InstanceRequirements"]["AllowedInstanceTypes"]
    vcpus, gib, gpu_gib = INSTANCES[instance]
    function = resources["CorrectGpuFunction"]["Properties"]
    provider = function["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"]
    memory_gib = function["MemorySize"] / 1024
    assert memory_gib < gib  # Lambda's agent needs the rest
    assert 1 <= memory_gib / provider["ExecutionEnvironmentMemoryGiBPerVCpu"] <= vcpus
    assert memory_gib >= 2  # the smallest environment
    assert gpu_gib == function["AcceleratorConfig"]["AcceleratorMemorySize"]


def test_capacity_provider_is_tagged_and_keyless() -> None:
    resources = on_gpu("accurate-apache")
    provider = resources["GpuCapacity"]["Properties"]
    assert "KmsKeyArn" not in provider  # create-only, and the operator role has no grant on the key
    assert provider["PropagateTags"]["Mode"] == "Explicit"
    [tag] = provider["PropagateTags"]["ExplicitTags"]
    [counted] = resources["Budget"]["Properties"]["Budget"]["CostFilters"]["TagKeyValue"]
    assert counted == f"user:{tag['Key']}${tag['Value']}"


@pytest.mark.parametrize("model", MODELS_ON_GPU)
def test_spend_alarm_counts_instance_hours(model: str) -> None:
    prices = load_prices()
    resources = on_gpu(model)
    metrics = resources["SpendAlarm"]["Properties"]["Metrics"]
    [instance] = resources["GpuCapacity"]["Properties"]["InstanceRequirements"]["AllowedInstanceTypes"]
    counted = {m["Id"]: m["MetricStat"]["Metric"] for m in metrics if "MetricStat" in m}
    assert {counted[name]["MetricName"] for name in ("gpu_used", "gpu_free")} == {"vCPUAllocated", "vCPUAvailable"}
    dimensions = {"CapacityProviderName": {"Ref": "GpuCapacity"}, "InstanceType": instance}
    for name in ("gpu_used", "gpu_free"):
        assert {d["Name"]: d["Value"] for d in counted[name]["Dimensions"]} == dimensions
    vcpus, _, gpu_gib = INSTANCES[instance]
    hour = prices.gpu_instance_hour[gpu_gib] * (1 + prices.managed_instance_fee)
    [expression] = [m["Expression"] for m in metrics if "Expression" in m]
    samples = 3600 / 300  # the metrics come every 5 minutes
    assert f"(FILL(gpu_used, 0) + FILL(gpu_free, 0)) / {samples:.0f} / {vcpus} * {hour:.4f}" in expression


@pytest.mark.parametrize("compute", ["cpu", "gpu"])
@pytest.mark.parametrize("engine", ["rapidocr", "aspose"])
def test_spend_alarm_fills_every_gap(compute: str, engine: str) -> None:
    """An operation on a metric without data has no result: one idle function would silence the alarm."""
    resources = resolve({"CorrectCompute": compute, "OcrEngine": engine})
    metrics = resources["SpendAlarm"]["Properties"]["Metrics"]
    [expression] = [m["Expression"] for m in metrics if "Expression" in m]
    assert "${" not in expression
    for metric in metrics:
        if "MetricStat" in metric:
            assert f"FILL({metric['Id']}, 0)" in expression


@pytest.mark.parametrize(("minimum", "maximum", "enabled"), [("1", "2", "true"), ("0", "0", "false")])
def test_zero_environments_pause_the_queue(minimum: str, maximum: str, enabled: str) -> None:
    resources = on_gpu("fast", GpuMinEnvironments=minimum, GpuMaxEnvironments=maximum)
    scaling = resources["CorrectGpuFunction"]["Properties"]["FunctionScalingConfig"]
    assert scaling == {"MinExecutionEnvironments": minimum, "MaxExecutionEnvironments": maximum}
    assert str(resources["CorrectGpuSource"]["Properties"]["Enabled"]).lower() == enabled


@pytest.mark.parametrize(
    ("access", "interfaces"), [("endpoints", {"sqs", "logs", "xray", "ecr.api", "ecr.dkr", "ec2"}), ("nat", set())]
)
def test_made_network_reaches_services(access: str, interfaces: set[str]) -> None:
    resources = on_gpu("fast", GpuNetworkAccess=access)
    endpoints = of_type(resources, "AWS::EC2::VPCEndpoint").values()
    reached = {e["ServiceName"].split(".", 3)[3]: e.get("VpcEndpointType", "Gateway") for e in endpoints}
    assert {name for name, kind in reached.items() if kind == "Interface"} == interfaces
    assert {name for name, kind in reached.items() if kind == "Gateway"} == {"s3", "dynamodb"}
    ways_out = {
        name for name, r in resources.items() if r["Type"] in ("AWS::EC2::NatGateway", "AWS::EC2::InternetGateway")
    }
    assert ways_out == ({"GpuNat", "GpuInternetGateway"} if access == "nat" else set())
    given = on_gpu("fast", GpuNetworkAccess=access, GpuSubnetIds="subnet-1", GpuSecurityGroupIds="sg-1")
    assert not any(resource["Type"].startswith("AWS::EC2::") for resource in given.values())
