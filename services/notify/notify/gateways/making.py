"""What a gateway is made with, and how it reads what the county says of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from common import county
from common.errors import Fault, Misconfigured
from common.settings import Settings
from notify.handlers.gateway import Ear


class Options(BaseModel):
    """The `options` of a gateway in county.yaml: nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Own = TypeVar("Own", bound=Options)


@dataclass(frozen=True)
class Approved:
    """A template as a provider approved it: its code there, and its fields in the order they stand in the text."""

    code: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Making:
    """What a gateway is made with."""

    gateway: county.Gateway
    settings: Settings
    ear: Ear
    templates: Mapping[str, Approved]

    @property
    def name(self) -> str:
        """What the gateway is called in county.yaml."""
        return self.gateway.name

    def options(self, kind: type[Own]) -> Own:
        """Read the options. Raises Misconfigured with every fault."""
        try:
            return kind.model_validate(self.gateway.options)
        except ValidationError as error:
            faults = [
                Fault(".".join(["options", *map(str, e["loc"])]), e["msg"]) for e in error.errors(include_input=False)
            ]
            raise Misconfigured("the options are not right", faults) from None

    def secret(self, name: str) -> str:
        """Read a secret from the environment variable that county.yaml names. Raises Misconfigured without."""
        variable = self.gateway.secrets.get(name)
        if not variable:
            raise Misconfigured("a secret is missing", [Fault(f"secrets.{name}", "names no environment variable")])
        value = os.environ.get(variable)
        if not value:
            raise Misconfigured("a secret is missing", [Fault(f"secrets.{name}", f"{variable} is not set")])
        return value

    def optional_secret(self, name: str) -> str | None:
        """Read a secret that need not be there."""
        return self.secret(name) if name in self.gateway.secrets else None
