"""Witness of the topics: each is known wherever it must be, holds each thing once, and has come to its end."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from faults.tally import Story, Verdict

Items = list[dict[str, Any]]


@dataclass
class Topics:
    """Everything about topics, as the three services tell it."""

    verdict: Verdict
    issues: Items
    topics: Items
    deliberations: Items
    outcomes: Items
    tasks: Items
    meetings: Items

    def orphans(self) -> None:
        """Look for topics that intake or meetings miss, agreements outcomes misses, and promised tasks not made."""
        decided = {topic["id"] for topic in self.topics}
        begun = {deliberation["id"] for deliberation in self.deliberations}
        agreed = {d["id"] for d in self.deliberations if d["state"] in ("AGREED", "CLOSED")}
        made = {outcome["topic_id"] for outcome in self.outcomes}
        promised = {commitment["task_id"] for outcome in self.outcomes for commitment in outcome["commitments"]}
        given = {task["id"] for task in self.tasks}
        self.verdict.add("lost", "topic {} is not known to meetings", decided - begun)
        self.verdict.add("lost", "topic {} is not known to intake", (begun | made) - decided)
        self.verdict.add("lost", "agreed topic {} is not known to outcomes", agreed - made)
        self.verdict.add("lost", "task {} was never made", promised - given)
        self.verdict.add("wrong", "task {} was never promised", given - promised)

    def uses(self) -> None:
        """Look for issues in two topics, topics decided on twice, and issues that do not name their topic."""
        uses = Counter(id_ for topic in self.topics for id_ in topic["issue_ids"])
        titles = Counter(topic["title"] for topic in self.topics)
        names = {issue["id"]: issue["topic_id"] for issue in self.issues}
        unnamed = [id_ for topic in self.topics for id_ in topic["issue_ids"] if names.get(id_) != topic["id"]]
        self.verdict.add("doubled", "issue {} is in two topics", [id_ for id_, n in uses.items() if n > 1])
        self.verdict.add("doubled", "topic {} was decided on twice", [title for title, n in titles.items() if n > 1])
        self.verdict.add("wrong", "issue {} does not name its topic", unnamed)

    def story(self, story: Story) -> None:
        """Look whether a story has come to its end everywhere, and whether what was said in it stands there once."""
        if not story.closed:
            self.verdict.lost.append(f"{story.name} did not come to its end")
            return
        places = {"intake": self.topics, "meetings": self.deliberations, "outcomes": self.outcomes}
        mine = {name: _of(items, story.topic_id) for name, items in places.items()}
        for name, found in mine.items():
            self.verdict.times(f"{story.name} in {name}", len(found), 1)
            self.verdict.add("wrong", f"{story.name} in {name} is {{}}", {item["state"] for item in found} - {"CLOSED"})
        self._times(story, mine["meetings"], "rounds", 1)
        self._times(story, mine["outcomes"], "ratings", 1)
        self._times(story, mine["outcomes"], "commitments", len(story.task_ids))
        meetings = _of(self.meetings, story.topic_id)
        self.verdict.times(f"{story.name}: meetings", len(meetings), len(story.meeting_ids))
        for part in ("attendance", "statements", "positions"):
            self._times(story, meetings, part, len(story.parties))
        self._times(story, meetings, "signatures", 2)
        tasks = _of(self.tasks, story.topic_id)
        self.verdict.times(f"{story.name}: tasks", len(tasks), len(story.task_ids))
        self._times(story, tasks, "replies", 1)
        self._times(story, tasks, "notes", 2)

    def _times(self, story: Story, items: Items, part: str, must: int) -> None:
        for item in items:
            self.verdict.times(f"{story.name}: {part}", len(item[part]), must)


def _of(items: Items, topic_id: str) -> Items:
    return [item for item in items if item.get("topic_id", item.get("id")) == topic_id]
