"""Runs the service: `python -m outcomes`."""

from common.service import run
from outcomes.main import main

run(main)
