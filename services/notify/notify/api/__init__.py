"""Translates HTTP: what notify is asked, by the office and by the providers of its gateways."""

import base64
from datetime import datetime
from typing import Annotated, Literal

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, JsonValue, StringConstraints, ValidationError

from common.aggregate import Origin
from common.auth import Role, allow, public
from common.errors import Fault
from common.events import FaultLine, Id, Title
from common.people import mask_phones
from common.web import Cursor, Limit, Listing, listing
from notify.domain import GROUP, Campaign, CampaignState, Delivered, Failed, Notice, NoticeState, Receipt
from notify.handlers import Answers, Call, Campaigns, Contacts, NewPerson, News, Notify, Reply, Tally, Wording

AT_ONCE = 1000

Group = Annotated[str, StringConstraints(pattern=GROUP, max_length=128)]
TopicId = Annotated[str | None, Query(max_length=128)]
Office = Annotated[Origin, allow(Role.OFFICE)]
Clerk = Annotated[Origin, allow(Role.OFFICE, Role.CLERK)]
Provider = Annotated[Origin, allow(Role.PROVIDER)]


class PublicKey(BaseModel):
    """notify's X25519 key, base64: contacts are sealed to it (HPKE, RFC 9180)."""

    public_key: str


class SealedPerson(BaseModel):
    """Somebody's sealed contact, and the groups they belong to."""

    contact: str = Field(min_length=1, max_length=8192)
    groups: list[Group] = Field(default_factory=list, max_length=50)


class SealedPeople(BaseModel):
    """Many people; each is looked at by itself, so that one fault does not keep the others out."""

    people: list[JsonValue] = Field(min_length=1, max_length=AT_ONCE)


class Taken(BaseModel):
    """How many were taken, and what is wrong with the others."""

    taken: int
    faults: list[FaultLine]


class NewCampaign(BaseModel):
    """One message to everyone in a group."""

    topic_id: Id | None = None
    group: Group
    template: Title
    values: dict[str, str] = Field(default_factory=dict, max_length=50)


class CampaignNow(BaseModel):
    """A campaign, and how many of its notices stand in each state."""

    id: str
    topic_id: str | None
    group: str
    template: str
    values: dict[str, str]
    state: CampaignState
    started_at: datetime
    recipients: int
    counts: dict[NoticeState, int]


class NoticeLine(BaseModel):
    """A notice: who (by person id), what (numbers masked), and what became of it."""

    id: str
    person_id: str
    template: str
    topic_id: str | None
    campaign_id: str | None
    text: str
    segments: int
    state: NoticeState
    code: str | None
    gateway: str | None
    queued_at: datetime


class Sum(BaseModel):
    """A number of notices, and of the messages they are billed as."""

    notices: int = 0
    segments: int = 0


class Summary(Sum):
    """All notices, and those in each state."""

    states: dict[NoticeState, Sum]


class ReceiptLine(BaseModel):
    """What became of the message with our reference."""

    reference: Id
    status: Literal["delivered", "failed"]
    code: str | None = Field(default=None, max_length=100)


class Receipts(BaseModel):
    """Receipts, in any order."""

    receipts: list[ReceiptLine] = Field(min_length=1, max_length=AT_ONCE)


class ReceiptCounts(BaseModel):
    """Receipts that were news, those that were not, and those of no message of this gateway."""

    taken: int
    late: int
    unknown: int


class ReplyLine(BaseModel):
    """What somebody wrote back; with the provider's `id` it counts once."""

    phone: str = Field(max_length=32)
    text: str = Field(min_length=1, max_length=2000)
    id: Id | None = None


class Replies(BaseModel):
    """Replies, in the order they came."""

    replies: list[ReplyLine] = Field(min_length=1, max_length=AT_ONCE)


class ReplyCounts(Taken):
    """Replies told to whoever asked, those that asked for silence, and those of people nobody knows."""

    opted_out: int
    unknown: int


def routes(app: FastAPI, notify: Notify) -> None:
    """Put notify's routes into the application."""
    _people(app, notify.contacts)
    _campaigns(app, notify.campaigns)
    _notices(app, notify.news)
    _gateways(app, notify.answers)


