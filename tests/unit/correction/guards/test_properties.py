"""Whatever a corrector proposes, no number changes, and every edit is accepted or refused by name."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.correction.guards import guard_line, guard_rewrite
from scanproof.correction.guards.rewrite import Channel
from scanproof.edits import TextEdit, apply

_EXACT_TOKENS = (
    "100", "12.00", "1,200.00", "1.200,00", "$1,200.00", "€5", "12,50€", "RM24.00", "-3", "+7", "(12.00)", "6%",
    "0.125", "03/04/2018", "2023-07-15", "15.07.2023", "17:58:00", "INV-2023-001", "CS00011351", "A4", "B2B", "3D",
    "COVID19", "H2O", "MP3", "1st", "2nd", "10kg", "5mg", "12x", "SO12", "O2", "I5", "S0S", "DE89370400440532013000",
    "00-950", "jo@example.org", "www.example.com", "012-6651783", "2/3", "#42", "1.2.3.4", "½", "x²",
    "12345678901234567890", "7",
)  # fmt: skip
_WORDS = ("Total", "Invoice", "of", "a", "Due", "tax", "l", "O", "rn", "EUR", "Été", "x", "-", "—", ".", ",", "SO")
_PIECES = ["", " ", "0", "O", "1", "l", "5", "S", ".", ",", "-", "$", "€", "%", "a", " 7 ", "12", "½", "\n", "rn", "m"]

_words = st.one_of(st.sampled_from(_WORDS), st.from_regex(r"[a-zA-Z]{1,8}[.,:;]?", fullmatch=True))
_tokens = st.one_of(st.sampled_from(_EXACT_TOKENS), _words)
_lines = st.lists(_tokens, max_size=12).map(" ".join)
_inserted = st.one_of(st.sampled_from(_PIECES), st.text(max_size=4))


@st.composite
def _edited(draw: st.DrawFn, lines: st.SearchStrategy[str]) -> tuple[str, list[TextEdit]]:
    raw = draw(lines)
    edits = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 3)))
        edits.append(TextEdit(start, end, draw(_inserted), draw(st.floats(0, 1))))
    return raw, edits


def _tokens_with_figures(line: str) -> list[str]:
    """Whitespace tokens that hold anything numeric, less the sentence's own punctuation."""
    return [token.strip(".,;:!?") for token in line.split() if any(char.isnumeric() for char in token)]


@settings(max_examples=250, deadline=None)
@given(_edited(_lines))
def test_figures_survive_any_edits(case: tuple[str, list[TextEdit]]) -> None:
    raw, edits = case
    text = apply(raw, guard_line(raw, edits).accepted)
    assert _tokens_with_figures(text) == _tokens_with_figures(raw)
    assert Counter(re.findall(r"[$€£%+]", text)) == Counter(re.findall(r"[$€£%+]", raw))
    assert _figures_in_a_row(text) == _figures_in_a_row(raw)


def _figures_in_a_row(line: str) -> list[tuple[str, str]]:
    """Pairs of figures with nothing but marks between them: "1 200" must neither come nor go."""
    tokens = [token.strip(".,;:!?") for token in line.split() if any(char.isalnum() for char in token)]
    pairs = pairwise(tokens)
    return [pair for pair in pairs if all(any(char.isnumeric() for char in token) for token in pair)]


@settings(max_examples=150, deadline=None)
@given(_edited(st.one_of(_lines, st.text(max_size=60))))
def test_every_edit_is_judged_once(case: tuple[str, list[TextEdit]]) -> None:
    raw, edits = case
    result = guard_line(raw, edits)
    assert Counter([*result.accepted, *(refusal.edit for refusal in result.refused)]) == Counter(edits)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", refusal.guard) for refusal in result.refused)
    assert all(before.end <= after.start for before, after in pairwise(result.accepted))


@settings(max_examples=150, deadline=None)
@given(_edited(st.text(max_size=60)))
def test_any_text_stays_one_line(case: tuple[str, list[TextEdit]]) -> None:
    """On arbitrary text digits may go (0 → o in a word), but new ones come only where a letter was misread."""
    raw, edits = case
    text = apply(raw, guard_line(raw, edits).accepted)
    assert len(f"{text}.".splitlines()) <= len(f"{raw}.".splitlines())
    assert bool(text.strip()) == bool(raw.strip())
    if not any(char.isnumeric() for char in raw):
        assert not any(char.isnumeric() for char in text)


@settings(max_examples=150, deadline=None)
@given(_lines, _lines)
def test_accepted_rewrites_keep_figures(channel: Channel, raw: str, corrected: str) -> None:
    result = guard_rewrite(raw, corrected, lambda _start, _end: 1.0, channel)
    text = apply(raw, result.accepted)
    assert result.refused or text == corrected
    assert _tokens_with_figures(text) == _tokens_with_figures(raw)


@settings(max_examples=100, deadline=None)
@given(_lines.filter(lambda line: len(line) > 3), st.data())
def test_one_changed_digit_is_refused(channel: Channel, raw: str, data: st.DataObject) -> None:
    digits = [i for i, char in enumerate(raw) if char in "0123456789"]
    if not digits:
        return
    at = data.draw(st.sampled_from(digits))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != raw[at]]))
    changed = raw[:at] + other + raw[at + 1 :]
    assert guard_rewrite(raw, changed, lambda _start, _end: 1.0, channel).accepted == ()
