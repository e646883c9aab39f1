"""Decides about people (联系人): how to reach them, and whether they want to be reached."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from common.aggregate import Aggregate, Origin
from common.events import IssueTexted, PersonSilenced, ReplyReceived

GROUP = r"^[a-z][a-z0-9_-]{0,31}(:[a-z0-9_-]{1,64})*$"
"""What a group is called: `household:620523101`."""


@dataclass(kw_only=True)
class Person(Aggregate):
    """A person. `contact` is encrypted, `name` masked; the number is in neither this nor any other room."""

    contact: str = field(default="", repr=False)
    name: str = ""
    language: str = "zh"
    groups: list[str] = field(default_factory=list)
    opted_out: bool = False

    def meet(self, contact: str, name: str, language: str, groups: Sequence[str], origin: Origin) -> None:
        """Take in how to reach them. A contact without a name does not replace one."""
        if not self.take(origin):
            return
        if name or not self.contact:
            self.contact, self.name, self.language = contact, name, language
        self.groups += [group for group in dict.fromkeys(groups) if group not in self.groups]

    def stop(self) -> None:
        """Ask for silence (退订); said once."""
        if not self.opted_out:
            self.opted_out = True
            self.say(PersonSilenced(person_id=self.id))

    def reply(self, text: str, topic_id: str | None, origin: Origin) -> None:
        """Answer a message."""
        if self.take(origin):
            self.say(ReplyReceived(person_id=self.id, text=text, topic_id=topic_id))

    def raise_(self, text: str, origin: Origin) -> None:
        """Bring in an issue by SMS."""
        if self.take(origin):
            self.say(IssueTexted(person_id=self.id, reply_id=origin.id, text=text, received_at=origin.at))

    @property
    def unreachable(self) -> str | None:
        """Why nothing may be sent to them; None where it may."""
        if self.opted_out:
            return "opted out"
        return None if self.contact else "no contact"
