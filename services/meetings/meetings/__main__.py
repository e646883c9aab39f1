"""Runs the service: `python -m meetings`."""

from common.service import run
from meetings.main import main

run(main)
