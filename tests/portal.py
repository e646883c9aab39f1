"""A county's Open311 endpoint in process, and the store behind it without a database."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from fastapi.testclient import TestClient
from httpx2 import Response

from common.county import County
from fakes import PHONE, MemoryAggregates, bearer, client, county, sealer
from intake.api import open311
from intake.domain import Issue, Topic
from intake.handlers import Intake
from intake.handlers.requests import Requests, Wanted

TREE = {"城乡建设": {"供热": ["管网", "其他"]}, "heating": None}
PLACES = [
    {"code": "620102000000", "name": "城关区", "kind": "county"},
    {"code": "620102007004", "name": "西北新村社区", "kind": "community"},
]
HERE = county(
    scope={"categories": TREE, "refused": {"litigation": "法院"}},
    divisions=PLACES,
    area={"corners": [[103.6, 35.9], [104.1, 36.2]]},
)
BASE = "/open311/v2"


class MemoryIssues(MemoryAggregates[Issue]):
    """Issues that can be searched, as intake.store.MongoIssues can."""

    async def search(self, wanted: Wanted) -> list[Issue]:
        found = [issue for issue in self.all() if _is(issue, wanted)]
        found.sort(key=lambda issue: issue.id)
        found.sort(key=lambda issue: issue.received_at, reverse=True)
        return found[wanted.skip : wanted.skip + wanted.limit]

    async def updated(self, since: datetime, until: datetime, skip: int, limit: int) -> list[Issue]:
        found = [issue for issue in self.all() if any(since <= update.at <= until for update in issue.updates)]
        return found[skip : skip + limit]


def _is(issue: Issue, wanted: Wanted) -> bool:
    place = issue.content.location
    if wanted.box:
        west, south, east, north = wanted.box
        if not (place and place.lon is not None and place.lat is not None):
            return False
        if not (west <= place.lon <= east and south <= place.lat <= north):
            return False
    if wanted.ids:
        return issue.id in wanted.ids
    return (
        wanted.since <= issue.received_at <= wanted.until
        and (not wanted.categories or issue.content.category in wanted.categories)
        and wanted.settled in (None, issue.settled)
    )


REPORT = {
    "api_key": "portal:resident",
    "jurisdiction_id": "620102",
    "service_code": "heating",
    "lat": "36.05",
    "long": "103.83",
    "address_string": "白银路1号",
    "email": "wang@example.org",
    "first_name": "玉萍",
    "last_name": "王",
    "phone": PHONE,
    "description": "三单元冬天只有十三度\n请尽快 <b>处理</b> & 回复",
    "attribute[division]": "620102007004",
}
GRID = REPORT | {"api_key": "grid:department", "attribute[fixmystreet_id]": "77"}
CLERK = bearer("clerk")

NOTHING: Mapping[str, str] = MappingProxyType({})
Changes = Mapping[str, str | None]


class Portal:
    """The endpoint, what stands behind it, and a client that looks that no number comes back."""

    def __init__(self, here: County = HERE) -> None:
        self.issues = MemoryIssues(Issue)
        self.intake = Intake(self.issues, MemoryAggregates(Topic), here, sealer)
        self.http: TestClient = client(
            "intake", lambda app: open311.routes(app, Requests(self.intake, self.issues), here)
        )

    def post(self, changes: Changes = NOTHING, status: int = 201, path: str = "requests.json") -> Response:
        """Report, but for some fields."""
        fields = {name: value for name, value in {**REPORT, **changes}.items() if value is not None}
        answer = self.http.post(f"{BASE}/{path}", data=fields)
        assert answer.status_code == status, answer.text
        assert PHONE not in answer.text
        return answer

    def report(self, changes: Changes = NOTHING) -> str:
        """Report; the request's id."""
        return str(self.post(changes).json()[0]["service_request_id"])

    def get(
        self, path: str, params: Mapping[str, str] = NOTHING, status: int = 200, headers: dict[str, str] = CLERK
    ) -> Response:
        """Ask."""
        answer = self.http.get(f"{BASE}/{path}", params=params, headers=headers)
        assert answer.status_code == status, answer.text
        assert PHONE not in answer.text
        return answer

    def code(self, name: str) -> str:
        """Find the code of a service."""
        return next(str(s["service_code"]) for s in self.get("services.json").json() if s["service_name"] == name)


def xml(answer: Response) -> Element:
    """Read an answer in XML."""
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    found: Element = fromstring(answer.content)
    return found


def text(element: Element, path: str) -> str | None:
    found = element.find(path)
    assert found is not None, path
    return found.text


def texts(element: Element, path: str) -> list[str | None]:
    return [found.text for found in element.findall(path)]


__all__ = ["BASE", "CLERK", "GRID", "HERE", "REPORT", "MemoryIssues", "Portal", "text", "texts", "xml"]
