"""The matrix of who reads what, and that each line of it has its reason."""

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
    ("facts", "rule", "run_lm_pass"),
    [
        (RoutingInput(30, GPU, 0.5), "short_text", False),
        (RoutingInput(30, CPU, 0.5), "short_text", False),
        (RoutingInput(200, GPU, 0.99), "gpu", True),
        (RoutingInput(200, CPU, 0.99), "fast_will_do", False),
        (RoutingInput(200, CPU, 0.9), "low_confidence", True),
        (RoutingInput(200, CPU, 0.6), "low_confidence", True),
        (RoutingInput(200, CPU, 0.59), "unreadable", False),
        (RoutingInput(600, GPU, 0.3), "unreadable", False),
        (RoutingInput(200, CPU, 0.99, certainty=0.7), "low_certainty", True),
        (RoutingInput(200, CPU, None), "fast_will_do", False),
        (RoutingInput(200, CPU, 0.99, profile="medical"), "profile", True),
        (RoutingInput(200, CPU, 0.99, profile="financial"), "fast_will_do", False),
        (RoutingInput(200, SMALL, 0.3), "memory_short", False),
        (RoutingInput(600, SMALL, 0.3), "memory_short", False),
        (RoutingInput(500, CPU, 0.99), "long_text", True),
        (RoutingInput(500, GPU, 0.99), "long_text", True),
        (RoutingInput(500, SMALL_CONTEXT, 0.99), "fast_will_do", False),
        (RoutingInput(60, GPU, 0.99), "fast_will_do", False),
    ],
)
def test_the_matrix(facts: RoutingInput, rule: str, run_lm_pass: bool) -> None:
    decided = route(facts)
    assert (decided.name, decided.run_lm_pass) == (rule, run_lm_pass)


def test_a_model_that_memory_does_not_hold_is_not_used() -> None:
    assert route(RoutingInput(600, Machine(False, 4_096, 6_000, 8_192), 0.3)).name == "memory_short"


def test_every_rule_has_a_name_of_its_own_and_a_reason() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.reason.endswith(".") for rule in RULES)


def test_the_documentation_has_the_same_rules_in_the_same_order() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| .* \| (yes|no) \| .* \|$", DOCUMENTATION.read_text("utf-8"))
    assert rows == [(rule.name, "yes" if rule.run_lm_pass else "no") for rule in RULES]


def test_certainty_is_that_of_the_least_sure_edit_or_of_a_refused_one_being_wrong() -> None:
    sure = edit("ax", 1, 2, "X")
    refused = Refusal(start=0, end=1, raw="a", proposed="b", guard="numbers", probability=0.8)
    assert certainty_of(CorrectedLine("ax")) == 1.0
    assert certainty_of(CorrectedLine("aX", (sure,))) == 0.99
    assert certainty_of(CorrectedLine("aX", (sure,), (refused,))) == pytest.approx(0.2)
