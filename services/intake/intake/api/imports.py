"""Translates imports: a list comes in, what became of it goes back, and the lines at fault in a file of the same form.

The list is read in memory and kept nowhere; its lines go back to nobody but whoever sent it.
"""

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.responses import Response

from common.aggregate import Origin
from common.auth import Role, allow
from common.bus.listen import WEATHER
from common.county import County, ImportField
from common.errors import Fault, Forbidden, Invalid
from common.people import Sealer
from intake.api import sheets
from intake.api.columns import REASON, Reader
from intake.domain import RESIDENTS
from intake.handlers.imports import Done, Entry, Imports, Verdict

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {"xlsx": WORKBOOK, "csv": "text/csv"}
STREAMED = "application/x-ndjson"
BODY = {"schema": {"type": "string", "format": "binary"}}


class LineFault(BaseModel):
    """One fault of one line: its number in the list, the column, and what is wrong."""

    line: int
    column: str
    problem: str


class FaultsFile(BaseModel):
    """The lines at fault, with the reasons in a column of their own."""

    extension: str
    media_type: str
    base64: str


class Report(BaseModel):
    """What became of a list, or would. `columns` says which heading was read as what."""

    preview: bool
    lines: int
    new: int
    known: int
    refused: int
    columns: dict[str, str]
    ignored: list[str]
    faults: list[LineFault]
    file: FaultsFile | None


class Progress(BaseModel):
    """How many lines of how many have been dealt with."""

    done: int
    lines: int


@dataclass(frozen=True)
class Room:
    """What an import needs: whose rules, whose seal, and one desk at which lists are read one after another."""

    imports: Imports
    county: County
    sealer: Sealer
    desk: asyncio.Lock


def routes(app: FastAPI, imports: Imports, county: County, sealer: Sealer) -> None:
    """Put the route into the application."""
    app.state.larger["/imports"] = sheets.MAX_FILE
    room = Room(imports, county, sealer, asyncio.Lock())

    @app.post(
        "/imports",
        response_model=Report,
        openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(MEDIA_TYPES.values(), BODY)}},
    )
    async def import_list(
        request: Request,
        origin: Annotated[Origin, allow(Role.CLERK, Role.OFFICE, Role.DEPARTMENT)],
        preview: Annotated[bool, Query(description="Say what would become of it, and keep nothing")] = False,
        system: Annotated[str | None, Query(max_length=32, description="The department system it comes from")] = None,
        division: Annotated[str, Query(max_length=12, description="Where a line says none")] = "",
        category: Annotated[str, Query(max_length=100, description="Where a line says none")] = "",
    ) -> Response:
        """Import an Excel or CSV list (the body is the file). The same list may come again: nothing changes then.

        With `Accept: application/x-ndjson` it is told on the way how far it is; the report is the last line.
        """
        source = _source(origin, system)
        if source != RESIDENTS and not county.has_system(source):
            raise Invalid([Fault("system", f"{source!r} is not a department system of this county")])
        data = await request.body()
        async with room.desk:
            # beside the event loop: a workbook of 16 MB takes seconds
            task = await asyncio.to_thread(_Task.read, room, data, {"division": division, "category": category})
        told = task.carry_out(room.imports, source, origin, preview=preview)
        if STREAMED in request.headers.get("accept", ""):
            return StreamingResponse(_streamed(told), media_type=STREAMED)
        *_, report = [piece async for piece in told]
        return Response(report.model_dump_json(), media_type="application/json")


def _source(origin: Origin, system: str | None) -> str:
    """Tell whose issues they are: a department imports its own, a clerk those of any, or residents' without one."""
    if origin.roles & {Role.CLERK, Role.OFFICE}:
        return system or RESIDENTS
    if system not in (None, origin.by):
        raise Forbidden(f"{origin.by} imports its own lists, not those of {system}")
    return origin.by


async def _streamed(told: AsyncIterator[BaseModel]) -> AsyncIterator[str]:
    try:
        async for piece in told:
            yield piece.model_dump_json() + "\n"
    except WEATHER:
        yield '{"status": 503, "title": "unavailable", "detail": "import it again: what was taken counts once"}\n'


class _Task:
    """One list on its way."""

    def __init__(self, sheet: sheets.Sheet, reader: Reader) -> None:
        self._sheet = sheet
        self._reader = reader
        self._entries: list[Entry] = []
        self._faults: dict[int, Sequence[Fault]] = {}
        for line in reader.lines:
            try:
                self._entries.append(Entry(line.number, reader.issue(line)))
            except Invalid as error:
                self._faults[line.number] = error.faults

    @classmethod
    def read(cls, room: Room, data: bytes, defaults: Mapping[ImportField, str]) -> "_Task":
        """Read the file. Raises Invalid or TooLarge."""
        sheet = sheets.read(data)
        return cls(sheet, Reader(room.county, room.sealer, sheet, defaults))

    async def carry_out(
        self, imports: Imports, source: str, origin: Origin, *, preview: bool
    ) -> AsyncIterator[Progress | Report]:
        """Take the good lines in, telling how far it is; at last what became of all."""
        counts: Counter[Verdict] = Counter({Verdict.REFUSED: len(self._faults)})
        lines = len(self._reader.lines)
        async for portion in imports.take(self._entries, source, origin, preview=preview):
            counts.update(done.verdict for done in portion)
            self._note(portion)
            yield Progress(done=counts.total(), lines=lines)
        yield Report(
            preview=preview,
            lines=lines,
            columns=self._reader.columns.names,
            ignored=self._reader.columns.ignored,
            faults=self._listed(),
            file=await asyncio.to_thread(self._file) if self._faults else None,
            **{verdict.value: counts[verdict] for verdict in Verdict},
        )

    def _note(self, portion: list[Done]) -> None:
        for done in portion:
            if done.verdict is Verdict.REFUSED:
                self._faults[done.number] = self._reader.worded(list(done.faults))

    def _listed(self) -> list[LineFault]:
        return [
            LineFault(line=number, column=fault.path, problem=fault.problem)
            for number, faults in sorted(self._faults.items())
            for fault in faults
        ]

    def _file(self) -> FaultsFile:
        headings = self._reader.columns.headings
        kept = [place for place, text in enumerate(headings) if text != REASON]
        rows = [
            [*(line.cell(place) for place in kept), "；".join(map(str, self._faults[line.number]))]
            for line in self._reader.lines
            if line.number in self._faults
        ]
        data = sheets.write(self._sheet, [*(headings[place] for place in kept), REASON], rows)
        extension = self._sheet.extension
        return FaultsFile(
            extension=extension, media_type=MEDIA_TYPES[extension], base64=base64.b64encode(data).decode()
        )
