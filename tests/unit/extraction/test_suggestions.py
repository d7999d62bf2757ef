"""The lattice proposes characters, and a check that exactly one of them satisfies suggests it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

import scanproof
from scanproof.document import CheckFlag, Edit, FieldName, Line, Page, Suggestion, apply_edits
from scanproof.extraction.extract import Extraction, extract
from scanproof.extraction.resolution import apply_suggestions
from scanproof.lattice.model import RESTORED, PageLattice
from tests.builders import edit
from tests.unit.extraction.pages import page_of
from tests.unit.lattice.lattices import page_lattice

# Lines 2, 5 and 8 are the amounts; that of the first row should be 37.50.
ROWS = "Lamp     3     12.50     37.58\nDesk     2     9.99     19.98\nChair     7     4.05     28.35"
SUM = "Subtotal 98.00\nVAT 10.00\nTotal 188.00"
IBAN = "IBAN: DE89 3704 0044 0532 0180 00"
Considered = Mapping[tuple[int, int], Mapping[str, float]]  # by line and index


def lattice_of(page: Page, considered: Considered) -> PageLattice:
    lines = {line for line, _ in considered}
    return page_lattice(page, {n: {i: beside for (line, i), beside in considered.items() if line == n} for n in lines})


def extracted(text: str, considered: Considered, *, resolve_numbers: bool = False) -> Extraction:
    page = page_of(text)
    return extract([page], {1: lattice_of(page, considered)}.get, resolve_numbers=resolve_numbers)


def only_flag(extraction: Extraction) -> CheckFlag:
    [flag] = extraction.flags
    return flag


def total_suggestion(extraction: Extraction) -> Suggestion | None:
    [total] = [field for field in extraction.fields if field.name is FieldName.TOTAL]
    assert "sum_mismatch" in total.flags
    return total.suggestion


def test_row_product_suggests_digit() -> None:
    flag = only_flag(extracted(ROWS, {(3, 4): {"0": 0.015, "6": 0.01}}))
    assert flag.suggestion == Suggestion(
        page=1, line=3, start=0, end=5, raw="37.58", suggested="37.50", probability=0.015
    )


def test_quantity_can_be_suggested() -> None:
    rows = ROWS.replace("     3     12.50     37.58", "     8     12.50     37.50")
    suggestion = only_flag(extracted(rows, {(1, 0): {"3": 0.3}})).suggestion
    assert suggestion is not None
    assert (suggestion.line, suggestion.raw, suggestion.suggested) == (1, "8", "3")


def test_sum_suggests_digit() -> None:
    suggestion = total_suggestion(extracted(SUM, {(2, 7): {"0": 0.004}}))
    assert suggestion is not None
    assert (suggestion.line, suggestion.raw, suggestion.suggested) == (2, "188.00", "108.00")


def test_cash_suggests_digit() -> None:
    text = "TOTAL 24.00\nCASH 100.00\nCHANGE 78.00"
    suggestion = only_flag(extracted(text, {(2, 8): {"6": 0.01}})).suggestion
    assert suggestion is not None
    assert suggestion.suggested == "76.00"


def test_check_digit_suggests_digit() -> None:
    suggestion = only_flag(extracted(IBAN, {(0, 28): {"3": 0.002, "9": 0.001}})).suggestion
    assert suggestion is not None
    assert (suggestion.start, suggestion.suggested) == (8, "89 3704 0044 0532 0130 00")


@pytest.mark.parametrize(("probability", "suggested"), [(0.01, None), (0.03, "978-3-16-148410-0")])
def test_weak_check_needs_probability(probability: float, suggested: str | None) -> None:
    found = only_flag(extracted("ISBN 978-3-16-148410-6", {(0, 21): {"0": probability}})).suggestion
    assert (found and found.suggested) == suggested


@pytest.mark.parametrize(
    "considered",
    [
        {},
        {(3, 4): {"6": 0.2}},  # does not fit
        {(3, 4): {"O": 0.2}},  # no digit
        {(3, 4): {"6": 0.3, "9": 0.2, "0": 0.1}},  # fits, but is the fourth
    ],
)
def test_other_characters_suggest_nothing(considered: Considered) -> None:
    assert only_flag(extracted(ROWS, considered)).suggestion is None


def test_separator_is_no_digit() -> None:
    assert only_flag(extracted(ROWS, {(3, 2): {",": 0.3, "0": 0.2}, (3, 4): {".": 0.2}})).suggestion is None


def test_two_fitting_digits_suggest_nothing() -> None:
    rows = ROWS.replace("37.58", "87.50")
    amount, quantity = {(3, 0): {"3": 0.2}}, {(1, 0): {"7": 0.1}}
    assert only_flag(extracted(rows, amount)).suggestion is not None
    assert only_flag(extracted(rows, quantity)).suggestion is not None
    assert only_flag(extracted(rows, amount | quantity)).suggestion is None


def test_suggestion_breaks_no_other_check() -> None:
    assert total_suggestion(extracted(SUM, {(2, 7): {"0": 0.1}})) is not None
    paid = SUM + "\nCASH 200.00\nCHANGE 12.00"
    assert total_suggestion(extracted(paid, {(2, 7): {"0": 0.1}})) is None


def test_no_lattice_suggests_nothing() -> None:
    assert only_flag(extract([page_of(ROWS)], resolve_numbers=True)).suggestion is None


def test_unknown_step_suggests_nothing() -> None:
    page = page_of(ROWS)
    lattice = lattice_of(page, {(3, 4): {"0": 0.2}})
    price = lattice.lines[2][0]
    restored = (replace(price, positions=(*price.positions[:-1], RESTORED)),)
    for segments in ((), restored):
        lines = (*lattice.lines[:2], segments, *lattice.lines[3:])
        assert only_flag(extract([page], {1: PageLattice(lattice.alphabet, lines)}.get)).suggestion is None


def with_total(raw: str, text: str, *edits: Edit) -> Page:
    """Builds the page of `SUM` with another line for the total."""
    page = page_of(SUM)
    line = Line(raw=raw, text=text, box=page.lines[2].box, edits=edits)
    return page.model_copy(update={"lines": (*page.lines[:2], line)})


RAW = "Tota1  due: 188.00 EUR0"


def corrected_page() -> Page:
    edits = (edit(RAW, 4, 5, "l"), edit(RAW, 5, 7, " "), edit(RAW, 18, 19, ""), edit(RAW, 22, 23, "."))
    return with_total(RAW, "Total due: 188.00EUR.", *edits)


def test_edits_before_shift_the_place() -> None:
    page = corrected_page()
    lattice = lattice_of(page, {(2, 13): {"0": 0.05}})
    suggestion = total_suggestion(extract([page], {1: lattice}.get))
    assert suggestion == Suggestion(
        page=1, line=2, start=12, end=18, raw="188.00", suggested="108.00", probability=0.05
    )


def test_edited_number_suggests_nothing() -> None:
    raw = "Total 1B8.00"
    page = with_total(raw, "Total 188.00", edit(raw, 7, 8, "8"))
    lattice = lattice_of(page, {(2, 7): {"0": 0.2}, (0, 9): {"1": 0.1}})
    assert total_suggestion(extract([page], {1: lattice}.get)) is None


def test_resolving_adds_an_audited_edit() -> None:
    page = corrected_page()
    lattices = {1: lattice_of(page, {(2, 13): {"0": 0.05}})}
    assert extract([page], lattices.get).pages == (page,)
    resolved = extract([page], lattices.get, resolve_numbers=True)
    line = resolved.pages[0].lines[2]
    assert (line.text, apply_edits(line.raw, line.edits)) == ("Total due: 108.00EUR.", line.text)
    [added] = [each for each in line.edits if each.corrector == "arithmetic"]
    assert (added.start, added.raw, added.corrected, added.probability) == (12, "188.00", "108.00", 0.05)
    assert (added.model, added.model_version) == ("sum_mismatch", scanproof.__version__)
    [total] = [field for field in resolved.fields if field.name is FieldName.TOTAL]
    assert (total.value, total.flags, total.suggestion) == ("108.00", (), None)


def test_resolved_row_has_no_flag() -> None:
    considered = {(3, 4): {"0": 0.015}}
    assert extracted(ROWS, considered, resolve_numbers=True).flags == ()
    assert len(extracted(ROWS, {}, resolve_numbers=True).flags) == 1


def test_shared_number_is_resolved_once() -> None:
    text = SUM + "\nCASH 200.00\nCHANGE 92.00"
    resolved = extracted(text, {(2, 7): {"0": 0.1}}, resolve_numbers=True)
    assert resolved.flags == ()
    assert [len(line.edits) for line in resolved.pages[0].lines] == [0, 0, 1, 0, 0]


def test_contradicting_suggestions_change_nothing() -> None:
    page = page_of(SUM)
    first = Suggestion(page=1, line=2, start=6, end=12, raw="188.00", suggested="108.00", probability=0.1)
    second = first.model_copy(update={"suggested": "198.00"})
    assert apply_suggestions([page], [("a", first), ("b", second)]) == [page]
