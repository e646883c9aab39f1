"""Translates HTTP: what the screening desk is asked to do with an issue."""

from fastapi import FastAPI

from intake.api.bodies import (
    HIDDEN,
    Excluded,
    HandedOver,
    Merge,
    Reason,
    Redirect,
    Screened,
    Screener,
    Seconder,
)
from intake.domain import Issue
from intake.handlers import Intake


def routes(app: FastAPI, intake: Intake) -> None:
    """Put the routes into the application."""
    _desk(app, intake)
    _ends(app, intake)


def _desk(app: FastAPI, intake: Intake) -> None:
    desk = intake.screening

    @app.post("/issues/{issue_id}/hold", response_model_exclude=HIDDEN)
    async def hold(issue_id: str, origin: Screener) -> Issue:
        """Keep others from screening it for some minutes; 409 says who has it and until when."""
        return await desk.hold(issue_id, origin)

    @app.post("/issues/{issue_id}/release", response_model_exclude=HIDDEN)
    async def release(issue_id: str, origin: Screener) -> Issue:
        return await desk.release(issue_id, origin)

    @app.post("/issues/{issue_id}/register", response_model_exclude=HIDDEN)
    async def register(issue_id: str, origin: Screener) -> Issue:
        return await desk.register(issue_id, origin)

    @app.post("/issues/{issue_id}/screen", response_model_exclude=HIDDEN)
    async def screen(issue_id: str, body: Screened, origin: Screener) -> Issue:
        """Hold it against the county's rules (两议三不议); where one of `bars` applies it is sent on or declined."""
        return await desk.screen(issue_id, body.grounds, body.bars, body.reason, origin)

    @app.post("/issues/{issue_id}/second", response_model_exclude=HIDDEN)
    async def second(issue_id: str, origin: Seconder) -> Issue:
        return await desk.second(issue_id, origin)

    @app.post("/issues/{issue_id}/hand-over", response_model_exclude=HIDDEN)
    async def hand_over(issue_id: str, body: HandedOver, origin: Screener) -> Issue:
        return await desk.hand_over(issue_id, body.to, body.reason, origin)


def _ends(app: FastAPI, intake: Intake) -> None:
    desk = intake.screening

    @app.post("/issues/{issue_id}/merge", response_model_exclude=HIDDEN)
    async def merge(issue_id: str, body: Merge, origin: Screener) -> Issue:
        return await intake.merge(issue_id, body.into, body.reason, origin)

    @app.post("/issues/{issue_id}/redirect", response_model_exclude=HIDDEN)
    async def redirect(issue_id: str, body: Redirect, origin: Screener) -> Issue:
        return await desk.redirect(issue_id, body.to, body.reason, origin)

    @app.post("/issues/{issue_id}/exclude", response_model_exclude=HIDDEN)
    async def exclude(issue_id: str, body: Excluded, origin: Screener) -> Issue:
        """Send on what must not be read here: what it says, and who said it, is kept no longer."""
        return await desk.exclude(issue_id, body.kind, origin)

    @app.post("/issues/{issue_id}/reject", response_model_exclude=HIDDEN)
    async def reject(issue_id: str, body: Reason, origin: Screener) -> Issue:
        return await desk.reject(issue_id, body.reason, origin)

    @app.post("/issues/{issue_id}/withdraw", response_model_exclude=HIDDEN)
    async def withdraw(issue_id: str, body: Reason, origin: Screener) -> Issue:
        return await desk.withdraw(issue_id, body.reason, origin)
