"""Deterministic rewrites change what can mean nothing else, and no digit changes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.correction.guards import guard_line
from scanproof.correction.normaliser import deterministic_rewrites, normalised, split_dates
from scanproof.edits import apply, diff


def rewritten(text: str) -> str:
    return apply(text, deterministic_rewrites(text))


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("ab 20.09.201815:39 Uhr", "ab 20.09.2018 15:39 Uhr"),
        ("02/27/206:14PM (Th)", "02/27/20 6:14PM (Th)"),
        ("Date 3/17/202011:28:40AM", "Date 3/17/2020 11:28:40AM"),
        ("All 03/11/2003/15/20 CBS", "All 03/11/20 03/15/20 CBS"),
    ],
)
def test_merged_tokens_are_split(read: str, meant: str) -> None:
    assert rewritten(read) == meant


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Date: l2/O3/2O24", "Date: 12/03/2024"),
        ("(2O24-O1-l5)", "(2024-01-15)"),
        ("on 3l.12.2OO9.", "on 31.12.2009."),
    ],
)
def test_letters_in_dates_become_digits(read: str, meant: str) -> None:
    assert rewritten(read) == meant


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Tax €159, 537.00", "Tax €159,537.00"),
        ("EUR 158.279, 00 |", "EUR 158.279,00 |"),
        ("(21%):£55, 925.18", "(21%):£55,925.18"),
        ("PRICE EUR 2, 72", "PRICE EUR 2,72"),
        ("PRICE SEK 2, 72", "PRICE SEK 2,72"),
        ("1.250, 00 € and", "1.250,00 € and"),
        ("see www. example.co.uk, or", "see www.example.co.uk, or"),
        ("-18 ºC to 25ºF", "-18 °C to 25°F"),
    ],
)
def test_values_are_written_as_one(read: str, meant: str) -> None:
    assert rewritten(read) == meant


@pytest.mark.parametrize(
    "text",
    [
        "pay $5, 20 people", "1.250, 00", "$1, 250, 300.50", "EUR 11, 85 g", "10.250, 45 mm", "€ 1.250,00, 00", "5º C",
        "1ºCB", "2.1.250, 00", "the www. It is", "www. example",
    ],
)  # fmt: skip
def test_lists_of_numbers_stay(text: str) -> None:
    assert rewritten(text) == text


@pytest.mark.parametrize("text", ["3O/O2/2O24", "l2/O3/2O24/7", "A-l2/O3/2O24", "Ol/Il/lOOO", "l2/O3-2O24"])
def test_other_tokens_with_letters_stay(text: str) -> None:
    assert rewritten(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "20.09.2018", "15:39", "192.168.20.15:8080", "v1.2.34.5", "1.2.3.4:80", "2.5Litre", "2.5Qwerty", "10Normal",
        "ISO 8601-1:2019", "0171/123456-78", "A10.0Normal", "10.0Normal.com", "31.02.201815:39", "20.09.201899:99",
        "2,5fache",
    ],
)  # fmt: skip
def test_possible_single_values_stay(text: str) -> None:
    assert rewritten(text) == text


def test_long_lines_take_linear_time() -> None:
    assert rewritten("1.1.11" * 20_000) == "1.1.11" * 20_000
    assert rewritten("1.1.1111.1.11:11 " * 5_000).count(" ") >= 5_000


@given(st.text("0123456789./:-APMaNorml ", max_size=40))
def test_only_spaces_are_inserted(text: str) -> None:
    out = apply(text, list(split_dates(text)))
    assert out.replace(" ", "") == text.replace(" ", "")
    assert rewritten(rewritten(text)) == rewritten(text)


@pytest.mark.parametrize(
    ("raw", "corrected"), [("$127.700.00", "$127,700.00"), ("am 20.09.201815:39", "am 20.09.2018 15:39")]
)
def test_guards_refuse_rewrites(raw: str, corrected: str) -> None:
    assert normalised(raw) == corrected
    assert guard_line(raw, diff(raw, corrected, 0.7)).accepted == ()


@given(st.text("0123456789./:-$AOlNormﬁ：１ ", max_size=40))
def test_rewrites_do_not_overlap(text: str) -> None:
    edits = deterministic_rewrites(text)
    assert all(one.end <= other.start for one, other in pairwise(edits))
