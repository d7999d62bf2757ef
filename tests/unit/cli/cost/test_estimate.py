"""Estimated dollars from prices and volumes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from devstack import PROJECT_ROOT
from devstack.stack import TEMPLATE
from devstack.template import translate
from docs.make_costs import with_table
from scanproof.cli.commands.cost import cost
from scanproof.cli.cost.estimate import (
    ALARM_METRICS,
    CONSUMED_QUEUES,
    ENDPOINTS,
    a_month,
    break_even_pages,
    for_invocations,
    for_pages,
    for_steps,
    gpu_hour,
    idle,
)
from scanproof.cli.cost.prices import Prices, load_prices
from scanproof.cli.cost.workload import HOURS_PER_MONTH, TIERS, GpuOperation, Step, Tier, measured_steps
from scanproof.errors import PermanentError
from tests.unit.project.resolved_template import resolve

BY_CALL = ("request", "put", "get", "write", "read", "event", "trace")
FREE = {name: 0 for name in Prices.model_fields if name.endswith(BY_CALL)}


def tier(name: str, compute: str) -> Tier:
    return next(tier for tier in TIERS if (tier.name, tier.compute) == (name, compute))


def test_function_time_costs_gb_seconds() -> None:
    prices = load_prices().model_copy(update={**FREE, "log_gb": 0, "lambda_gb_second": 1.0})
    step = Step(memory_mb=2048, seconds_per_page=3, seconds_per_document=1)
    only = Tier("own", "cpu", {"ocr": step})
    assert for_pages(prices, only, pages=10, pages_per_document=5).total == pytest.approx(2 * (3 * 10 + 1 * 2))


def test_cost_scales_with_pages() -> None:
    prices, fast = load_prices(), tier("fast", "cpu")
    assert for_pages(prices, fast, 2000).total == pytest.approx(2 * for_pages(prices, fast, 1000).total)
    assert for_pages(prices, fast, 1000, 10).total < for_pages(prices, fast, 1000, 1).total


# The second one starts instances for an hour a month: the bend of the GPU's bill lies below the break-even.
@pytest.mark.parametrize("operation", [GpuOperation(), GpuOperation(0.7, 3, 1, 1)], ids=["always on", "one hour"])
def test_break_even_is_where_costs_match(operation: GpuOperation) -> None:
    prices = load_prices()
    cpu, gpu = tier("accurate-apache", "cpu"), tier("accurate-apache", "gpu")
    pages = break_even_pages(prices, cpu, gpu, "endpoints", operation)
    assert pages is not None
    assert a_month(prices, cpu, pages) == pytest.approx(a_month(prices, gpu, pages, "endpoints", operation))
    # instances do nothing at first, so that even a slow GPU would pay somewhere if more of them cost nothing
    assert break_even_pages(prices, cpu, gpu.with_seconds("correct", 3600)) is None


def test_idle_instances_are_paid_for() -> None:
    prices, gpu = load_prices(), tier("accurate-apache", "gpu")
    hour = gpu_hour(prices, gpu)
    operation = GpuOperation(warm_up_minutes=6, starts_a_month=10, minimum=2)
    assert idle(prices, gpu, gpu=operation).items["instances"] == pytest.approx((2 * HOURS_PER_MONTH + 1) * hour)
    never = GpuOperation(minimum=0, starts_a_month=0)
    assert idle(prices, gpu, "own", never).total == pytest.approx(idle(prices, tier("fast", "cpu")).total, abs=1)


def test_utilisation_divides_instance_time() -> None:
    prices, gpu = load_prices(), tier("accurate-apache", "gpu")
    full, default = (for_pages(prices, gpu, gpu=GpuOperation(share)).items["correct"] for share in (1.0, 0.4))
    request = prices.lambda_request * 1000
    assert (default - request) == pytest.approx((full - request) / 0.4)


def test_minimum_instances_work_for_nothing() -> None:
    """What they can do in a month costs no instance time; what is more, does."""
    prices, gpu = load_prices(), tier("accurate-apache", "gpu")
    other = for_pages(prices, gpu.with_seconds("correct", 0), 1).total
    within = HOURS_PER_MONTH * 3600 * 0.4 / 2.0
    assert a_month(prices, gpu, within) - idle(prices, gpu).total == pytest.approx(within * other)
    more = a_month(prices, gpu, within + 1000) - a_month(prices, gpu, within)
    assert more == pytest.approx(for_pages(prices, gpu, 1000).total)


def test_recorded_invocations_predict_themselves() -> None:
    recorded = [
        {"function": "scanproof-ocr", "milliseconds": 200.0, "configured_memory_mb": 3538},
        {"function": "scanproof-ocr", "milliseconds": 300.0, "configured_memory_mb": 3538},
        {"function": "scanproof-correct", "milliseconds": 100.0, "configured_memory_mb": 1769},
        {"function": "scanproof-publish", "milliseconds": 50.0, "configured_memory_mb": 512},
    ]
    steps = measured_steps(recorded, pages=2, documents=2)
    prices = load_prices()
    assert for_steps(prices, steps.values(), 2, 2) == pytest.approx(for_invocations(prices, recorded))
    assert for_steps(prices, steps.values(), 20, 20) == pytest.approx(10 * for_invocations(prices, recorded))


def test_memory_matches_template() -> None:
    template = translate(TEMPLATE, {}).cloudformation
    resources, needs = template["Resources"], template["Mappings"]["ModelNeeds"]
    for each in TIERS:
        assert each.steps["ocr"].memory_mb == resources["OcrFunction"]["Properties"]["MemorySize"]
        assert each.steps["publish"].memory_mb == resources["PublishFunction"]["Properties"]["MemorySize"]
        if each.gpu_gib:
            assert each.gpu_gib == needs[each.name]["GpuMemoryGiB"]
        else:
            assert each.steps["correct"].memory_mb == needs[each.name]["CpuMemoryMb"]


@pytest.mark.parametrize("compute", ["cpu", "gpu"])
def test_counts_match_template(compute: str) -> None:
    resources = resolve({"CorrectCompute": compute}).values()
    alarms = [resource["Properties"] for resource in resources if resource["Type"] == "AWS::CloudWatch::Alarm"]
    metrics = [m for alarm in alarms for m in alarm.get("Metrics", [{"MetricStat": alarm}]) if "MetricStat" in m]
    assert len(metrics) == ALARM_METRICS[compute]
    assert sum(resource["Type"] == "AWS::Lambda::EventSourceMapping" for resource in resources) == CONSUMED_QUEUES
    endpoints = [r["Properties"] for r in resources if r["Type"] == "AWS::EC2::VPCEndpoint"]
    zones = sum(len(endpoint.get("SubnetIds", ())) for endpoint in endpoints)
    assert zones == (ENDPOINTS if compute == "gpu" else 0)


def test_every_price_is_used() -> None:
    """A price that changes nothing is a mistake, here or in the file."""
    prices = load_prices()
    cpu, gpu = tier("accurate-apache", "cpu"), tier("accurate-apache", "gpu")

    def total(given: Prices) -> float:
        networks = sum(idle(given, gpu, network).total for network in ("endpoints", "nat"))
        return networks + for_pages(given, cpu).total + for_pages(given, gpu).total

    numbers = {name: value for name, value in prices if isinstance(value, float)}
    assert len(numbers) > 15
    for name, value in numbers.items():
        assert total(prices.model_copy(update={name: value * 2})) > total(prices), name


def test_own_prices_replace_named_ones(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("lambda_gb_second = 0.00001\ndated = 2027-01-01\n")
    prices = load_prices(own)
    assert (prices.lambda_gb_second, prices.dated.year) == (0.00001, 2027)
    assert prices.sqs_request == load_prices().sqs_request


@pytest.mark.parametrize("text", ["lambda_gb_second = -1", "lambda_gb_secnd = 1", "not toml"])
def test_malformed_prices_are_refused(tmp_path: Path, text: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(PermanentError, match=r"own\.toml"):
        load_prices(own)


def test_command_prints_date_and_assumptions() -> None:
    table = CliRunner().invoke(cost, ["--markdown"], catch_exceptions=False).stdout
    assert load_prices().dated.isoformat() in table
    assert "| fast, cpu | $" in table
    assert "Textract" in table
    answer = json.loads(CliRunner().invoke(cost, ["--json", "--tier", "accurate"], catch_exceptions=False).stdout)
    assert [(row["tier"], row["assumed"]) for row in answer["tiers"]] == [("accurate", True)]
    slower = ["--json", "--tier", "fast", "--ocr-seconds", "8"]
    doubled = json.loads(CliRunner().invoke(cost, slower, catch_exceptions=False).stdout)
    assert doubled["tiers"][0]["items"]["ocr"] > 0.2


def test_command_names_what_it_assumes() -> None:
    said = CliRunner().invoke(cost, [], catch_exceptions=False).stdout
    for name, compute in ((each.name, each.compute) for each in TIERS):
        assert f"- {name}, {compute}, " in said
    inputs = ["--gpu-utilisation", "0.65", "--gpu-starts", "44", "--gpu-warm-up-minutes", "7", "--gpu-hours", "176"]
    said = CliRunner().invoke(cost, [*inputs, "--network", "nat", "--markdown"], catch_exceptions=False).stdout
    assert "65% utilisation, at least 1 instance for 176 hours, 44 starts of 7 minutes, a NAT gateway" in said


def test_readme_table_matches_command() -> None:
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    assert with_table(readme) == readme, "run `make costs`"
