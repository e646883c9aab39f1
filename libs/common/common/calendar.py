"""Days of the county: working days with make-up days (调休), and the clock on the wall (Asia/Shanghai)."""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chinese_calendar.constants import Holiday, holidays, workdays
from prometheus_client import Counter

SHANGHAI = ZoneInfo("Asia/Shanghai")
SATURDAY = 5

log = logging.getLogger(__name__)

_guesses = Counter(
    "yishi_calendar_guessed_total", "Deadlines that reach into a year whose arrangement is not known yet", ["year"]
)


class DayKind(StrEnum):
    """What a day is, and with it whether offices work."""

    WORKING = "working-day"
    MAKE_UP = "make-up-day"
    WEEKEND = "weekend"
    HOLIDAY = "public-holiday"
    COUNTY = "county-holiday"


WORKED = (DayKind.WORKING, DayKind.MAKE_UP)


def local_date(moment: datetime) -> date:
    """Tell which day it is in the county at a moment."""
    return moment.astimezone(SHANGHAI).date()


class Calendar:
    """Working days of the State Council's yearly arrangement, and the county's own holidays and make-up days.

    A year whose arrangement is not known yet counts Monday to Friday, and says so. `arranged` are years whose whole
    arrangement the county has written down itself.
    """

    def __init__(
        self, holidays: Iterable[date] = (), make_up_days: Iterable[date] = (), arranged: Iterable[int] = ()
    ) -> None:
        self._holidays = frozenset(holidays)
        self._make_up_days = frozenset(make_up_days)
        self._arranged = frozenset(arranged)
        self._warned: set[int] = set()

    def kind(self, day: date) -> DayKind:
        """Tell what a day is; the county's own word goes before the State Council's."""
        if day in self._holidays:
            return DayKind.COUNTY
        if day in self._make_up_days or day in workdays:
            return DayKind.MAKE_UP
        if day in holidays:
            return DayKind.HOLIDAY
        return DayKind.WORKING if day.weekday() < SATURDAY else DayKind.WEEKEND

    def name(self, day: date) -> str:
        """Name the festival that a holiday or a make-up day belongs to, in Chinese; "" for every other day."""
        festival = holidays.get(day) or workdays.get(day)
        return Holiday(festival).chinese if festival else ""

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        return self.kind(day) in WORKED

    def knows(self, year: int) -> bool:
        """Whether the arrangement of a year is known; otherwise its festivals and make-up days are not counted."""
        return year in self._arranged or year in _KNOWN

    def after(self, day: date, working_days: int) -> date:
        """Count working days from the day after `day`; the last one counted is the last day allowed."""
        while working_days > 0:
            day += timedelta(days=1)
            working_days -= self.is_working_day(day)
        return day

    def between(self, first: date, last: date) -> int:
        """Count the working days from the day after `first` to `last`."""
        days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(map(self.is_working_day, days))

    def unknown(self, first: date, last: date) -> list[int]:
        """List the years from one day to another whose arrangement is not known."""
        return [year for year in range(first.year, last.year + 1) if not self.knows(year)]

    def warn(self, first: date, last: date) -> None:
        """Have the operator know where a deadline had to be guessed: always on /metrics, once a year in the log."""
        for year in self.unknown(first, last):
            _guesses.labels(str(year)).inc()
            if year not in self._warned:
                self._warned.add(year)
                log.warning(
                    "the arrangement of holidays of %d is not known: its deadlines count Monday to Friday; "
                    "renew chinesecalendar, or write holidays, make_up_days and arranged_years into county.yaml",
                    year,
                )


_KNOWN = frozenset(range(min(holidays).year, max(holidays).year + 1))
