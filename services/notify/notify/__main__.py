"""Runs the service: `python -m notify`."""

from common.service import run
from notify.main import main

run(main)
