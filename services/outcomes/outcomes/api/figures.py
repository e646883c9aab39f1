"""Translates HTTP: what is asked about the key figures (关键指标), as JSON, CSV or Excel."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, FastAPI, Path, Query, Response

from common.aggregate import Origin
from common.auth import Role, allow
from common.errors import Fault, Invalid
from common.sheets import Cell, write_csv, write_workbook
from common.web import Cursor, Limit, Listing
from outcomes.domain.figures import KeyFigure, Record, Window
from outcomes.handlers import Outcomes

Counter = Annotated[Origin, allow(Role.OFFICE, Role.LEADER, Role.OBSERVER)]


class Form(StrEnum):
    """As what it is answered."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Asked = Annotated[Form, Query(alias="format", description="json, csv, or xlsx (Excel)")]
FIGURE_COLUMNS = ("figure", "value", "formula", "denominator", "denominator_value", "denominator_day", "as_of")
RECORD_COLUMNS = ("id", "counts", "topic_id", "division", "at")


def window(
    since: Annotated[date | None, Query(alias="from", description="First day, of Asia/Shanghai")] = None,
    until: Annotated[date | None, Query(alias="to", description="Last day, itself included")] = None,
    division: Annotated[str, Query(pattern=r"^\d{0,12}$", description="A code, or the beginning of one")] = "",
) -> Window:
    """Read which days and place are meant. Raises Invalid where the days are the wrong way round."""
    if since and until and until < since:
        raise Invalid([Fault("to", "is before from")])
    return Window(since, until, division)


Wanted = Annotated[Window, Depends(window)]


def routes(app: FastAPI, outcomes: Outcomes) -> None:
    """Put the routes into the application."""

    @app.get("/kpi", response_model=dict[str, KeyFigure])
    async def kpi(origin: Counter, wanted: Wanted, form: Asked = Form.JSON) -> dict[str, KeyFigure] | Response:
        """Count the key figures of some days and a place; of all there is where nothing is said."""
        found = await outcomes.kpi(origin, wanted)
        if form is Form.JSON:
            return found
        return sheet(form, "kpi", FIGURE_COLUMNS, [_line(name, figure) for name, figure in found.items()])

    @app.get("/kpi/{figure}/records", response_model=Listing[Record])
    async def records(
        figure: Annotated[str, Path(max_length=64)],
        _: Counter,
        wanted: Wanted,
        after: Cursor = None,
        limit: Limit = 50,
        form: Asked = Form.JSON,
    ) -> Listing[Record] | Response:
        """List the records behind a figure: `counts` add up to it, or to its numerator."""
        found = await outcomes.records(figure, wanted, after, limit)
        if form is Form.JSON:
            return Listing(items=found, next=found[-1].id if len(found) == limit else None)
        rows = [(r.id, r.counts, r.topic_id, r.division, r.at.isoformat() if r.at else None) for r in found]
        return sheet(form, figure, RECORD_COLUMNS, rows)


def sheet(form: Form, name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Response:
    """Answer with a file."""
    write = write_csv if form is Form.CSV else write_workbook
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(write([columns, *rows]), media_type=MEDIA_TYPES[form], headers=disposition)


def _line(name: str, figure: KeyFigure) -> list[Cell]:
    by = figure.denominator
    divided = (by.what, by.value, by.as_of.isoformat()) if by else (None, None, None)
    return [name, figure.value, figure.formula, *divided, figure.as_of.isoformat()]
