"""Writes an image's bill of materials (CycloneDX 1.5): `python sbom.py SERVICE requirements.txt`.

The same image gives the same text: it bears no time and no chance. Run inside a Debian image it names its packages too.
"""

import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", re.MULTILINE)
_NAMESPACE = uuid.UUID("6f0c2c1c-6a0e-5c3e-9f0b-2d1a5b7c8e90")
DPKG = Path("/var/lib/dpkg/status")

Component = dict[str, str]


def bill(service: str, requirements: str, dpkg: str = "") -> dict[str, object]:
    """Make the bill of one image, from its pins and from Debian's list of installed packages."""
    components = [*_python(requirements), *_debian(dpkg)]
    about = {"type": "application", "name": f"yishi-{service}", "bom-ref": f"yishi-{service}"}
    number = uuid.uuid5(_NAMESPACE, json.dumps([about, components]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": about},
        "components": components,
    }


def _python(requirements: str) -> Iterator[Component]:
    for name, version in sorted(_PIN.findall(requirements)):
        yield _component(name, version, f"pkg:pypi/{name}@{quote(version)}")


def _debian(dpkg: str) -> Iterator[Component]:
    for entry in sorted(filter(None, dpkg.split("\n\n"))):
        fields = dict(line.split(": ", 1) for line in entry.splitlines() if re.match(r"[A-Z][\w-]*: ", line))
        if "installed" in fields.get("Status", ""):
            name, version = fields["Package"], fields["Version"]
            yield _component(name, version, f"pkg:deb/debian/{quote(name)}@{quote(version)}")


def _component(name: str, version: str, purl: str) -> Component:
    return {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}


if __name__ == "__main__":
    _, service_, file = sys.argv
    installed = DPKG.read_text(encoding="utf-8") if DPKG.exists() else ""
    json.dump(bill(service_, Path(file).read_text(encoding="utf-8"), installed), sys.stdout, indent=1)
