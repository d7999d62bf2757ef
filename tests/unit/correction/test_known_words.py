"""Edits that change a word of the user's list are refused; all other edits stay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.base import CorrectedLine
from scanproof.correction.known_words import KNOWN_WORD, protect_known_words
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.correction.routing import certainty_of
from scanproof.correction.user_lists import UserLists
from scanproof.document import Refusal, apply_edits
from scanproof.options import ScanOptions
from scanproof.settings import Settings
from tests.builders import UpperCase, line, page
from tests.unit.correction.exported import exported
from tests.unit.correction.test_combine import result_of, results
from tests.unit.correction.test_lm_pass import Doubling


@pytest.mark.parametrize(
    ("raw", "change", "word", "refused"),
    [
        ("Acme lnc", (5, 8, "Inc"), "lnc", True),
        ("Acme lnc", (5, 6, "I"), "lnc", True),
        ("Acme lnc", (0, 8, "Acme Inc"), "lnc", True),
        ("Acme lnc", (6, 6, "i"), "lnc", True),
        ("Acme lnc", (5, 6, "I"), "Acme", False),
        ("Acme lnc", (5, 6, "I"), "Acme lnc", True),
        ("Acme lnc", (4, 5, ""), "Acme", True),  # joins it to its neighbour
        ("Acme lnc", (4, 5, " - "), "Acme", False),
        ("Acme lnc", (4, 4, "s"), "Acme", True),
        ("Acme lnc", (4, 4, "."), "Acme", False),
        ("Acmes", (0, 1, "a"), "Acme", False),  # not the whole token
        ("ACME", (0, 4, "ACNE"), "Acme", False),  # another case
        ("ACME", (0, 4, "ACNE"), "acme", True),
        ("in C++ code", (3, 6, "C"), "C++", True),
        ("12 O2 34", (3, 5, "02"), "O2", True),
        ("MU\u0308", (0, 1, "N"), "\u0308", False),
    ],
)
def test_edits_of_known_words_are_refused(raw: str, change: tuple[int, int, str], word: str, refused: bool) -> None:
    before = result_of("fast", raw, change)
    after = protect_known_words(raw, before, (word,))
    assert after == before if not refused else (after.text, after.edits) == (raw, ())
    assert [(found.guard, found.proposed) for found in after.refusals] == [(KNOWN_WORD, change[2])] * refused


def test_refusals_are_in_order() -> None:
    later = Refusal(start=9, end=10, raw="8", proposed="B", guard="number_untouched")
    first = CorrectedLine("Acne of 48", result_of("fast", "Acme of 48", (2, 3, "n")).edits, (later,))
    [refused, kept] = protect_known_words("Acme of 48", first, ("Acme",)).refusals
    assert (refused.guard, refused.probability, kept) == (KNOWN_WORD, 0.9, later)


def test_removed_neighbour_does_not_join_words() -> None:
    raw = "ab.cd ef"
    result = result_of("fast", raw, (2, 3, ""), (3, 4, "-"))
    guarded = protect_known_words(raw, result, ("ab", "cd"))
    assert guarded.text == raw


WORDS = ("ab", "b a", "x", "Ab")


@given(st.data(), st.text("abAx ", max_size=14))
def test_known_words_survive_any_edits(data: st.DataObject, raw: str) -> None:
    result = data.draw(results(raw, "fast"))
    guarded = protect_known_words(raw, result, WORDS)
    assert apply_edits(raw, guarded.edits) == guarded.text
    assert len(guarded.edits) + len(guarded.refusals) == len(result.edits)
    for word in WORDS:
        pattern = re.compile(rf"\b{word}\b", re.IGNORECASE if word.islower() else 0)
        assert len(pattern.findall(guarded.text)) >= len(pattern.findall(raw))


@pytest.mark.parametrize("corrector", ["fast", "accurate", "fast+accurate"])
def test_every_corrector_is_guarded(tmp_path: Path, corrector: str) -> None:
    pool = ModelPool(UpperCase(), {"tiny": exported(tmp_path / "tiny", "tiny")}, Settings(), open_model=Doubling())
    lists = UserLists(words=("axy", "Oxy"))
    options = ScanOptions.model_validate({"corrector": corrector})
    [corrected] = correct_pages([page(1, line("axy bxy"))], pool, [options], lists=[lists])
    [found] = corrected.lines
    assert found.text.split()[0] == "axy" and found.text.split()[1] != "bxy"
    names = [(refusal.guard, refusal.corrector) for refusal in found.refusals]
    assert names == [(KNOWN_WORD, name) for name in corrector.split("+")]


def test_known_words_route_no_line() -> None:
    guarded = protect_known_words("Acme", result_of("fast", "Acme", (2, 3, "n")), ("Acme",))
    assert certainty_of(guarded) == 1.0
