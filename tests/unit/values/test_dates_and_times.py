"""Dates and times in eight languages, and the ambiguity of day and month."""

from __future__ import annotations

from datetime import date, time

import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.values.dates import DateOrder, parse_date
from scanproof.values.months import LOCALES, month_numbers
from scanproof.values.times import parse_time

_DAYS = st.dates(date(1970, 1, 1), date(2068, 12, 31))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2023/07/15", "2023-07-15"),
        ("13/04/2018", "2018-04-13"),
        ("04/13/2018", "2018-04-13"),
        ("13 / 12 / 2017", "2017-12-13"),
        ("3.4.18", "2018-04-03"),
        ("12/12/2018", "2018-12-12"),
        ("12/25/99", "1999-12-25"),
        ("99-03-12", "1999-03-12"),
        ("05-AUG-2017", "2017-08-05"),
        ("27MAR18", "2018-03-27"),
        ("May 3rd, 2018", "2018-05-03"),
        ("August 3 , 2014", "2014-08-03"),
        ("1er août 2014", "2014-08-01"),
        ("1er aout 2014", "2014-08-01"),
        ("14 de julio de 2023", "2023-07-14"),
        ("5 mrt. 2020", "2020-03-05"),
        ("2023年7月15日", "2023-07-15"),
    ],
)
def test_unambiguous_dates_are_parsed(text: str, iso: str) -> None:
    parsed = parse_date(text)
    assert parsed is not None
    assert (parsed.iso, parsed.ambiguous) == (iso, False)


@settings(deadline=None)
@given(
    _DAYS, st.sampled_from(LOCALES), st.sampled_from(["long", "d MMMM yyyy", "d MMM yyyy", "d LLLL yyyy", "dd.MM.yyyy"])
)
def test_dates_formatted_by_babel_are_parsed(day: date, locale: str, pattern: str) -> None:
    parsed = parse_date(format_date(day, pattern, locale=locale))
    assert parsed is not None
    assert (parsed.value, parsed.ambiguous) == (day, False)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_name_is_parsed(locale: str, month: int) -> None:
    parsed = parse_date(format_date(date(2000, month, 1), "d MMMM yyyy", locale=locale))
    assert parsed is not None
    assert parsed.value == date(2000, month, 1)


@settings(deadline=None)
@given(_DAYS, st.sampled_from("/-"))
def test_exchangeable_day_and_month_are_ambiguous(day: date, separator: str) -> None:
    text = day.strftime(f"%d{separator}%m{separator}%Y")
    parsed = parse_date(text)
    assert parsed is not None
    assert parsed.value == day
    assert parsed.ambiguous == (day.day <= 12 and day.day != day.month)
    month_first = parse_date(text, DateOrder.MONTH_FIRST)
    assert month_first is not None
    if parsed.ambiguous:
        assert (month_first.value, month_first.alternatives) == (parsed.alternatives[0], (day,))


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2018",
        "29/02/2019",
        "31 June 2018",
        "2018-02-30",
        "13/13/2018",
        "1/1/1",
        "0/1/2018",
        "3 Brumaire 2018",
        "12",
        "",
    ],
)
def test_impossible_dates_are_rejected(text: str) -> None:
    assert parse_date(text) is None


@settings(deadline=None)
@given(st.text(max_size=30))
def test_parse_date_accepts_any_text(text: str) -> None:
    parsed = parse_date(text)
    assert parsed is None or parsed.text == text


def test_month_names_are_unambiguous() -> None:
    assert set(month_numbers().values()) == set(range(1, 13))
    assert {month_numbers()[name] for name in ("mar", "maart", "marzec", "marzo", "mars")} == {3}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("17:58:00", time(17, 58)),
        ("9.30 am", time(9, 30)),
        ("12 am", time(0)),
        ("14h05", time(14, 5)),
        ("25:00", None),
        ("12:60", None),
    ],
)
def test_times_are_parsed(text: str, value: time | None) -> None:
    assert parse_time(text) == value
