"""Replacements are made after the correctors, audited under their own name, and end within their limits."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction import replacements
from scanproof.correction.base import CorrectedLine
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.correction.replacements import MAX_ADDED, PATTERN_SECONDS, replaced, with_replacements
from scanproof.correction.text import correct_text
from scanproof.correction.user_lists import Replacement, UserLists
from scanproof.document import PageFlag, apply_edits
from scanproof.edits import apply
from scanproof.options import ScanOptions
from tests.builders import UpperCase, line, page
from tests.unit.correction.test_combine import results

SLOW = Replacement(pattern="(a|a)+(a|a)+(a|a)+c", corrected="c")
HARD = "a" * 5_000 + "-c"  # takes SLOW hours


def literal(old: str, new: str) -> Replacement:
    return Replacement(literal=old, corrected=new)


def pattern(old: str, new: str) -> Replacement:
    return Replacement(pattern=old, corrected=new)


def text_after(text: str, *entries: Replacement) -> str:
    [edits], warnings = replaced([text], entries)
    assert warnings == []
    return apply(text, edits)


@pytest.mark.parametrize(
    ("text", "entries", "after"),
    [
        ("Acme Lnc, Lncs", [literal("Lnc", "Inc")], "Acme Inc, Lncs"),
        ("lnc", [literal("Lnc", "Inc")], "lnc"),
        ("5\u20ac", [literal("\u20ac", " EUR")], "5 EUR"),
        ("a.b", [literal(".", "")], "ab"),
        ("No: 12", [pattern(r"No[:;] (\d+)", r"no. \1")], "no. 12"),
        ("1O 2O", [pattern(r"(?<=\d)O", "0")], "10 20"),
        ("a-b", [pattern(r"(?P<x>\w)-(\w)", r"\2\\\g<x>\g<2>")], r"b\ab"),
        ("ab", [pattern(r"(a)|(b)", r"<\1>")], "<a><>"),
        ("ab", [pattern("x*", "-")], "ab"),  # empty matches
        ("a", [literal("a", "b"), literal("b", "c"), literal("c", "a")], "a"),
        ("one two", [pattern(r"one\b", "1"), literal("1 two", "12")], "12"),
    ],
)
def test_replacements_are_made_in_order(text: str, entries: Sequence[Replacement], after: str) -> None:
    assert text_after(text, *entries) == after


ENTRIES = st.lists(
    st.builds(literal, st.text("abx ", min_size=1, max_size=3), st.text("abx ", max_size=3))
    | st.builds(
        pattern, st.sampled_from(["a+", "[ab]x", "(b) ", r"\bx", "^a", "x?$"]), st.sampled_from(["", "a", "yb"])
    ),
    max_size=4,
)


@given(st.data(), st.text("abx ", max_size=12), ENTRIES)
def test_edits_explain_the_text(data: st.DataObject, raw: str, entries: list[Replacement]) -> None:
    first = data.draw(results(raw, "fast"))
    [result], warnings = with_replacements([raw], [first], UserLists(replacements=tuple(entries)))
    assert warnings == []
    assert apply_edits(raw, result.edits) == result.text == text_after(first.text, *entries)
    assert {edit.corrector for edit in result.edits} <= {"fast", "replacements", "fast+replacements"}


@given(st.text("abx ", max_size=20), st.text("ab", min_size=1, max_size=3), st.text("xy", max_size=3))
def test_literal_replacement_is_idempotent(text: str, old: str, new: str) -> None:
    once = text_after(text, literal(old, f" {new} "))
    assert text_after(once, literal(old, f" {new} ")) == once


def test_replacement_is_audited_by_name() -> None:
    lists = UserLists(
        words=("total",), replacements=(literal("12 EUR", "13 EUR"), literal("total", "Total"), literal("aX", "ax"))
    )
    [corrected] = correct_pages(
        [page(1, line("total 12 EUR"), line("ax"))], ModelPool(UpperCase(), {}), [ScanOptions()], lists=[lists]
    )
    assert corrected.text == "Total 13 EUR\nax"
    assert (corrected.corrector, corrected.model_version) == ("fast+replacements", f"test + {lists.version}")
    [number, word] = sorted(corrected.lines[0].edits, key=lambda edit: edit.raw)
    assert (number.raw, number.corrected, word.raw, word.corrected) == ("12 EUR", "13 EUR", "total", "Total")
    assert {(edit.corrector, edit.model_version) for edit in (number, word)} == {("replacements", lists.version)}
    assert corrected.lines[1].edits == ()


def test_uncorrected_page_stays_raw() -> None:
    fast = UpperCase()
    fast.languages = frozenset({"en"})
    lists = UserLists(replacements=(literal("ax", "bx"),))
    [corrected] = correct_pages([page(1, line("ax"))], ModelPool(fast, {}), [ScanOptions(language="vi")], lists=[lists])
    assert (corrected.text, corrected.flags) == ("ax", (PageFlag.NOT_CORRECTED,))


def test_slow_pattern_changes_nothing() -> None:
    started = time.thread_time()
    texts = ["aaac", HARD, HARD]
    edits, [warning] = replaced(texts, [SLOW, literal("aaac", "x")])
    assert time.thread_time() - started < 5 * PATTERN_SECONDS
    assert [apply(text, changes) for text, changes in zip(texts, edits, strict=True)] == ["x", *texts[1:]]
    assert warning.startswith("Entry 1 of the replacements was not made on this page")


def test_slow_list_ends_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacements, "PAGE_SECONDS", PATTERN_SECONDS)
    _, warnings = replaced([HARD], [SLOW] * 9)
    assert 2 <= len(warnings) < 9
    assert "on were not made" in warnings[-1]


def test_growing_replacement_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacements, "PATTERN_SECONDS", 60.0)  # on a busy machine time ends it first
    [edits], warnings = replaced(["aaaa"], [pattern("a", r"aaaaaaaaaa")] * 9)
    assert 0 < sum(len(edit.corrected) for edit in edits) <= 4 + MAX_ADDED
    assert all(f"more than {MAX_ADDED:,} characters" in warning for warning in warnings)
    assert len(warnings) == 6


def test_text_result_carries_warnings() -> None:
    lists = UserLists(replacements=(SLOW,))
    result = correct_text(HARD + "\n", lambda lines: [CorrectedLine(text) for text in lines], lists=lists)
    assert len(result.warnings) == 1
    assert result.text == result.raw
