"""Makes a county's folder, and lets counties take a version."""

import re
from pathlib import Path

from common.errors import Conflict, Fault, Invalid, NotFound
from yishi.county.divisions import Place, names, townships
from yishi.county.registry import MODEL, PROFILES, Registry, Row

_SETTINGS = {
    "hosted": {"TRACES_URL": "http://traces.monitoring:4318", "BACKUP_CLASS": "backup"},
    "standalone": {"BACKUP_CLASS": "backup"},
    "hub": {
        "TRACES_URL": "http://traces.monitoring:4318",
        "BACKUP_CLASS": "backup",
        "LEAVES_CIDR": "10.0.0.0/8",
    },
}
_COMMENTS = {
    "HOST": "the name it is reached by; no other county may have it",
    "TRACES_URL": "where traces go, OTLP over HTTP",
    "BACKUP_CLASS": "storage class of the backups: not the disk that the data lies on",
    "LEAVES_CIDR": "from where counties with a NATS of their own come in",
}
_OVERLAY = """\
# {place} {code}. Made by `yishi county new`; what differs from other counties stands in county.env and county.yaml.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: yishi-{code}
resources: [../../base]
configMapGenerator:
  - name: county
    envs: [county.env]
    options: {{disableNameSuffixHash: true, annotations: {{config.kubernetes.io/local-config: "true"}}}}
  - name: rules
    files: [county.yaml]
components:
  - ../../profiles/{profile}
  - ../../versions/{version}
"""


_LET_IN = """\
patches:
  - path: hosted.yaml
    target: {kind: MongoDBCommunity}
"""
_HOSTED = """\
# Who may into the province's MongoDB, each into a database of its own. Written by `yishi county new`.
"""
_FLUX = """\
# Flux: one Kustomization for each county; a wave begins when the one before it is ready. Written by `yishi county new`.
"""
_COUNTY = """\
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: yishi-{code}, namespace: flux-system}}
spec:
  interval: 10m
  timeout: 15m
  prune: true
  wait: true
  force: false
  sourceRef: {{kind: GitRepository, name: yishi}}
  path: ./deploy/k8s/counties/{code}
  dependsOn: [{before}]
"""


def make(root: Path, row: Row, host: str, divisions: Path | None) -> list[str]:
    """Make a county; tells what was made. Raises Invalid with every fault, or Conflict where it is there already."""
    registry = Registry.load(root)
    place = _place(row)
    folder = root / "counties" / row.code
    if folder.exists() or any(known.code == row.code for known in registry.rows):
        raise Conflict(
            f"county {row.code} is there already; to begin anew take away {folder} and its line in registry.yaml"
        )
    towns = townships(divisions, row.code) if divisions else []
    settings = {"CODE": row.code, "HOST": host, **_SETTINGS[row.profile]}
    city = f"（{place.city}）" if place.city else ""
    version = max((path.name for path in (root / "versions").iterdir()), key=_numbers)
    overlay = _OVERLAY.format(place=place.name + city, code=row.code, profile=row.profile, version=version)
    texts = {
        "kustomization.yaml": overlay + (_LET_IN if row.profile == "hub" else ""),
        "county.env": "".join(_line(key, value) for key, value in settings.items()),
        "county.yaml": _rules((root / "counties" / MODEL / "county.yaml").read_text("utf-8"), row.code, place, towns),
    }
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    registry = Registry(root, (*registry.rows, Row(row.code, place.name, row.profile, row.wave)))
    registry.save()
    follow(registry)
    told = [f"{folder / name}" for name in texts]
    if not towns:
        told.append("no townships yet: put them into county.yaml, or begin again with --divisions FILE")
    return told


def follow(registry: Registry) -> None:
    """Write what follows from the registry alone: the hub's hosted.yaml, and Flux's list of counties."""
    for path, text in following(registry).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def following(registry: Registry) -> dict[Path, str]:
    """Tell what follows from the registry, by file."""
    rows = sorted(registry.rows)
    users = _HOSTED + "".join(_user(row.code) for row in rows if row.profile == "hosted")
    hubs = {registry.folder(row.code) / "hosted.yaml": users for row in rows if row.profile == "hub"}
    return hubs | {
        registry.root / "gitops" / "flux" / "counties.yaml": _FLUX + "".join(_flux(row, rows) for row in rows)
    }


