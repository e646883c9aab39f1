"""Who may ask what of meetings, and what is nobody's business."""

from typing import Annotated

from common.aggregate import Origin
from common.auth import Role, allow

Anyone = Annotated[Origin, allow()]
Convenor = Annotated[Origin, allow(Role.CONVENOR)]
Office = Annotated[Origin, allow(Role.OFFICE)]
Publisher = Annotated[Origin, allow(Role.CONVENOR, Role.OFFICE)]
Researcher = Annotated[Origin, allow(Role.MEMBER, Role.CONVENOR, Role.CLERK)]
Host = Annotated[Origin, allow(Role.HOST)]
Leader = Annotated[Origin, allow(Role.LEADER)]
Recorder = Annotated[Origin, allow(Role.RECORDER)]
Table = Annotated[Origin, allow(Role.HOST, Role.RECORDER)]
Caller = Annotated[Origin, allow(Role.CONVENOR, Role.HOST)]
Floor = Annotated[Origin, allow(Role.RECORDER, Role.PARTY)]
Seated = Annotated[
    Origin,
    allow(
        Role.CONVENOR, Role.HOST, Role.RECORDER, Role.PARTY, Role.MEMBER, Role.DEPARTMENT, Role.OBSERVER, Role.LEADER
    ),
]
READERS = (
    Role.CLERK,
    Role.CONVENOR,
    Role.HOST,
    Role.LEADER,
    Role.MEMBER,
    Role.OBSERVER,
    Role.OFFICE,
    Role.PARTY,
    Role.RECORDER,
)
Reader = allow(*READERS)
Reading = Annotated[Origin, Reader]

HIDDEN = {"taken", "called", "called_by", "code"}
HIDDEN_IN_LISTS = {"items": {"__all__": HIDDEN}}
