# Every command of the project. `make` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

SMARKETING_HOME ?= $(CURDIR)/.smarketing
export SMARKETING_HOME
VENV := $(or $(SMARKETING_VENV),$(SMARKETING_HOME)/venv)
BIN := $(VENV)/bin
ifneq ($(word 4,$(CURDIR) $(SMARKETING_HOME) $(VENV)),)
$(error A path with a space in it is two paths to make: "$(CURDIR)", home "$(SMARKETING_HOME)", environment "$(VENV)". Move what has one)
endif
PYTHON ?= python3
LOCKS := requirements/runtime.txt requirements/embedded.txt requirements/dev.txt requirements/uv.txt
COMPILE := $(BIN)/uv pip compile --system-certs --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header
TESTS ?= tests
CODE := smarketing reporting sla leads personas lifecycle agreements accounts lib
PYTEST := $(BIN)/pytest
# Two processes more than cores, fourteen at most (tests/conftest.py); each has a database of its own. PARALLEL=0 for one.
PARALLEL ?= auto

.PHONY: help
help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: environment assets ## all that the other commands need: dependencies, assets, catalogues
	@$(BIN)/python tools/messages.py compile
	@$(BIN)/python -m compileall -q $(CODE)

.PHONY: environment
environment:
	@bash tools/install.sh $(VENV) $(PYTHON) $(LOCKS)

.PHONY: assets
assets: environment ## fetch the style sheet, the font and the charts by npm from a wheel
	@$(BIN)/python tools/assets.py $(VENV)/node
	@$(BIN)/python -m smarketing.stylesheets build/vendor/css/smarketing.css

.PHONY: run
run: setup ## start everything: servers, demo company, web, worker, beat; Ctrl-C stops it
	@exec $(BIN)/python -m smarketing.stack run

.PHONY: test
test: setup ## the whole suite, browser and faults included (TESTS=tests/leads for a part)
	@$(PYTEST) --create-db --numprocesses $(PARALLEL) --dist loadfile --no-loadscope-reorder -m "not nightly" $(TESTS)

.PHONY: test-fast
test-fast: setup ## the suite without browser and faults
	@$(PYTEST) -m "not browser and not faults and not nightly" --reuse-db $(TESTS)

ROUNDS ?= 7
.PHONY: test-faults
test-faults: setup ## kill processes and empty servers under load, many times (ROUNDS=7)
	@FAULT_ROUNDS=$(ROUNDS) $(PYTEST) --create-db -m faults $(TESTS)

.PHONY: test-nightly
test-nightly: setup ## property tests with thirty times the examples, and what is marked nightly; hours, not in CI
	@$(PYTEST) --create-db --numprocesses $(PARALLEL) --dist load -m "hypothesis or nightly" \
		--hypothesis-profile nightly -o faulthandler_timeout=7200 $(TESTS)

.PHONY: check
check: setup ## format, lint, types, layers, migrations, deployment, French
	@$(MAKE) --jobs 2 types rules

.PHONY: types rules
types:
	@$(BIN)/mypy .

rules:
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djlint --lint --quiet templates
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python tools/deploy_check.py
	@$(BIN)/pytest --quiet --durations=0 --durations-min=60 tests/test_layers.py
	@$(BIN)/python tools/messages.py check

.PHONY: backup
backup: environment ## write the whole database into one file (FILE=… to choose it)
	@$(BIN)/python manage.py backup $(FILE)

.PHONY: restore
restore: environment ## put a backup in the place of the database: make restore FILE=…
	@$(BIN)/python manage.py restore "$(or $(FILE),$(error say which: make restore FILE=…))"

.PHONY: messages
messages: environment ## refresh the French catalogues (APPS="leads sla" for some)
	@$(BIN)/python tools/messages.py refresh $(APPS)

.PHONY: lock
lock: environment ## compile requirements/*.in into locks with hashes, without addresses
	@for name in uv runtime embedded assets dev; do \
		echo "locking $$name"; UV_PYTHON_DOWNLOADS=never $(COMPILE) requirements/$$name.in -o requirements/$$name.txt; \
	done
	@echo "locking package.json"; $(BIN)/python tools/assets.py $(VENV)/node lock

SIZE ?= S
.PHONY: bench
bench: setup ## measure the product beside hand-written SQL (SIZE=S|L, RESUME=1) into build/bench.json
	@$(BIN)/python -m benchmarks $(SIZE) $(if $(RESUME),--resume)

.PHONY: screenshots
screenshots: setup ## pictures of every page of the running demo, and the README's (PAGES="cockpit queue -fr-375" for some)
	@test -f $(SMARKETING_HOME)/address || { echo "Start it first: make run"; exit 1; }
	@$(BIN)/python -m tools.screenshots "$$(cat $(SMARKETING_HOME)/address)" build/screenshots $(PAGES)
	@$(if $(PAGES),true,$(BIN)/python -m tools.screenshots "$$(cat $(SMARKETING_HOME)/address)" docs/pictures --readme)