def _flux(row: Row, rows: list[Row]) -> str:
    earlier = max((other.wave for other in rows if other.wave < row.wave), default=None)
    before = ", ".join(f"{{name: yishi-{other.code}}}" for other in rows if other.wave == earlier)
    return _COUNTY.format(code=row.code, before=before)


def _user(code: str) -> str:
    roles = f"[{{name: readWrite, db: yishi_{code}}}]"
    secret = f"passwordSecretRef: {{name: mongo-{code}, key: password}}, scramCredentialsSecretName: mongo-{code}"
    return f"- {{op: add, path: /spec/users/-, value: {{name: c{code}, db: admin, {secret}, roles: {roles}}}}}\n"


def upgrade(root: Path, version: str, wave: int) -> list[str]:
    """Let the counties of a wave take a version; tells which changed. Raises NotFound where there is none such."""
    if not (root / "versions" / version / "kustomization.yaml").exists():
        raise NotFound("version", version)
    changed = []
    for row in Registry.load(root).rows:
        file = root / "counties" / row.code / "kustomization.yaml"
        if row.wave != wave:
            continue
        before = file.read_text(encoding="utf-8")
        after = re.sub(r"(?<=\.\./versions/)\S+", version, before)
        if after != before:
            file.write_text(after, encoding="utf-8")
            changed.append(f"{row.code} {row.name}: {version}")
    return changed


def _place(row: Row) -> Place:
    known = names()
    faults = []
    if row.code not in known:
        near = [f"{code} {place.name}" for code, place in known.items() if code[:4] == row.code[:4]]
        beside = f"; beside it there are {', '.join(near)}" if near else ""
        faults.append(Fault("code", f"{row.code} is not a county of Gansu{beside}"))
    if row.profile not in PROFILES:
        faults.append(Fault("profile", f"{row.profile!r} is none; there are {', '.join(PROFILES)}"))
    if faults:
        raise Invalid(faults)
    return known[row.code]


def _line(key: str, value: str) -> str:
    comment = f"# {_COMMENTS[key]}\n" if key in _COMMENTS else ""
    return f"{comment}{key}={value}\n"


def _rules(model: str, code: str, place: Place, towns: list[tuple[str, str, str]]) -> str:
    """Take the model county's rules over, but for what is a place's own."""
    unit = next((kind for kind in ("区", "市", "省") if place.name.endswith(kind)), "县")
    kind = "province" if unit == "省" else "city" if code.endswith("00") else "county"
    divisions = [(f"{code}000000", place.name, kind), *towns]
    own = {
        "code": f'code: "{code}"\n',
        "name": f"name: {{zh: {place.name}, en: {place.en}}}\n",
        "divisions": "divisions:\n" + "".join(f'  - {{code: "{c}", name: {n}, kind: {k}}}\n' for c, n, k in divisions),
        "leading_group": f"leading_group: {{first_head: {unit}委书记, head: {unit}政协主席}}\n",
        "leaders": "leaders: []  # who covers which townships (包抓)\n",
        "signature": f"signature: {_short(place.name)}议事\n",
    }
    head = f"# {place.city}{place.name}: what is this county's own. `yishi county check FILE` lists its faults.\n"
    sections = re.split(r"(?m)^(?=[a-z_]+:)", re.sub(r"\A#.*\n", head, model))
    return "".join(_section(section, own) for section in sections)


def _section(section: str, own: dict[str, str]) -> str:
    text = own.get(section.partition(":")[0])
    if text is None:
        return section
    return text + (re.search(r"\n*\Z", section) or [""])[0].removeprefix("\n")


def _short(name: str) -> str:
    """Shorten a name for the signature of messages, which may hold 12 characters: 张家川回族自治县 becomes 张家川."""
    stem = re.sub(r"(?:(?:回|藏|裕固|蒙古|哈萨克|东乡|保安|撒拉)族)*自治县$", "", name)
    return stem if stem != name or len(name) < 3 else name[:-1]  # noqa: PLR2004  环县 stays 环县


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
