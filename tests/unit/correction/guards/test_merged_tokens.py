"""Values read as one token are parted where nothing else is possible, and no digit changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.guards import TextEdit, apply_text_edits, guard_line
from scanproof.correction.guards.merged_tokens import parted

WORDS = {"normal": 1e-4, "fache": 1e-4, "litre": 1e-4}


def shares(word: str) -> tuple[float, ...]:
    return (WORDS.get(word.lower(), 0.0),)


def mended(text: str) -> str:
    edits = [TextEdit(*found, 1.0) for found in parted(text, shares)]
    return apply_text_edits(text, guard_line(text, edits, shares).accepted)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("ab 20.09.201815:39 Uhr", "ab 20.09.2018 15:39 Uhr"),
        ("02/27/206:14PM (Th)", "02/27/20 6:14PM (Th)"),
        ("Date 3/17/202011:28:40AM", "Date 3/17/2020 11:28:40AM"),
        ("All 03/11/2003/15/20 CBS", "All 03/11/20 03/15/20 CBS"),
        ("10.0Normal Line", "10.0 Normal Line"),
        ("0,5Normal", "0,5 Normal"),
    ],
)
def test_dates_times_and_decimals_are_parted(read: str, meant: str) -> None:
    assert mended(read) == meant


@pytest.mark.parametrize(
    "text",
    [
        "20.09.2018", "15:39", "192.168.20.15:8080", "v1.2.34.5", "1.2.3.4:80", "2.5Litre", "2.5Qwerty", "10Normal",
        "ISO 8601-1:2019", "0171/123456-78", "A10.0Normal", "10.0Normal.com", "31.02.201815:39", "20.09.201899:99",
        "2,5fache",
    ],
)  # fmt: skip
def test_what_may_be_one_value_stays(text: str) -> None:
    assert mended(text) == text


def test_long_lines_of_figures_take_no_longer() -> None:
    assert mended("1.1.11" * 20_000) == "1.1.11" * 20_000
    assert mended("1.1.1111.1.11:11 " * 5_000).count(" ") >= 5_000


@given(st.text("0123456789./:-APMaNorml ", max_size=40))
def test_only_blanks_come(text: str) -> None:
    out = mended(text)
    assert out.replace(" ", "") == text.replace(" ", "")
    assert mended(out) == out
