"""The witnesses: what the services answer over HTTP, and what MongoDB, JetStream and the file of messages hold.

Each compares with what must be there by the script alone, and names what is lost, doubled or otherwise wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from nats.js import JetStreamContext

from faults.desk import Desk
from faults.quiet import Database
from faults.tally import Said, Verdict
from faults.topics import Topics
from faults.traces import Traces

PAGE = 500
Items = list[dict[str, Any]]


@dataclass
class Witness:
    """Looks, when all is quiet."""

    desk: Desk
    js: JetStreamContext
    database: Database
    verdict: Verdict = field(default_factory=Verdict)

    async def look(self) -> Verdict:
        """Look at everything."""
        issues = await self._both("intake", "issues")
        self._issues(issues)
        self._residents(issues)
        topics = Topics(
            self.verdict,
            issues,
            await self._both("intake", "topics"),
            await self._both("meetings", "deliberations", "topics"),
            await self._both("outcomes", "outcomes"),
            await self._both("outcomes", "tasks"),
            [meeting async for meeting in self.database["meetings"].find()],
        )
        topics.orphans()
        topics.uses()
        for story in self.desk.tally.stories:
            topics.story(story)
        traces = Traces(self.desk.tally, self.verdict, self.js, self.database, self.desk.here.county.code)
        await traces.answers()
        await traces.dead()
        await traces.messages(self.desk.here.folder.path / "sms.jsonl")
        self.verdict.add("wrong", "{} was refused", self.desk.tally.refused)
        return self.verdict

    async def _both(self, service: str, collection: str, path: str = "") -> Items:
        """List a collection over HTTP, and have MongoDB confirm that this is all of it and each stands there once."""
        found: Items = []
        after = ""
        while True:
            asked = f"/{path or collection}?limit={PAGE}{after}"
            page = await self.desk.read("office", service, asked)
            if page is None:
                raise LookupError(asked)
            found += cast("Items", page["items"])
            if not page["next"]:
                break
            after = f"&after={page['next']}"
        stored = {str(document["_id"]) async for document in self.database[collection].find({}, {"_id": 1})}
        listed = Counter(str(item["id"]) for item in found)
        self.verdict.add("lost", f"{collection} {{}} is stored and not listed", stored - set(listed))
        self.verdict.add("lost", f"{collection} {{}} is listed and not stored", set(listed) - stored)
        self.verdict.add("doubled", f"{collection} {{}} is listed twice", [id_ for id_, n in listed.items() if n > 1])
        self.verdict.counted[collection] = len(stored)
        return found

    def _issues(self, issues: Items) -> None:
        """Look whether every version of every issue is there, once, and the highest is what the issue says."""
        there: defaultdict[tuple[str, str], Items] = defaultdict(list)
        for issue in issues:
            there[issue["source"], issue["external_id"]].append(issue)
        said: defaultdict[tuple[str, str], list[Said]] = defaultdict(list)
        for event in self.desk.tally.said:
            if event.kind == "issue":
                said[event.system, str(event.data["external_id"])].append(event)
        of_stories = {id_ for story in self.desk.tally.stories for id_ in story.issue_ids}
        for key, events in said.items():
            found = there[key]
            self.verdict.add("lost", "event {} has no issue", [event.id for event in events if not found])
            self.verdict.add("doubled", "issue {} stands twice", [key] if len(found) > 1 else [])
            for issue in found[:1]:
                self._versions(issue, events, in_story=issue["id"] in of_stories)
        told = {key for key, found in there.items() if found and key[0] != "residents"}
        self.verdict.add("wrong", "issue {} was never said", told - set(said))

    def _versions(self, issue: Mapping[str, Any], events: list[Said], *, in_story: bool) -> None:
        taken = Counter(issue["versions"])
        for event in events:
            self.verdict.times(f"version of event {event.id}", taken[cast("int", event.data["version"])], 1)
        self.verdict.times(f"versions of {issue['id']}", len(issue["versions"]), len(events))
        last = max(events, key=lambda event: cast("int", event.data["version"]))
        state = "CLOSED" if in_story else "WITHDRAWN" if last.data["action"] == "withdraw" else "RECEIVED"
        found = issue["version"], issue["state"], issue["content"]["title"]
        must = last.data["version"], state, last.data["title"]
        self.verdict.add("wrong", f"issue of {last.id} is {{}}, must be {must}", [found] if found != must else [])

    def _residents(self, issues: Items) -> None:
        """Look whether every issue answered 2xx is there, and no request made two."""
        mine = [issue for issue in issues if issue["source"] == "residents"]
        titles = Counter(str(issue["content"]["title"]) for issue in mine)
        ids = {str(issue["id"]) for issue in mine}
        lost = [raised.title for raised in self.desk.tally.raised if raised.id not in ids]
        self.verdict.add("lost", "resident's issue {} is not there", lost)
        self.verdict.add("doubled", "resident's issue {} stands twice", [title for title, n in titles.items() if n > 1])
