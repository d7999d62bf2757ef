"""Tests of the routing rules, and of their table in docs/models.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanproof.correction.base import CorrectedLine
from scanproof.correction.routing import RULES, Machine, RoutingInput, certainty_of, route
from scanproof.document import Refusal
from tests.builders import edit

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "models.md"
GPU = Machine(gpu=True, memory_mib=16_384, needed_mib=2_100, context_size=8_192)
CPU = Machine(gpu=False, memory_mib=8_192, needed_mib=2_100, context_size=8_192)
SMALL = Machine(gpu=False, memory_mib=512, needed_mib=300, context_size=8_192)
SMALL_CONTEXT = Machine(gpu=False, memory_mib=8_192, needed_mib=2_100, context_size=1_024)


@pytest.mark.parametrize(
    ("line", "rule", "use_lm"),
    [
        (RoutingInput(30, GPU, 0.5), "short_text", False),
        (RoutingInput(30, CPU, 0.5), "short_text", False),
        (RoutingInput(200, GPU, 0.99), "gpu", True),
        (RoutingInput(200, CPU, 0.99), "fast_suffices", False),
        (RoutingInput(200, CPU, 0.9), "low_confidence", True),
        (RoutingInput(200, CPU, 0.6), "low_confidence", True),
        (RoutingInput(200, CPU, 0.59), "unreadable", False),
        (RoutingInput(600, GPU, 0.3), "unreadable", False),
        (RoutingInput(200, CPU, 0.99, tagger_certainty=0.7), "low_certainty", True),
        (RoutingInput(200, CPU, None), "fast_suffices", False),
        (RoutingInput(200, CPU, 0.99, profile="medical"), "profile", True),
        (RoutingInput(200, CPU, 0.99, profile="financial"), "fast_suffices", False),
        (RoutingInput(200, SMALL, 0.3), "insufficient_memory", False),
        (RoutingInput(600, SMALL, 0.3), "insufficient_memory", False),
        (RoutingInput(500, CPU, 0.99), "long_text", True),
        (RoutingInput(500, GPU, 0.99), "long_text", True),
        (RoutingInput(500, SMALL_CONTEXT, 0.99), "fast_suffices", False),
        (RoutingInput(60, GPU, 0.99), "fast_suffices", False),
        (RoutingInput(60, CPU, 0.99, judges=True), "judge", True),
        (RoutingInput(20, CPU, 0.99, judges=True), "short_text", False),
        (RoutingInput(200, CPU, 0.5, judges=True), "unreadable", False),
    ],
)
def test_first_matching_rule_decides(line: RoutingInput, rule: str, use_lm: bool) -> None:
    decided = route(line)
    assert (decided.name, decided.use_lm) == (rule, use_lm)


def test_model_larger_than_memory_is_skipped() -> None:
    assert route(RoutingInput(600, Machine(False, 4_096, 6_000, 8_192), 0.3)).name == "insufficient_memory"


def test_rules_have_unique_names_and_reasons() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.reason.endswith(".") for rule in RULES)


def test_documented_rules_match_code() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| .* \| (yes|no) \| .* \|$", DOCUMENTATION.read_text("utf-8"))
    assert rows == [(rule.name, "yes" if rule.use_lm else "no") for rule in RULES]


def test_certainty_considers_edits_and_refusals() -> None:
    sure = edit("ax", 1, 2, "X")
    refused = Refusal(start=0, end=1, raw="a", proposed="b", guard="numbers", probability=0.8)
    assert certainty_of(CorrectedLine("ax")) == 1.0
    assert certainty_of(CorrectedLine("aX", (sure,))) == 0.99
    assert certainty_of(CorrectedLine("aX", (sure,), (refused,))) == pytest.approx(0.2)
