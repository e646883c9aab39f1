"""The counter of the county office: the routes of outcomes in process, with one topic agreed on, t1."""

import asyncio
from types import SimpleNamespace

from fastapi.testclient import TestClient

from common.events import TopicAgreed
from fakes import COUNTY, MemoryAggregates, bearer, origin
from memory_archive import archive
from memory_figures import MemoryFigures
from outcomes.domain.activity import Activity
from outcomes.domain.outcome import Outcome
from outcomes.domain.task import Task
from outcomes.handlers import Outcomes

OFFICE = bearer("office")
DEPARTMENT = bearer("department")
REPORT = {
    "topic_id": "t1",
    "kind": "consensus",
    "tasks": [
        {"department": "housing", "title": "减速带", "evidence": "照片", "working_days": 3},
        {"department": "police", "title": "高峰时段警力", "due_on": "2099-12-31"},
    ],
}


def serve(tasks: MemoryAggregates[Task]) -> Outcomes:
    """Make the service, which has heard of an agreement."""
    activities, results = MemoryAggregates(Activity), MemoryAggregates(Outcome)
    hall = SimpleNamespace(activities=activities, outcomes=results, tasks=tasks)
    made = Outcomes(activities, results, tasks, archive(), MemoryFigures(hall), COUNTY)
    agreed = TopicAgreed(
        topic_id="t1", title="校门口", division="620102007004", agreement="三项措施", meetings=3, people=("p1", "p2")
    )
    asyncio.run(made.conclude(agreed, origin()))
    return made


def reported(web: TestClient) -> list[str]:
    """Report the outcome; returns the ids of its tasks."""
    answer = web.post("/outcomes", json=REPORT, headers=OFFICE)
    assert answer.status_code == 201
    return [commitment["task_id"] for commitment in answer.json()["commitments"]]


def say(web: TestClient, task_id: str, verb: str, headers: dict[str, str], **more: str) -> tuple[int, str]:
    """Say something about a task; returns the status, and the task's state or the problem's title."""
    answer = web.post(f"/tasks/{task_id}/{verb}", json={"text": "已办", **more}, headers=headers)
    return answer.status_code, answer.json().get("state") or answer.json()["title"]
