"""Words messages: the county's templates, checked whole at start, filled with what an event says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_origin

from common.calendar import SHANGHAI
from common.county import County
from common.errors import Fault, Invalid, Misconfigured
from common.events import Event
from notify.domain import LONGEST, LONGEST_VALUE, clip, fields, plain, segments, units

_SPEAKERS = ("intake.", "meetings.", "outcomes.", "notify.")


@dataclass(frozen=True)
class Wording:
    """A template as the office sees it; `length` in UTF-16 units with the signature, its fields empty."""

    template: str
    text: str
    fields: list[str]
    of_event: bool
    length: int
    segments: int


def template_of(event: type[Event]) -> str:
    """Name the template of an event: `intake.issue.received`."""
    return event.type.removeprefix("yishi.").rsplit(".v", 1)[0]


class Texts:
    """The county's texts. Raises Misconfigured with every fault of every template."""

    def __init__(self, county: County, events: tuple[type[Event], ...]) -> None:
        self._county = county
        self._texts = {name: template.text for name, template in county.templates.items()}
        self._events = {template_of(event): event for event in events}
        if faults := [fault for name in self._texts for fault in self._faults(name)]:
            lines = "\n".join(f"  {fault}" for fault in faults)
            raise Misconfigured(f"the county's templates have {len(faults)} fault(s):\n{lines}", faults)

    def has(self, template: str) -> bool:
        """Whether the county tells people of this."""
        return template in self._texts

    def wordings(self) -> list[Wording]:
        """List all templates."""
        return [self._wording(name, text) for name, text in sorted(self._texts.items())]

    def of(self, fact: Event) -> dict[str, str]:
        """Tell in words what an event says, field by field; long ones are clipped."""
        said = {name: self._word(name, getattr(fact, name)) for name in _sayable(type(fact))}
        return {name: clip(plain(value), LONGEST_VALUE) for name, value in said.items()}

    def write(self, template: str, values: Mapping[str, str]) -> str:
        """Write a message, signature first, never longer than the providers take."""
        return clip(self._signed(self._texts[template].format_map(values)), LONGEST)

    def check(self, template: str, values: Mapping[str, str]) -> None:
        """Raise Invalid, with every fault, where a campaign cannot be written with these values."""
        if not self.has(template):
            raise Invalid([Fault("template", f"{template!r} is not a template; there are {', '.join(self._texts)}")])
        if template in self._events:
            raise Invalid([Fault("template", f"{template!r} is sent when the event happens, not by a campaign")])
        known = fields(self._texts[template])
        faults = [Fault(f"values.{name}", "is required by the template") for name in known if name not in values]
        faults += [Fault(f"values.{name}", "is not in the template") for name in values if name not in known]
        faults += [
            Fault(f"values.{name}", f"is longer than {LONGEST_VALUE} characters")
            for name, value in values.items()
            if units(value) > LONGEST_VALUE
        ]
        if not faults and units(self._signed(self._texts[template].format_map(values))) > LONGEST:
            faults.append(Fault("values", f"make the message longer than {LONGEST} characters"))
        if faults:
            raise Invalid(faults)

    def _signed(self, text: str) -> str:
        return f"【{self._county.signature}】{text}"

    def _wording(self, name: str, text: str) -> Wording:
        known = fields(text)
        empty = self._signed(text.format_map(dict.fromkeys(known, "")))
        return Wording(name, self._signed(text), known, name in self._events, units(empty), segments(empty))

    def _faults(self, name: str) -> list[Fault]:
        path, text = f"templates.{name}", self._texts[name]
        event = self._events.get(name)
        faults = []
        if event is None and name.startswith(_SPEAKERS):
            known = ", ".join(self._events)
            faults.append(Fault(path, f"is not an event that people are told of; there are {known}"))
        if "【" in text or "】" in text:
            faults.append(Fault(f"{path}.text", "has 【 or 】, which only the signature may have"))
        try:
            used = fields(text)
        except ValueError as error:
            return [*faults, Fault(f"{path}.text", str(error))]
        if event:
            said = _sayable(event)
            unknown = [field for field in used if field not in said]
            faults += [Fault(f"{path}.text", f"{{{f}}} is not said by the event; it says {said}") for f in unknown]
        return faults

    def _word(self, name: str, value: object) -> str:
        if name == "division" and (division := self._county.division(str(value))):
            return division.name
        if isinstance(value, datetime):
            local = value.astimezone(SHANGHAI)
            return f"{local.month}月{local.day}日{local:%H:%M}"
        if isinstance(value, date):
            return f"{value.month}月{value.day}日"
        if isinstance(value, float):
            return f"{value:.1f}"
        return "无" if value is None else str(value)


def _sayable(event: type[Event]) -> list[str]:
    """List the fields of an event that can stand in a message: no lists."""
    return [name for name, field in event.model_fields.items() if get_origin(field.annotation) not in (list, tuple)]
