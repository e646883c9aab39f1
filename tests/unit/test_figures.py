"""Key figures: every one is the sum of the records it opens to, whatever happened, on any days and in any place."""

import asyncio
import io
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from openpyxl import load_workbook

from common.sheets import Cell, write_csv, write_workbook
from fakes import bearer, client, origin
from figures_world import MIDNIGHT, PLACES, World, counted, every_record_adds_up, windows, worlds
from outcomes import api
from outcomes.domain.figures import Window
from outcomes.domain.outcome import Outcome, OutcomeState
from outcomes.domain.rating import Ending


@settings(max_examples=30)
@given(worlds, windows)
def test_every_figure_is_the_sum_of_the_records_it_opens_to(world: World, window: Window) -> None:
    asyncio.run(every_record_adds_up(counted(world), window))


def test_a_day_begins_at_midnight_in_the_county() -> None:
    def closed(at: datetime) -> Outcome:
        about = {"id": at.isoformat(), "topic_id": "t", "title": "t", "division": PLACES[0], "meetings": 1}
        return Outcome(**about, state=OutcomeState.CLOSED, closed_at=at, ending=Ending.RATED)  # type: ignore[arg-type]

    service = counted(([], [closed(MIDNIGHT - timedelta(seconds=1)), closed(MIDNIGHT)], []))
    for day, wanted in ((23, 1), (24, 1), (25, 0)):
        on = date(2026, 11, day)
        figures = asyncio.run(service.kpi(origin("o", "o", "office"), Window(on, on)))
        assert figures["matters_resolved"].value == wanted


def test_a_place_is_found_by_the_beginning_of_its_code_whatever_its_level() -> None:
    prefixes = [Window(division=code).prefix for code in ("620102007004", "620102007000", "620102000000", "6201", "")]
    assert prefixes == ["620102007004", "620102007", "620102", "6201", ""]


def test_what_is_divided_by_says_what_and_of_which_day_it_is() -> None:
    figures = asyncio.run(counted(([], [], [])).kpi(origin("o", "o", "office"), Window(until=date(2026, 6, 30))))
    villages = figures["villages_with_activity"].denominator
    assert villages
    assert (villages.value, villages.as_of) == (1, date(2026, 6, 30))
    assert figures["villages_with_activity"].value == 0
    assert figures["agreement_share"].value is None


def test_a_file_shows_what_would_be_carried_out() -> None:
    rows: list[list[Cell]] = [["=1+1", "@x", " +x", "-2", -2.5, None, "议题"]]
    assert write_csv(rows).decode("utf-8-sig") == "'=1+1,'@x,' +x,'-2,-2.5,,议题\r\n"
    sheet = load_workbook(io.BytesIO(write_workbook(rows))).active
    assert sheet
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells] == ["'=1+1", "'@x", "' +x", "'-2", -2.5, None, "议题"]
    assert "f" not in {cell.data_type for cell in cells}


def test_figures_and_their_records_come_as_files_too() -> None:
    web = client("outcomes", lambda app: api.routes(app, counted(([], [], []))))
    office = bearer("office")
    csv = web.get("/kpi", params={"format": "csv", "from": "2026-01-01", "division": "620102007000"}, headers=office)
    assert csv.text.lstrip("\ufeff").splitlines()[1].startswith('activities,0,"meetings that are over, each')
    book = web.get("/kpi", params={"format": "xlsx"}, headers=office)
    assert load_workbook(io.BytesIO(book.content)).active["A2"].value == "activities"  # type: ignore[index]
    records = web.get("/kpi/tasks/records", params={"format": "csv"}, headers=office)
    assert records.text.lstrip("\ufeff") == "id,counts,topic_id,division,at\r\n"
    assert web.get("/kpi/tasks/records", headers=office).json() == {"items": [], "next": None}
    for path, params, status in (
        ("/kpi/none/records", {}, 404),
        ("/kpi", {"from": "2026-02-02", "to": "2026-02-01"}, 422),
        ("/kpi", {"division": "620.*"}, 422),
    ):
        assert web.get(path, params=params, headers=office).status_code == status
    assert web.get("/kpi/tasks/records", headers=bearer("resident")).status_code == 403
