"""Examines what `module:name` names, and prints what is wrong with it."""

import asyncio
import importlib
import sys
from collections.abc import Sequence

from notify.gateways import conformance


def main(arguments: Sequence[str]) -> int:
    """Examine; 0 where nothing is wrong, 1 where something is, 2 where it is not said what to examine."""
    if len(arguments) != 1 or ":" not in arguments[0]:
        sys.stderr.write(conformance.__doc__ or "")
        return 2
    module, _, name = arguments[0].partition(":")
    faults = asyncio.run(conformance.examine(getattr(importlib.import_module(module), name)))
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
