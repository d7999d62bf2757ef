"""Dates in eight languages, and what cannot be told about them."""

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
    ("written", "iso"),
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
def test_told_dates(written: str, iso: str) -> None:
    reading = parse_date(written)
    assert reading is not None
    assert (reading.iso, reading.ambiguous) == (iso, False)


@settings(deadline=None)
@given(
    _DAYS, st.sampled_from(LOCALES), st.sampled_from(["long", "d MMMM yyyy", "d MMM yyyy", "d LLLL yyyy", "dd.MM.yyyy"])
)
def test_dates_as_babel_writes_them(day: date, locale: str, pattern: str) -> None:
    reading = parse_date(format_date(day, pattern, locale=locale))
    assert reading is not None
    assert (reading.value, reading.ambiguous) == (day, False)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_s_name_is_read(locale: str, month: int) -> None:
    reading = parse_date(format_date(date(2000, month, 1), "d MMMM yyyy", locale=locale))
    assert reading is not None
    assert reading.value == date(2000, month, 1)


@settings(deadline=None)
@given(_DAYS, st.sampled_from("/-"))
def test_day_and_month_that_can_be_exchanged_are_said(day: date, joint: str) -> None:
    written = day.strftime(f"%d{joint}%m{joint}%Y")
    reading = parse_date(written)
    assert reading is not None
    assert reading.value == day
    assert reading.ambiguous == (day.day <= 12 and day.day != day.month)
    other_order = parse_date(written, DateOrder.MONTH_FIRST)
    assert other_order is not None
    if reading.ambiguous:
        assert (other_order.value, other_order.alternatives) == (reading.alternatives[0], (day,))


@pytest.mark.parametrize(
    "written",
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
def test_impossible_dates_are_none(written: str) -> None:
    assert parse_date(written) is None


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    reading = parse_date(text)
    assert reading is None or reading.text == text


def test_no_month_name_means_two_months() -> None:
    assert set(month_numbers().values()) == set(range(1, 13))
    assert {month_numbers()[name] for name in ("mar", "maart", "marzec", "marzo", "mars")} == {3}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("17:58:00", time(17, 58)),
        ("9.30 am", time(9, 30)),
        ("12 am", time(0)),
        ("14h05", time(14, 5)),
        ("25:00", None),
        ("12:60", None),
    ],
)
def test_times(written: str, value: time | None) -> None:
    assert parse_time(written) == value
