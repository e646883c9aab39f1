"""What a request to meetings may hold. Numbers in free text are masked, and contacts hidden, as they are read."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, SecretStr

from common.errors import Invalid
from common.events import DivisionCode, Id, Text, Title
from common.people import mask_phones, national_number
from meetings.domain import Method, Result, Stance, Tier


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


class Research(BaseModel):
    """What research found, and with whom."""

    method: Method
    finding: Words
    together_with: list[Label] = Field(default_factory=list, max_length=100, alias="with")


class NewMeeting(BaseModel):
    """A meeting to be called; `host` and `recorder` are the subjects of their tokens, and differ."""

    council_id: Id
    venue: Label
    starts_at: AwareDatetime
    agenda: list[Label] = Field(min_length=1, max_length=100)
    host: Id
    recorder: Id


class CheckIn(BaseModel):
    """Who came for a party. Name and phone are sealed as soon as they arrive."""

    party: Title
    name: SecretStr | None = Field(default=None, max_length=64)
    phone: Phone | None = None
    heads: int = Field(default=1, ge=1, le=100_000)


class Speech(BaseModel):
    """What a party says."""

    party: Title
    text: Words


class Stand(BaseModel):
    """Where a party stands; an objection says why and, where it can, what would remove it."""

    party: Title
    stance: Stance
    reason: Words | None = None
    remedy: Words | None = None


class Adjournment(BaseModel):
    """What a meeting came to; `conclusion` is what was agreed on, or why there is no agreement."""

    result: Result
    summary: Words
    conclusion: Words | None = None


class Minutes(BaseModel):
    """The text of the minutes."""

    text: Words


class Reason(BaseModel):
    """Why."""

    reason: Words
