"""A county's Secrets as manifests, out of a folder of keys and passwords that are made once and kept."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from common.county import County
from yishi.county import auth
from yishi.county.registry import Registry, Row, settings
from yishi.keys import Keys

_KEYFILE_BYTES = 256


@dataclass(frozen=True)
class Vault:
    """The folder; a password that is asked for is made where there is none."""

    folder: Path

    def password(self, code: str, name: str, size: int = 24) -> str:
        """Tell a password: hexadecimal, so that it is safe in a URL and in MongoDB's keyfile."""
        file = self.folder / code / "passwords" / name
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.write_text(secrets.token_hex(size))
        return file.read_text()

    def keys(self, code: str) -> Keys:
        """Tell a county's keys."""
        (self.folder / code).mkdir(mode=0o700, parents=True, exist_ok=True)
        return Keys.at(self.folder / code)


def manifest(root: Path, row: Row, folder: Path) -> str:
    """Write the Secrets of a county as YAML; the same folder gives the same Secrets again."""
    registry, vault = Registry.load(root), Vault(folder)
    keys = vault.keys(row.code)
    texts = {
        "keys": {"YISHI_COUNTY_KEY": _text(keys.county), "YISHI_SEAL_PUBLIC": _text(keys.seal_public)},
        "notify-keys": {"YISHI_SEAL_PRIVATE": _text(keys.seal), "YISHI_VAULT_KEY": _text(keys.vault)},
        "jwks": {"jwks.json": keys.jwks.read_text()},
    }
    hub = next((other.code for other in registry.rows if other.profile == "hub"), row.code)
    texts |= _hosted(vault, row.code, hub) if row.profile == "hosted" else _own(registry, vault, row, hub)
    documents = [_secret(f"yishi-{row.code}", name, data) for name, data in texts.items()]
    return yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False)


def _hosted(vault: Vault, code: str, hub: str) -> dict[str, dict[str, str]]:
    """Point to the hub's servers, in the same cluster."""
    nats = [f"nats://c{code}:{vault.password(code, 'nats')}@nats-{i}.nats.yishi-{hub}:4222" for i in range(3)]
    return {"connections": _connections(nats, _members(f"c{code}", vault.password(code, "mongo"), f".yishi-{hub}"))}


def _own(registry: Registry, vault: Vault, row: Row, hub: str) -> dict[str, dict[str, str]]:
    """Point to the servers beside it, and give these their users."""
    servers = range(3 if row.profile == "hub" else 1)
    nats = [f"nats://c{row.code}:{vault.password(row.code, 'nats')}@nats-{i}.nats:4222" for i in servers]
    root = vault.password(row.code, "mongo")
    if row.profile == "hub":
        mongo = _members("yishi", root, "")
    else:
        mongo = f"mongodb://yishi:{root}@mongo-0.mongo:27017/?replicaSet=yishi&authSource=admin"
    texts = {
        "connections": _connections(nats, mongo),
        "nats": _nats(registry, vault, row, hub),
        "mongo": {"password": root, "keyfile": vault.password(row.code, "mongo-keyfile", _KEYFILE_BYTES)},
    }
    if row.profile == "hub":
        hosted = [other.code for other in registry.rows if other.profile == "hosted"]
        texts |= {f"mongo-{code}": {"password": vault.password(code, "mongo")} for code in hosted}
    return texts


def _nats(registry: Registry, vault: Vault, row: Row, hub: str) -> dict[str, str]:
    """Write the server's accounts: a county's own, or on the hub those of all it hosts, and of its leaves."""
    served = [row.code]
    if row.profile == "hub":
        served += [other.code for other in registry.rows if other.profile == "hosted"]
    counties = [County.load(registry.folder(code) / "county.yaml") for code in served]
    accounts = [auth.account(county, _passwords(vault, county)) for county in counties]
    leaves = [other.code for other in registry.rows if other.profile == "standalone"] if row.profile == "hub" else []
    open_users = {f"leaf-{code}": vault.password(code, "leaf") for code in leaves}
    files = {"auth.conf": auth.config(accounts, served, open_users, vault.password(row.code, "system"))}
    address = settings(registry.folder(row.code)).get("HUB")
    if address and row.code != hub:
        files["leaf.conf"] = auth.leaf(f"leaf-{row.code}", vault.password(row.code, "leaf"), address)
    return files


def _passwords(vault: Vault, county: County) -> dict[str, str]:
    """Give the services a password, and each department system one."""
    users = {f"c{county.code}": vault.password(county.code, "nats")}
    return users | {system.name: vault.password(county.code, f"system-{system.name}") for system in county.systems}


def _connections(nats: list[str], mongo: str) -> dict[str, str]:
    return {"YISHI_NATS_URL": ",".join(nats), "YISHI_MONGO_URL": mongo}


def _members(user: str, password: str, where: str) -> str:
    hosts = ",".join(f"mongo-{i}.mongo-svc{where}:27017" for i in range(3))
    return f"mongodb://{user}:{password}@{hosts}/?replicaSet=mongo&authSource=admin"


def _secret(namespace: str, name: str, data: Mapping[str, str]) -> dict[str, object]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "stringData": dict(data)}


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
