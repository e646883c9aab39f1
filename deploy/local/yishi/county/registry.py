"""Which counties there are: registry.yaml, the folders that belong to it, and every way in which they disagree."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import yaml

from common.county import County
from common.errors import Misconfigured, NotFound
from yishi.county.divisions import names

MODEL = "620102"
"""Its county.yaml is what a new county begins with: everything but what is a place's own."""

PROFILES = ("hosted", "standalone", "hub")
FILES = ("kustomization.yaml", "county.env", "county.yaml")
_HEAD = (
    "# Which counties there are. `yishi county new` enters one; a county is upgraded with its wave, the first is 0.\n"
)
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


@dataclass(frozen=True, order=True)
class Row:
    """An entry of the registry. Waves are upgraded one after the other."""

    code: str
    name: str
    profile: str
    wave: int


@dataclass(frozen=True)
class Registry:
    """The registry of a folder deploy/k8s."""

    root: Path
    rows: tuple[Row, ...]

    @classmethod
    def load(cls, root: Path) -> Self:
        """Read registry.yaml. Raises Misconfigured with every entry that is none."""
        file = root / "registry.yaml"
        try:
            entries = yaml.safe_load(file.read_text(encoding="utf-8")) or []
        except (OSError, yaml.YAMLError) as error:
            raise Misconfigured(f"{file} cannot be read ({error}); say where deploy/k8s is with --root") from None
        rows, wrong = [], []
        for number, entry in enumerate(entries, start=1):
            try:
                rows.append(Row(**entry))
            except TypeError:
                wrong.append(f"  entry {number} must say {', '.join(f.name for f in fields(Row))}, and nothing else")
        if wrong:
            raise Misconfigured(f"{file} has {len(wrong)} fault(s):\n" + "\n".join(wrong))
        return cls(root, tuple(rows))

    def save(self) -> None:
        """Write registry.yaml, in the order of the codes."""
        lines = [
            f'- {{code: "{row.code}", name: {row.name}, profile: {row.profile}, wave: {row.wave}}}\n'
            for row in sorted(self.rows)
        ]
        (self.root / "registry.yaml").write_text(_HEAD + "".join(lines), encoding="utf-8")

    def row(self, code: str) -> Row:
        """Find a county. Raises NotFound."""
        for row in self.rows:
            if row.code == code:
                return row
        raise NotFound("county in the registry; `yishi county new` enters one:", code)

    def folder(self, code: str) -> Path:
        """Name a county's folder. Raises NotFound where it is not in the registry."""
        return self.root / "counties" / self.row(code).code


def faults(root: Path) -> list[str]:
    """List everything that is wrong with the counties of a folder deploy/k8s, each with the file it stands in."""
    registry = Registry.load(root)
    folders = {path.name for path in (root / "counties").iterdir() if path.is_dir()}
    codes = Counter(row.code for row in registry.rows)
    found = [f"registry.yaml: {code} stands here {count} times" for code, count in codes.items() if count > 1]
    found += [f"registry.yaml: {code} has no folder counties/{code}" for code in sorted(codes.keys() - folders)]
    found += [f"counties/{code}: is not in registry.yaml" for code in sorted(folders - codes.keys())]
    hosts: dict[str, str] = {}
    for row in registry.rows:
        found += _row(row)
        if row.code in folders:
            found += _folder(root / "counties" / row.code, row, hosts)
    return found


def behind(root: Path) -> list[str]:
    """List what the model county's rules have and another's lack: new texts and settings, not taken over yet."""
    model = _parts(root / "counties" / MODEL)
    return [
        f"counties/{row.code}/county.yaml: has no {part}, as {MODEL} has"
        for row in Registry.load(root).rows
        for part in model
        if part not in _parts(root / "counties" / row.code)
    ]


def _parts(folder: Path) -> list[str]:
    document = yaml.safe_load((folder / "county.yaml").read_text(encoding="utf-8"))
    return [*document, *(f"templates.{name}" for name in document.get("templates", {}))]


def settings(folder: Path) -> dict[str, str]:
    """Read county.env. A line that is no setting is left out."""
    lines = (folder / "county.env").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, equals, value in pairs if equals}


def _row(row: Row) -> Iterator[str]:
    where = f"registry.yaml: {row.code}"
    known = names()
    if row.code not in known:
        yield f"{where} is not a county's code"
    elif known[row.code].name != row.name:
        yield f"{where} is called {known[row.code].name}, not {row.name}"
    if not isinstance(row.wave, int) or row.wave < 0:
        yield f"{where} has wave {row.wave!r}, which must be a whole number from 0 on"
    if row.profile not in PROFILES:
        yield f"{where} has profile {row.profile!r}; there are {', '.join(PROFILES)}"


def _folder(folder: Path, row: Row, hosts: dict[str, str]) -> list[str]:
    missing = [f"counties/{row.code}/{name}: is missing" for name in FILES if not (folder / name).exists()]
    if missing:
        return missing
    return [*_overlay(folder, row), *_environment(folder, row, hosts), *_rules(folder, row)]


def _overlay(folder: Path, row: Row) -> Iterator[str]:
    where = f"counties/{row.code}/kustomization.yaml"
    overlay = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    components = overlay.get("components", [])
    if overlay.get("namespace") != f"yishi-{row.code}":
        yield f"{where}: the namespace must be yishi-{row.code}"
    if components[:1] != [f"../../profiles/{row.profile}"]:
        yield f"{where}: the registry says profile {row.profile}, so the first component must be that"
    versions = [path for path in components if path.startswith("../../versions/")]
    if len(versions) != 1:
        yield f"{where}: exactly one version must be taken, not {len(versions)}"
    yield from (f"{where}: {path} does not exist" for path in components if not (folder / path).is_dir())


def _environment(folder: Path, row: Row, hosts: dict[str, str]) -> Iterator[str]:
    where = f"counties/{row.code}/county.env"
    given = settings(folder)
    if given.get("CODE") != row.code:
        yield f"{where}: CODE must be {row.code}"
    host = given.get("HOST", "")
    if not _HOST.fullmatch(host):
        yield f"{where}: HOST {host!r} is not a host name"
    elif host in hosts:
        yield f"{where}: HOST {host} is that of {hosts[host]} already"
    hosts.setdefault(host, row.code)


def _rules(folder: Path, row: Row) -> Iterator[str]:
    where = f"counties/{row.code}/county.yaml"
    try:
        County.load(folder / "county.yaml")
    except Misconfigured as error:
        yield from (f"{where}: {fault}" for fault in list(map(str, error.faults)) or [error.detail])
    try:
        document = yaml.safe_load((folder / "county.yaml").read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return
    if not isinstance(document, dict):
        return
    if document.get("code") != row.code:
        yield f"{where}: code must be {row.code}"
    categories = (document.get("scope") or {}).get("categories")
    beside = categories.get("file") if isinstance(categories, dict) else None
    if beside and beside not in (folder / "kustomization.yaml").read_text(encoding="utf-8"):
        yield f"counties/{row.code}/kustomization.yaml: {beside} must stand beside county.yaml in the files of `rules`"
