"""What a request to meetings may hold. Numbers in free text are masked, and contacts hidden, as they are read."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, SecretStr

from common.errors import Invalid
from common.events import DivisionCode, Id, Text, Title
from common.people import mask_phones, national_number
from meetings.domain import Duty, Measure, Method, Result, Stance, Tier, VoteKind, When


def _dialable(phone: SecretStr) -> SecretStr:
    try:
        national_number(phone.get_secret_value())
    except Invalid as error:
        raise ValueError(error.faults[0].problem) from None
    return phone


Label = Annotated[Title, AfterValidator(mask_phones)]
Words = Annotated[Text, AfterValidator(mask_phones)]
Phone = Annotated[SecretStr, AfterValidator(_dialable)]


class NewCouncil(BaseModel):
    """A council; `kind` says in words what meets there: 协商议事会, 草原议事会."""

    name: Label
    division: DivisionCode
    kind: Label


class NewMember(BaseModel):
    """A member (委员) and the council they serve in; `sector` is the 界别."""

    name: Label
    tier: Tier
    sector: Label
    council_id: Id
    skills: list[Label] = Field(default_factory=list, max_length=50)


class Research(BaseModel):
    """What research found, and with whom."""

    method: Method
    finding: Words
    together_with: list[Label] = Field(default_factory=list, max_length=100, alias="with")


class NewSeat(BaseModel):
    """A seat; `who` is the subject of a token or a member's id, `label` what the minutes call them."""

    who: Id
    duty: Duty
    party: Title | None = None
    label: Label | None = None


class NewMeeting(BaseModel):
    """A meeting to be called; `host` and `recorder` are the subjects of their tokens, and differ."""

    council_id: Id
    venue: Label
    starts_at: AwareDatetime
    agenda: list[Label] = Field(min_length=1, max_length=100)
    host: Id
    recorder: Id
    seats: list[NewSeat] = Field(default_factory=list, max_length=500)


class CheckIn(BaseModel):
    """Who came for a party, or (`who`) is ticked off the list. Name and phone are sealed as soon as they arrive."""

    party: Title | None = None
    who: Id | None = None
    name: SecretStr | None = Field(default=None, max_length=64)
    phone: Phone | None = None
    heads: int = Field(default=1, ge=1, le=100_000)


class Speech(BaseModel):
    """What a party says; or `speaker`, who is seated, for their party or as an advisor without one."""

    party: Title | None = None
    speaker: Id | None = None
    text: Words


class Stand(BaseModel):
    """Where a party stands; an objection says why and, where it can, what would remove it."""

    party: Title
    stance: Stance
    reason: Words | None = None
    remedy: Words | None = None
    option: Id | None = None


class Adjournment(BaseModel):
    """What a meeting came to; `conclusion` is what was agreed on, or why there is no agreement."""

    result: Result
    summary: Words
    conclusion: Words | None = None
    option: Id | None = None


class Minutes(BaseModel):
    """The text of the minutes."""

    text: Words


class Reason(BaseModel):
    """Why."""

    reason: Words


class Answer(BaseModel):
    """Whether somebody comes (回执): for oneself, or `who` told the table."""

    who: Id | None = None
    coming: bool
    note: Words | None = None


class Postponement(BaseModel):
    """Another time, and where it changes another place."""

    starts_at: AwareDatetime
    venue: Label | None = None
    reason: Words


class CodeCheckIn(BaseModel):
    """Who checks in by themselves, with the code that is shown at the entrance."""

    code: str = Field(min_length=1, max_length=32)
    party: Title
    name: SecretStr | None = Field(default=None, max_length=64)
    phone: Phone


class Recusal(BaseModel):
    """Who stands back, and why; `instead` is whoever steps in for the host or the recorder."""

    who: Id
    reason: Words
    instead: Id | None = None


class Asking(BaseModel):
    """Who wants to speak: a party, a seat of it, or an advisor's seat."""

    party: Title | None = None
    speaker: Id | None = None
    point_of_order: bool = False


class Seen(BaseModel):
    """The floor as the host has seen it: `given` of what was shown."""

    seen: int = Field(ge=0)


class Order(BaseModel):
    """The numbers of all turns that wait, in the order wanted."""

    numbers: list[int] = Field(max_length=1000)


class Grant(BaseModel):
    """Seconds beyond a party's share."""

    party: Title
    seconds: int = Field(ge=1, le=3600)


class Considered(BaseModel):
    """How the objection of a party was considered, or the reply it gets."""

    party: Title
    option: Id | None = None
    text: Words


class Feeling(BaseModel):
    """How heated people were, and how far apart: 1 to 5; without a party, the meeting as a whole."""

    when: When
    emotion: int = Field(ge=1, le=5)
    dispute: int = Field(ge=1, le=5)
    party: Title | None = None


class Comment(BaseModel):
    """What a covering leader says; to urge tells the county too."""

    text: Words
    urge: bool = False


class NewOption(BaseModel):
    """A way in which the matter could be settled."""

    title: Label
    text: Words


class NewVote(BaseModel):
    """Whose vote law leaves the matter to."""

    kind: VoteKind


class Proposal(BaseModel):
    """What is put to the vote."""

    proposal: Words


class Counted(BaseModel):
    """How many there are, took part, and were in favour; areas in square metres."""

    measure: Measure
    eligible: float = Field(gt=0, le=1e9)
    took_part: float = Field(ge=0, le=1e9)
    in_favour: float = Field(ge=0, le=1e9)


class VoteResult(BaseModel):
    """The result of a vote; the last three are an expropriation's own."""

    held_on: date
    counts: list[Counted] = Field(default_factory=list, max_length=5)
    comment_days: int = Field(default=0, ge=0, le=3650)
    hearing_held: bool = False
    decided: bool = False
