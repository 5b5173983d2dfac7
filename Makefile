# What a person types. Everything is set up on the way, and only when something changed.
#   make up      run the whole product on http://127.0.0.1:8000 (PORT=...), until Ctrl-C
#   make test    all tests (only some: make test T="tests/tickets -k triage")
#   make check   every static check
#   make fix     format, and mend what can be mended
#   make bench   measure speed and write docs/performance.md (TICKETS=1000000, half an hour)
#   make chaos   kill and restart parts under load (TICKETS=500 KILLS=20 CLIENTS=8), 15 minutes

SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
LOCAL := $(BIN)/python -m kumala_itsm.local
RUN := .venv/.run
DEV := .venv/.dev
NODE := node_modules/.made
# The Node.js of the wheel brings its own list of authorities; the machine's list knows more.
export NODE_EXTRA_CA_CERTS ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DELETE_ON_ERROR:
.PHONY: up test check fix bench chaos requirements

up: $(RUN) $(NODE)
	@$(LOCAL) machine
	@$(LOCAL) up

# All tests: two processes, each with a database of its own, whole files at a time. A few: one process, at once.
EVERYTHING = tests --numprocesses 2 --dist loadfile --no-loadscope-reorder
test: $(DEV) $(NODE)
	@$(LOCAL) machine --test
	@$(LOCAL) run -- $(BIN)/python -m pytest $(or $(T),$(EVERYTHING))

check: $(DEV) $(NODE)
	@$(LOCAL) machine --check
	@$(LOCAL) run -- $(BIN)/python tests/check.py

fix: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates

bench: TICKETS = 1000000
bench: $(DEV) $(NODE)
	@$(LOCAL) machine
	@$(BIN)/python -m tests.bench --tickets $(TICKETS)

TICKETS ?= 500
KILLS ?= 20
CLIENTS ?= 8
chaos: $(DEV) $(NODE)
	@$(LOCAL) machine
	@$(BIN)/python -m tests.chaos --tickets $(TICKETS) --kills $(KILLS) --clients $(CLIENTS)

# Compile the locked, hashed versions, after a change in pyproject.toml or requirements/node.in.
COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --universal --python-version 3.11
requirements: $(DEV)
	@$(BIN)/python -m pip install --quiet uv
	$(COMPILE) pyproject.toml -o requirements/production.txt
	$(COMPILE) pyproject.toml --extra local -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra local --extra dev -o requirements/dev.txt
	$(COMPILE) requirements/node.in -o requirements/node.txt

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo 'The package python3-venv is needed.' >&2; exit 1; }

$(RUN): requirements/run.txt | .venv/bin/python
	@echo 'Installing Python packages'
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/run.txt
	@touch $@

$(DEV): requirements/dev.txt | .venv/bin/python
	@echo 'Installing Python packages, with those for tests and checks'
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	@touch $@ $(RUN)

$(NODE): package.json package-lock.json | .venv/bin/python
	@echo 'Installing front-end packages'
	@command -v npm >/dev/null || test -x $(BIN)/npm || \
	  $(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/node.txt
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
