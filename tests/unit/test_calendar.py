"""Working days of the county, with holidays, make-up days and the clock on the wall."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.calendar import Calendar, local_date

DAYS = st.dates(date(2024, 1, 1), date(2031, 12, 31))


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    assert local_date(datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert local_date(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 10, 1), False),  # National Day, a Wednesday
        (date(2025, 9, 28), True),  # the Sunday that makes up for it
        (date(2025, 9, 27), False),  # an ordinary Saturday
        (date(2025, 9, 26), True),
    ],
)
def test_holidays_and_make_up_days_follow_the_state_council(day: date, *, works: bool) -> None:
    assert Calendar().is_working_day(day) is works


def test_the_countys_own_holidays_count() -> None:
    assert not Calendar([date(2025, 9, 26)]).is_working_day(date(2025, 9, 26))


def test_a_year_that_is_not_arranged_yet_works_monday_to_friday() -> None:
    week = [date(2099, 10, day) for day in range(5, 12)]
    assert [Calendar().is_working_day(day) for day in week] == [True] * 5 + [False] * 2


def test_a_deadline_skips_the_golden_week() -> None:
    assert Calendar().after(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert Calendar().after(date(2025, 9, 26), 3) == date(2025, 9, 30)


def test_no_days_is_the_same_day() -> None:
    assert Calendar().after(date(2025, 10, 1), 0) == date(2025, 10, 1)


@given(day=DAYS, count=st.integers(1, 40))
def test_exactly_so_many_working_days_are_allowed_and_the_last_is_one(day: date, count: int) -> None:
    calendar = Calendar([date(2027, 3, 3)])
    last = calendar.after(day, count)
    between = [date.fromordinal(n) for n in range(day.toordinal() + 1, last.toordinal() + 1)]
    assert sum(map(calendar.is_working_day, between)) == count
    assert calendar.is_working_day(last)
