"""What a county consults on (协商什么), and what it asks before a topic is decided on."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from common.county.categories import flat
from common.county.rules import Rule, Slug, Vote
from common.events import Restricted, Weight

FEW = 20
"""So many categories are named in a fault."""


class Criterion(Rule):
    """What a screener asks of an issue (两议三不议). `text` is public; `to` names the channel it belongs to instead."""

    name: Slug
    text: str = Field(min_length=1, max_length=200)
    to: str | None = Field(default=None, max_length=100)


PRIVATE_DISPUTE = Criterion(name="private_dispute", text="个体利益纠纷", to="人民调解委员会")
LEGAL: dict[Restricted, str] = {"litigation": "人民法院", "discipline": "纪委监委", "accusation": "纪委监委"}


class Scope(Rule):
    """What may be consulted on here. `refused` maps a category to the channel it belongs to instead.

    `votes` maps a category to the vote that law leaves it to: consulted on here, decided there.
    """

    categories: Annotated[list[str], BeforeValidator(flat)] = Field(
        description="A list, a tree, or {file: categories.csv}; what stands below another is called by its whole path"
    )
    private_disputes: bool = True
    refused: dict[str, str] = {}
    votes: dict[str, Vote] = {}
    unread: dict[str, str] = Field(
        default={}, description="As `refused`, and nobody here reads or keeps it; a kind of LEGAL gets another channel"
    )
    grounds: list[Criterion] = Field(default=[], description="议: at least one of them must hold, where there are any")
    bars: list[Criterion] = Field(default=[], description="不议: none of them may hold")

    def unread_channel(self, category: str, restricted: Restricted | None) -> str | None:
        """Name the channel of what must not be read here; None for anything else."""
        return self.channel_of(restricted) if restricted else self.unread.get(category)

    def channel_of(self, restricted: Restricted) -> str:
        """Name the channel of a restricted matter."""
        return self.unread.get(restricted, LEGAL[restricted])

    def every_bar(self) -> list[Criterion]:
        """List what is not consulted on: a county without private disputes has a bar for them."""
        theirs = not self.private_disputes and all(bar.name != PRIVATE_DISPUTE.name for bar in self.bars)
        return [*self.bars, PRIVATE_DISPUTE] if theirs else self.bars

    @cached_property
    def known(self) -> dict[str, None]:
        """Every category an issue may have, in the county's order."""
        return dict.fromkeys((*self.categories, *self.refused, *self.unread))

    def knows(self, category: str) -> bool:
        """Whether an issue may have this category."""
        return category in self.known

    def like(self, category: str) -> list[str]:
        """List the county's categories for whoever gave a wrong one: all of a few; of many those it is part of."""
        known = list(self.known)
        if len(known) <= FEW:
            return known
        return ([name for name in known if category in name] or [name for name in known if "/" not in name])[:FEW]


class Screening(Rule):
    """How issues are screened (筛选). Where nothing is asked, an issue can be decided on as it comes."""

    required: bool = False
    seconds: int = Field(default=0, ge=0, le=1000, description="So many must second an issue (联名、附议)")
    lease_minutes: int = Field(default=10, ge=1, le=120)
    fallback_owner: Slug = Field(default="office", description="Answers for an issue that no department answers for")


class Deciding(Rule):
    """How topics are decided on (定题). `forms` are those of consultation here (协商形式), the usual one first."""

    approval: Literal["none", "major", "all"] = "none"
    research: list[Weight] = Field(default=["major"], description="Topics of these weights are never without research")
    forms: list[str] = Field(default=["会议协商", "现场协商", "网络协商", "书面协商", "民主听证会"], min_length=1)
