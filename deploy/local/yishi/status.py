"""What runs: read from the data folder, then asked."""

from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

from yishi.folder import Folder, alive


@dataclass(frozen=True)
class Status:
    """A county as it stands: `document` is what `yishi status --json` prints."""

    document: dict[str, Any]

    @property
    def ready(self) -> bool:
        """Whether every service answers that it is ready."""
        return all(service["ready"] for service in self.document["services"].values())


def look(folder: Folder) -> Status:
    """Ask every service of a data folder whether it is ready. Raises Misconfigured where nothing runs."""
    state = folder.state()
    # without the environment's proxies: these are processes on loopback
    with httpx.Client(trust_env=False, timeout=5) as client:
        services = {name: _asked(client, service) for name, service in state["services"].items()}
    return Status({**state, "services": services})


def _asked(client: httpx.Client, service: dict[str, Any]) -> dict[str, Any]:
    pid = service["pid"] if service["pid"] and alive(service["pid"]) else None
    try:
        answer = client.get(f"{service['url']}/health/ready")
    except httpx.HTTPError as error:
        return {**service, "pid": pid, "ready": False, "why": type(error).__name__}
    ready = answer.status_code == httpx.codes.OK
    return {**service, "pid": pid, "ready": ready} | ({} if ready else {"why": answer.text[:300]})
