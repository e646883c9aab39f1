"""Witness of what left the county: answers to departments, messages to people, and letters to the dead."""

import asyncio
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nats.errors import TimeoutError as NothingMore
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import ServiceUnavailableError

from faults.quiet import Database
from faults.tally import Tally, Verdict

NEWS_OF_A_TOPIC = 6
"""Received, decided, convened, agreed, publicised, closed: what each person of a topic is told, once each."""

FETCH = 500
MISSES = 3


@dataclass
class Traces:
    """What the bus and the file of messages hold."""

    tally: Tally
    verdict: Verdict
    js: JetStreamContext
    database: Database
    county: str

    async def answers(self) -> None:
        """Look whether every event is answered where an answer is due, and by one answer, however often it was said."""
        ids: defaultdict[str, set[str]] = defaultdict(set)
        repeated = 0
        for headers, data in await self._stored("EVENTS", f"dept.{self.county}.*.out.*.v1"):
            if reply_to := data.get("in_reply_to"):
                repeated += headers["ce-id"] in ids[reply_to]
                ids[reply_to].add(headers["ce-id"])
                refused = data["status"] == "refused"
                self.verdict.add(
                    "wrong", f"event {{}} was refused: {data.get('faults')}", [reply_to] if refused else []
                )
        due = [event.id for event in self.tally.said if event.data["action"] != "reply"]
        self.verdict.add("lost", "event {} was not answered", [id_ for id_ in due if not ids[id_]])
        self.verdict.add("doubled", "event {} has two answers", [id_ for id_, found in ids.items() if len(found) > 1])
        self.verdict.counted["answers"] = len(ids)
        self.verdict.counted["answers said again, with the same id"] = repeated

    async def dead(self) -> None:
        """Look for dead letters: of a script without fault there are none."""
        letters = await self._stored("DEAD", f"dead.{self.county}.*")
        lines = [f"{letter['place']} {letter['event']}: {letter['reason']} {letter['faults']}" for _, letter in letters]
        self.verdict.add("lost", "dead letter {}", lines)

    async def messages(self, file: Path) -> None:
        """Look whether anybody was told the same twice; count what was not sent, and what became of its notice."""
        lines = await asyncio.to_thread(read_lines, file)
        references = Counter(line["reference"] for line in lines)
        texts = Counter((line["phone"], line["text"]) for line in lines)
        self.verdict.add("doubled", "message {} was sent twice", [ref for ref, n in references.items() if n > 1])
        self.verdict.add("doubled", "somebody was told twice: {}", [text for text, n in texts.items() if n > 1])
        told = Counter(line["phone"] for line in lines)
        must = {str(event.data["reporter"]["phone"]): 1 for event in self.tally.said if event.kind == "issue"}  # type: ignore[index]
        must |= {raised.phone: 1 for raised in self.tally.raised}
        must |= {phone: NEWS_OF_A_TOPIC for story in self.tally.stories if story.closed for phone in story.phones}
        self.verdict.add(
            "doubled", "{} was told more often than there was news", [p for p, n in must.items() if told[p] > n]
        )
        doubtful = await self.database["notices"].count_documents({"state": {"$in": ["FAILED", "SENDING", "UNKNOWN"]}})
        missing = sum(max(0, n - told[phone]) for phone, n in must.items())
        self.verdict.counted |= {"messages": len(lines), "messages not sent, in doubt": doubtful}
        # a message that was claimed and then lost with its sender is not sent: never twice goes before always once
        self.verdict.add(
            "lost", "{} messages were neither sent nor in doubt", [missing - doubtful] if missing > doubtful else []
        )

    async def _stored(self, stream: str, subject: str) -> list[tuple[dict[str, str], dict[str, Any]]]:
        """Read everything a stream holds under a subject."""
        found = []
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, inactive_threshold=60)
        sub = await self.js.pull_subscribe(subject, stream=stream, config=config)
        misses, pending = 0, 1
        while pending and misses < MISSES:
            try:
                batch = await sub.fetch(FETCH, timeout=2)
            except (NothingMore, ServiceUnavailableError):  # there is nothing, or its leader is only just being chosen
                misses += 1
                continue
            for message in batch:
                found.append((message.headers or {}, json.loads(message.data)))
                pending = message.metadata.num_pending
                await message.ack()
        await sub.unsubscribe()
        return found


def read_lines(file: Path) -> list[dict[str, Any]]:
    """Read the file of messages, as far as there is one."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
