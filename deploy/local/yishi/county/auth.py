"""Who may do what on a county's NATS: an account for the county, one for what it says openly, and the operator's.

Departments publish what comes in and read what goes out, nothing else: no streams, no schedules, no rollup, none of the
services' subjects. A leaf's hub sees the account OPEN alone. A county's own streams stand in the county's account,
which no other account can reach, so no list of forbidden subjects has to be complete.
"""

import json
from collections.abc import Mapping, Sequence

from common.county import County
from common.events import PUBLIC, type_registry

_ROOT = "yishi."


def open_subjects(code: str) -> list[str]:
    """List what a county says openly: the facts marked public, without those that are a department's own."""
    facts = (event for event in type_registry.values() if PUBLIC in event.heard_by)
    return sorted(event.subject(code) for event in facts if event.type.startswith(_ROOT))


def account(county: County, passwords: Mapping[str, str]) -> str:
    """Write a county's account: its services (`c<code>`) may do anything in it, a department system next to nothing."""
    code = county.code
    users = [f"      {{ user: c{code}, password: {json.dumps(passwords[f'c{code}'])} }}"]
    for system in county.systems:
        own = f"dept.{code}.{system.name}"
        users.append(
            f"      {{ user: {json.dumps(f'{code}-{system.name}')}, password: {json.dumps(passwords[system.name])}, "
            f"permissions: {{ publish: {json.dumps([f'{own}.in.>'])}, "
            f"subscribe: {json.dumps([f'{own}.out.>', f'_INBOX_{system.name}.>'])} }} }}"
        )
    exports = "\n".join(f"      {{ stream: {json.dumps(subject)} }}" for subject in open_subjects(code))
    lines = "\n".join(users)
    return (
        f"  C{code} {{\n    jetstream: enabled\n    users: [\n{lines}\n    ]\n    exports: [\n{exports}\n    ]\n  }}\n"
    )


def config(accounts: Sequence[str], codes: Sequence[str], open_users: Mapping[str, str], system: str) -> str:
    """Write auth.conf."""
    imports = "\n".join(
        f"      {{ stream: {{ account: C{code}, subject: {json.dumps(subject)} }} }}"
        for code in codes
        for subject in open_subjects(code)
    )
    users = "\n".join(f"      {{ user: {name}, password: {json.dumps(word)} }}" for name, word in open_users.items())
    return (
        "# Made by `yishi county secrets`.\n"
        f"accounts {{\n{''.join(accounts)}"
        f"  OPEN {{\n    users: [\n{users}\n    ]\n    imports: [\n{imports}\n    ]\n  }}\n"
        f"  SYS {{\n    users: [\n      {{ user: system, password: {json.dumps(system)} }}\n    ]\n  }}\n"
        "}\nsystem_account: SYS\n"
    )


def leaf(user: str, password: str, address: str) -> str:
    """Write leaf.conf: the line to the hub, for the account OPEN."""
    url = json.dumps(f"nats-leaf://{user}:{password}@{address}")
    return f"leafnodes {{\n  remotes: [\n    {{ url: {url}, account: OPEN }}\n  ]\n}}\n"
