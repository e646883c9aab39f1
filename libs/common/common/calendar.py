"""Days of the county: working days with make-up days (调休), and the clock on the wall (Asia/Shanghai)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


def local_date(moment: datetime) -> date:
    """Tell which day it is in the county at a moment."""
    return moment.astimezone(SHANGHAI).date()


class Calendar:
    """Working days of the State Council's yearly arrangement, and the county's own holidays.

    A year whose arrangement is not published yet counts Monday to Friday.
    """

    def __init__(self, holidays: Iterable[date] = ()) -> None:
        self._holidays = frozenset(holidays)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        if day in self._holidays:
            return False
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            return day.weekday() < SATURDAY

    def after(self, day: date, working_days: int) -> date:
        """Count working days from the day after `day`; the last one counted is the last day allowed."""
        while working_days > 0:
            day += timedelta(days=1)
            working_days -= self.is_working_day(day)
        return day
