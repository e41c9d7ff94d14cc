# Manyline. `make help` lists what can be done; each target says what it does while it does it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3.11
BIN := .venv/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9

.PHONY: help
help: ## Say what can be done
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sort | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-11s %s\n", $$1, $$2}'

.PHONY: setup
setup: node_modules/.ready .venv/.ready .venv-emulator/.ready ## Install everything, pinned: two Python environments and the Node packages

.venv/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed and '$(PYTHON)' is not in PATH (make setup PYTHON=/path/to/python3.11)"; exit 1; }
	@echo "setup: Python packages for the application, the infrastructure and the tests (.venv)"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@[ -x $(UV) ] || $(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv-emulator/.ready: requirements-emulator.lock | .venv/.ready
	@echo "setup: the AWS emulator, in an environment of its own (.venv-emulator)"
	@[ -x .venv-emulator/bin/python ] || $(PYTHON) -m venv .venv-emulator
	@$(UV) pip install --quiet --python .venv-emulator/bin/python --require-hashes -r requirements-emulator.lock
	@touch $@

node_modules/.ready: package.json package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer is needed for CDK, and 'npm' is not in PATH: https://nodejs.org"; exit 1; }
	@echo "setup: Node packages: the CDK command line, and the scripts that the pages load"
	@npm ci --silent --no-progress
	@touch $@

.PHONY: run
run: setup ## Set up if needed, deploy to this machine, print addresses and log-ins (returns; PORT=8080)
	@$(BIN)/manyline up $(if $(PORT),--port $(PORT))

.PHONY: stop
stop: ## Stop the local stack; calls, mails, chats and invoices stay
	@[ ! -x $(BIN)/manyline ] || $(BIN)/manyline down

.PHONY: dev
dev: setup ## Run, and take every saved change of functions/ and templates/ within a second
	@$(BIN)/manyline dev

.PHONY: lint
lint: setup ## Style, types and the arrows between the planes
	@echo "lint: ruff";        $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "lint: mypy";        $(BIN)/mypy
	@echo "lint: the arrows";  PYTHONPATH=functions:. $(BIN)/lint-imports

.PHONY: test
test: lint ## Every check: lint, then unit, contract, infra, journeys and browser tests
	@$(BIN)/pytest -n 2 $(wildcard $(addprefix tests/,architecture unit))
	@$(BIN)/pytest -n 2 --dist loadfile $(wildcard $(addprefix tests/,contract infra))
	@$(BIN)/pytest -n 3 --dist loadfile $(wildcard $(addprefix tests/,journeys browser))

.PHONY: crowd
crowd: setup ## The routing floor at full size: 2,000 contacts at once, 100,000 orders of events (minutes)
	@ROUTING_CROWD=2000 ROUTING_ORDERS=100000 $(BIN)/pytest -s --durations=3 \
		tests/contract/test_routing_concurrency.py tests/unit/test_routing_interleavings.py

.PHONY: screenshots
screenshots: run ## Pictures of every page, light and dark, wide and narrow, into .manyline/screenshots
	@PYTHONPATH=functions:. $(BIN)/python -m tests.browser.screenshots

.PHONY: bench
bench: setup ## Measure; one JSON line each on standard output (BENCH=prefix chooses)
	@PYTHONPATH=functions:. $(BIN)/python -m tests.bench $(BENCH)

.PHONY: plots
plots: setup ## Simulate the routing studies anew and draw their pictures into tests/bench/plots
	@PYTHONPATH=functions:. $(BIN)/python -m tests.bench.plots

.PHONY: vectors
vectors: setup ## Published figures of queues and of bills against ours (FILE=vectors.json); ends with `N passed, M failed`
	@PYTHONPATH=functions:. $(BIN)/python -m tests.vectors $(or $(FILE),$(error say which: make vectors FILE=vectors.json))

.PHONY: lock
lock: setup ## Write the locks anew from pyproject.toml, emulator.in and functions/layers/*.in
	@$(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group dev pyproject.toml -o requirements.lock
	@$(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements-emulator.in -o requirements-emulator.lock
	@for layer in runtime render; do $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --python-platform x86_64-manylinux_2_28 functions/layers/$$layer.in -o functions/layers/$$layer.txt; done
