"""Estimated dollars from prices and volumes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from devstack import PROJECT_ROOT
from devstack.stack import TEMPLATE
from devstack.template import translate
from scanproof.cli.commands.cost import cost
from scanproof.cli.cost.estimate import ALARM_METRICS, break_even_pages, for_invocations, for_pages, for_steps, idle
from scanproof.cli.cost.prices import Prices, load_prices
from scanproof.cli.cost.workload import TIERS, Step, Tier, measured_steps
from scanproof.errors import PermanentError

FREE = {name: 0 for name in Prices.model_fields if name.endswith(("request", "put", "get", "write", "read", "event"))}


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


def test_break_even_is_where_costs_match() -> None:
    prices = load_prices()
    cpu, gpu = tier("accurate-apache", "cpu"), tier("accurate-apache", "gpu")
    pages = break_even_pages(prices, cpu, gpu)
    assert pages is not None
    on_cpu = idle(prices, cpu).total + for_pages(prices, cpu, pages).total
    on_gpu = idle(prices, gpu).total + for_pages(prices, gpu, pages).total
    assert on_cpu == pytest.approx(on_gpu)
    slow = gpu.with_seconds("correct", 3600)
    assert break_even_pages(prices, cpu, slow) is None


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


def test_alarm_count_matches_template() -> None:
    resources = translate(TEMPLATE, {}).cloudformation["Resources"].values()
    always = [r["Properties"] for r in resources if r["Type"] == "AWS::CloudWatch::Alarm" and "Condition" not in r]
    metrics = [m for alarm in always for m in alarm.get("Metrics", [{"MetricStat": alarm}]) if "MetricStat" in m]
    assert len(metrics) == ALARM_METRICS


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


def test_readme_table_matches_command() -> None:
    table = CliRunner().invoke(cost, ["--markdown"], catch_exceptions=False).stdout.strip()
    assert table in (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
