"""The roles of tokens that the rules of a meeting know by name, and the one that may never decide."""

from common.aggregate import Origin
from common.errors import Forbidden

HOST, RECORDER, CONVENOR = "host", "recorder", "convenor"

PARTY = "party"
"""The role of those concerned, who speak for themselves."""

LEADER = "leader"
"""The role that guides and never edits."""


def forbid_leaders(origin: Origin) -> None:
    """Keep leaders from deciding, whatever other role they have. Raises Forbidden."""
    if LEADER in origin.roles:
        raise Forbidden("a leader guides and does not lead (指导不主导、包抓不包办): use a token without that role")
