# Two commands are enough on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.

.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
SYSTEM_POSTGRES ?= /usr/lib/postgresql/15/bin
BIN := .venv/bin
PRISM := tooling/prism
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: help demo test check format lint chromium prism bench lock clean
.PHONY: soak soak-events soak-calls soak-races soak-crash

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.installed-run ## Set up, then run the demo on http://127.0.0.1:8000 (PORT= to change)
	@exec $(BIN)/compagnie demo --port $(PORT)

test: .venv/.installed-dev chromium prism ## Set up, then run all tests
	$(BIN)/pytest --numprocesses 2 --dist loadgroup
	@if [ -x "$(SYSTEM_POSTGRES)/initdb" ]; then \
	  echo "Store and races once more, on the system's PostgreSQL:"; \
	  COMPAGNIE_TEST_POSTGRES="$(SYSTEM_POSTGRES)" COMPAGNIE_TEST_RACES=200 $(BIN)/pytest -m postgres; \
	else \
	  echo "No PostgreSQL under $(SYSTEM_POSTGRES): the store and the races ran on the embedded one alone."; \
	fi

check: lint test ## Everything a change must pass: lint, then all tests

lint: .venv/.installed-dev ## Formatting, style, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.installed-dev ## Put every Python file in the house's format
	$(BIN)/ruff format .

bench: .venv/.installed-dev ## Run the benchmarks in short form (as root, Debian's peers are installed)
	$(BIN)/python -m bench.rank --short
	$(BIN)/python -m bench.assign --short
	$(BIN)/python -m bench.coverage --short
	$(BIN)/python -m bench.forecast --short
	$(BIN)/python -m bench.policy --short
	$(BIN)/python -m bench.turns --seconds 12
	$(BIN)/python -m bench.accept --rounds 3

soak: soak-events soak-calls soak-races soak-crash ## Hours of events, calls, races and killed servers (-j4: side by side)

soak-events: .venv/.installed-dev
	COMPAGNIE_TEST_SEQUENCES=10000 $(BIN)/pytest tests/matcher/test_state_machine.py

soak-calls: .venv/.installed-dev
	COMPAGNIE_TEST_CALLS=5000 $(BIN)/pytest tests/phone/test_line_properties.py

soak-races: .venv/.installed-dev
	$(BIN)/python -m bench.accept --rounds 1250

soak-crash: .venv/.installed-dev
	$(BIN)/python -m bench.crash --runs 200

lock: ## Renew requirements/*.txt from the *.in lists (needs uv on PATH)
	@command -v uv >/dev/null || { echo "make lock needs uv on PATH."; exit 1; }
	cd requirements && $(LOCK) --upgrade dev.in -o dev.txt
	cd requirements && $(LOCK) --constraints dev.txt run.in -o run.txt
	cd requirements && $(LOCK) --constraints dev.txt build.in -o build.txt

clean: ## Remove caches and build products; .venv and data stay
	rm -rf build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

chromium: ## Install Debian's Chromium for the browser tests, when it is missing and we may
	@if command -v chromium >/dev/null; then \
	  :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "Installing Debian's Chromium for the browser tests..."; \
	  { apt-get update -qq \
	    && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } \
	  || echo "Chromium could not be installed: the tests that need a browser will be skipped."; \
	else \
	  echo "No chromium on PATH and no right to install it: the tests that need a browser will be skipped."; \
	fi

prism: ## Install the mock of Twilio's REST API for the tests of sending, when npm is there
	@if command -v npm >/dev/null; then \
	  $(MAKE) --silent --no-print-directory $(PRISM)/node_modules/.installed \
	  || echo "Prism could not be installed: the tests that send to it will be skipped."; \
	else \
	  echo "No npm on PATH: the tests that send to a mock of Twilio's REST API will be skipped."; \
	fi

$(PRISM)/node_modules/.installed: $(PRISM)/package-lock.json
	@echo "Installing Prism, which stands in for Twilio's REST API..."
	@npm ci --silent --prefix $(PRISM)
	@touch $@

# A stamp is renewed when a lock file or pyproject.toml changes. Every pin in run.txt and build.txt
# is in dev.txt too, so a development set-up also serves the demo.
.venv/.installed-run: requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/pip
	@echo "Installing what Compagnie needs to run (a few minutes the first time)..."
	@$(INSTALL) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: requirements/dev.txt pyproject.toml | $(BIN)/pip
	@echo "Installing what Compagnie needs to run and to be worked on (a few minutes the first time)..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch .venv/.installed-run $@

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Il faut Python 3.11 ou plus récent ($(PYTHON)). / Python 3.11 or newer is needed ($(PYTHON))."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Il manque le module venv (Debian : apt install python3-venv). / The venv module is missing (Debian: apt install python3-venv)."; exit 1; }
	@$(PYTHON) -m venv .venv
