#!/usr/bin/env python3
"""A department system's connector, to copy and change: a folder of JSON files goes to the county, answers come back.

    pip install nats-py
    NATS_URL=nats://... python connector.py --county 620102 --system grid --folder issues --answers answers.jsonl

Each file holds the data of one dept.in.issue.v1 (see `yishi contract export`): one version of one issue. Every file is
said until the county has answered it, each time with the same id, less and less often; each answer is written to
--answers. Answered files are known from there after a restart. `yishi contract check` holds a connector to the rules.
"""

import argparse
import asyncio
import json
import os
import time
from datetime import datetime, timezone
from pathlib import Path

import nats

LONGEST_DELAY_S = 600


def read(file):
    """Read one issue; None where the file is half written or not ours."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return data if isinstance(data, dict) and data.get("external_id") and data.get("version") else None
    except (OSError, ValueError):
        return None


def headers(system, county, data):
    """CloudEvents 1.0 in binary mode. The id is the same whenever the same version of the same issue is said."""
    id_ = f"{system}-{data['external_id']}-{data['version']}"
    return {
        "ce-id": id_,
        "Nats-Msg-Id": id_,
        "ce-type": "dept.in.issue.v1",
        "ce-source": f"dept/{county}/{system}",
        "ce-subject": str(data["external_id"]),
        "ce-time": datetime.now(timezone.utc).isoformat(),
        "ce-specversion": "1.0",
        "Content-Type": "application/json",
    }


class Connector:
    def __init__(self, options):
        self.options = options
        self.root = f"dept.{options.county}.{options.system}"
        self.answered = set()
        self.next = {}  # (external_id, version): when it is said again, and the delay after that
        answers = Path(options.answers)
        for line in answers.read_text(encoding="utf-8").splitlines() if answers.exists() else []:
            self.note(json.loads(line))

    def note(self, answer):
        """Remember that a version was answered, whatever the answer: a refused one is put right as the next version."""
        self.answered.add((answer.get("external_id"), answer.get("version")))

    async def hear(self, message):
        """Keep an answer. Fields and statuses unknown today are kept as they are; what is no answer is passed over."""
        try:
            answer = json.loads(message.data)
            known = (answer.get("external_id"), answer.get("version"))
        except (ValueError, AttributeError):
            return
        with open(self.options.answers, "a", encoding="utf-8") as file:
            file.write(json.dumps(answer, ensure_ascii=False) + "\n")
        self.answered.add(known)

    async def complain(self, error):
        print(f"NATS: {error or type(error).__name__}", flush=True)

    async def say(self, js):
        """Say what is not answered and due."""
        for file in sorted(Path(self.options.folder).glob("*.json")):
            data = read(file)
            if data is None:
                continue
            key = (data["external_id"], data["version"])
            due, delay = self.next.get(key, (0, self.options.again))
            if key in self.answered or time.monotonic() < due:
                continue
            body = json.dumps(data, ensure_ascii=False).encode()
            attributes = headers(self.options.system, self.options.county, data)
            try:
                # returns once the county's stream has stored it
                await js.publish(f"{self.root}.in.issue.v1", body, headers=attributes)
            except nats.errors.Error as error:
                print(f"{file.name}: {error}", flush=True)
            self.next[key] = (time.monotonic() + delay, min(2 * delay, LONGEST_DELAY_S))

    async def run(self):
        inbox = f"_INBOX_{self.options.system}"
        client = await nats.connect(
            os.environ.get("NATS_URL", "nats://127.0.0.1:4222"),
            name=f"connector {self.options.system}",
            inbox_prefix=inbox,  # the county lets a department read its own inbox alone
            max_reconnect_attempts=-1,
            error_cb=self.complain,
        )
        await client.subscribe(f"{self.root}.out.>", cb=self.hear)
        while True:
            await self.say(client.jetstream())
            await asyncio.sleep(min(1, self.options.again))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--county", required=True, help="six-digit division code")
    parser.add_argument("--system", required=True, help="name of the system in county.yaml")
    parser.add_argument("--folder", required=True, help="one JSON file for each version of each issue")
    parser.add_argument("--answers", default="answers.jsonl", help="where answers are kept")
    parser.add_argument("--again", type=float, default=30, help="seconds until something unanswered is said again")
    asyncio.run(Connector(parser.parse_args()).run())


if __name__ == "__main__":
    main()
