"""Runs the service: `python -m intake`."""

from common.service import run
from intake.main import main

run(main)
