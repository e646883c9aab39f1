"""What is sent to the routes of outcomes."""

from datetime import date

from pydantic import BaseModel, Field

from common.events import Attachment, Id, Text, Title
from outcomes.domain.commitment import Assignment, Body, Grade, Kind, Milestone
from outcomes.handlers import Card, Cover, Publication

BOTH = [Body.COMMITTEE, Body.GOVERNMENT]


class NewMilestone(BaseModel):
    """A step on the way, due on a day."""

    title: Title
    due_on: date


class NewTask(BaseModel):
    """What a department is to do, within so many working days or until a day; with neither, the county's deadline.

    `department` is accountable (主办), `helpers` help (协办).
    """

    department: Id
    title: Title
    evidence: str = Field(default="", max_length=2_000)
    working_days: int | None = Field(default=None, ge=1, le=250)
    due_on: date | None = None
    helpers: list[Id] = Field(default=[], max_length=20)
    milestones: list[NewMilestone] = Field(default=[], max_length=20)

    def assignment(self) -> Assignment:
        """Say it as the domain does."""
        fields = dict(self)
        fields["helpers"] = tuple(self.helpers)
        fields["milestones"] = tuple(Milestone(step.title, step.due_on) for step in self.milestones)
        return Assignment(**fields)


class Report(BaseModel):
    """The outcome of a topic as it goes to committee and government (成果报送), with its tasks."""

    topic_id: Id
    kind: Kind = Kind.CONSENSUS
    tasks: list[NewTask] = Field(min_length=1, max_length=100)
    to: list[Body] = Field(default=BOTH, min_length=1, max_length=2)


class Submission(BaseModel):
    """A suggestion as it goes to committee and government, before anybody has a task."""

    kind: Kind = Kind.SUGGESTION
    to: list[Body] = Field(default=BOTH, min_length=1, max_length=2)


class Adoption(BaseModel):
    """What committee or government makes of it: A done, B planned, C taken note of, and `text` explains it."""

    grade: Grade
    by: Body
    text: Text
    tasks: list[NewTask] = Field(default=[], max_length=100)


class Words(BaseModel):
    """What is said about a task."""

    text: Text


class Verification(Words):
    """What the office finds; `answer` is what everyone may read of it (公开答复), without names."""

    answer: str = Field(default="", max_length=2_000)


class Answer(Words):
    """What a department says, with what proves it."""

    evidence: list[Attachment] = Field(default_factory=list, max_length=50)


class Return(Answer):
    """Why a task is not the department's own, and whose it is."""

    whose: Id | None = None


class Extension(Answer):
    """Why a task needs longer, and until when."""

    until: date


class Progress(Answer):
    """Which milestone is reached."""

    milestone: Title


class Reassignment(Words):
    """Who is accountable from now on, and until when; with neither days nor a day, the due day stays."""

    department: Id
    working_days: int | None = Field(default=None, ge=1, le=250)
    due_on: date | None = None


class Pause(Words):
    """Why the clock of a task stands still, and until when, that day included."""

    until: date


class Score(BaseModel):
    """A rating from 1 (very unsatisfied) to 5 (very satisfied); `person_id` where the office records it."""

    score: int = Field(ge=1, le=5)
    person_id: Id | None = None


class Cards(BaseModel):
    """The yellow and red cards of a day."""

    items: list[Card]


class Covers(BaseModel):
    """Who covers the townships."""

    items: list[Cover]


class Publications(BaseModel):
    """A page of what is in publicity; `next` asks for the following one, None at the end."""

    items: list[Publication]
    next: str | None = None