def _people(app: FastAPI, contacts: Contacts) -> None:
    @app.get("/people/key", dependencies=[public])
    async def get_key() -> PublicKey:
        return PublicKey(public_key=base64.b64encode(contacts.public_key).decode())

    @app.post("/people")
    async def add_people(body: SealedPeople, origin: Clerk) -> Taken:
        good, faults = [], []
        for i, item in enumerate(body.people):
            try:
                person = SealedPerson.model_validate(item)
                good.append(NewPerson(i, person.contact, tuple(person.groups)))
            except ValidationError as error:
                found = error.errors(include_input=False)
                faults += [Fault(".".join(["people", str(i), *map(str, e["loc"])]), e["msg"]) for e in found]
        refused = await contacts.add(good, origin)
        return Taken(taken=len(good) - len(refused), faults=_lines([*faults, *refused]))


def _campaigns(app: FastAPI, campaigns: Campaigns) -> None:
    @app.post("/campaigns", status_code=201)
    async def start(body: NewCampaign, origin: Office) -> CampaignNow:
        campaign = await campaigns.start(body.group, body.template, body.values, body.topic_id, origin)
        return _now(*await campaigns.get(campaign.id))

    @app.get("/campaigns/{campaign_id}")
    async def get_campaign(campaign_id: str, _: Office) -> CampaignNow:
        return _now(*await campaigns.get(campaign_id))


def _notices(app: FastAPI, news: News) -> None:
    @app.get("/notices", dependencies=[allow(Role.OFFICE)])
    async def list_notices(
        after: Cursor = None,
        limit: Limit = 50,
        topic_id: TopicId = None,
        state: Annotated[NoticeState | None, Query()] = None,
    ) -> Listing[NoticeLine]:
        page = listing(await news.notices.page(after, limit, topic_id=topic_id, state=state), limit)
        return Listing(items=[_line(notice) for notice in page.items], next=page.next)

    @app.get("/notices/summary", dependencies=[allow(Role.OFFICE, Role.OBSERVER)])
    async def summary(topic_id: TopicId = None) -> Summary:
        tallies = await news.notices.tally(topic_id=topic_id)
        return Summary(
            notices=sum(tally.notices for tally in tallies),
            segments=sum(tally.segments for tally in tallies),
            states={tally.state: Sum(notices=tally.notices, segments=tally.segments) for tally in tallies},
        )

    @app.get("/templates", dependencies=[allow(Role.OFFICE)])
    async def list_templates() -> list[Wording]:
        return news.texts.wordings()


def _gateways(app: FastAPI, answers: Answers) -> None:
    @app.post("/gateways/{name}/receipts")
    async def receipts(name: str, body: Receipts, _: Provider) -> ReceiptCounts:
        taken = [Receipt(line.reference, _result(line)) for line in body.receipts]
        return ReceiptCounts(**await answers.receipts(name, taken))

    @app.post("/gateways/{name}/replies")
    async def replies(name: str, body: Replies, origin: Provider) -> ReplyCounts:
        result = await answers.replies(name, [Reply(r.phone, r.text, r.id) for r in body.replies], origin)
        return ReplyCounts(
            taken=result.taken, opted_out=result.opted_out, unknown=result.unknown, faults=_lines(result.faults)
        )

    @app.post("/gateways/{name}/calls", dependencies=[public])
    async def call(name: str, request: Request) -> JSONResponse:
        """Take a call in the provider's own form; the gateway verifies its signature or token."""
        headers = {key.lower(): value for key, value in request.headers.items()}
        heard = Call(headers, dict(request.query_params), await request.body())
        return JSONResponse(dict(await answers.call(name, heard)))


def _result(line: ReceiptLine) -> Delivered | Failed:
    return Delivered() if line.status == "delivered" else Failed(line.code or "failed")


def _now(campaign: Campaign, tallies: list[Tally]) -> CampaignNow:
    counts = {tally.state: tally.notices for tally in tallies}
    return CampaignNow.model_validate({**vars(campaign), "counts": counts})


def _line(notice: Notice) -> NoticeLine:
    return NoticeLine.model_validate({**vars(notice), "text": mask_phones(notice.text)})


def _lines(faults: list[Fault]) -> list[FaultLine]:
    return [FaultLine(path=fault.path, problem=fault.problem) for fault in faults]
