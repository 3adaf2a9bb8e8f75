# loglake: two commands matter, `make demo` and `make test`; both set up what they need from PyPI.
# `make e2e` needs Maven besides.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DEMO_DIR ?= demo
SCHEDULES ?= 10000
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast e2e lint format types imports generate lock bench bench-quick soak clean

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.runtime ## make .venv with the command loglake in it

$(VENV)/.venv:
	@command -v $(PYTHON) >/dev/null || { echo "loglake needs Python 3.11: install it, or call make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 11))' || { echo "$(PYTHON) is not Python 3.11, which Glue 5.1 and loglake use; call make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip --quiet --disable-pip-version-check install uv
	@touch $@

$(VENV)/.runtime: $(VENV)/.venv requirements.lock pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock || $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock || $(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.e2e: $(VENV)/.dev requirements-e2e.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-e2e.lock || $(BIN)/python -m pip install --quiet --require-hashes -r requirements-e2e.lock
	@touch $@

$(VENV)/.bench: $(VENV)/.e2e requirements-bench.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock || $(BIN)/python -m pip install --quiet --require-hashes -r requirements-bench.lock
	@touch $@

demo: $(VENV)/.runtime ## raw logs to answers on this machine, in under two minutes
	@PATH="$(CURDIR)/$(BIN):$$PATH" DEMO_DIR="$(DEMO_DIR)" bash demo.sh

test: $(VENV)/.dev ## all tests
	$(BIN)/python -m pytest

test-fast: $(VENV)/.dev ## the tests without Spark, in seconds
	$(BIN)/python -m pytest -m "not spark"

e2e: $(VENV)/.e2e ## runs on an S3 server, the Glue API and Trino; the first time it fetches Trino through Maven
	$(BIN)/python -m tests.e2e.stack.parts
	$(BIN)/python -m pytest tests/e2e

lint: $(VENV)/.dev ## ruff, mypy, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(VENV)/.runtime ## write the pages and schemas that are rendered from the table declarations
	$(BIN)/python -m docs.generate

lock: $(VENV)/.venv ## pin requirements*.in anew
	for name in requirements requirements-dev requirements-e2e requirements-bench requirements-trino-java; do \
		$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 $$name.in -o $$name.lock || exit; \
	done

bench: $(VENV)/.bench ## time loglake against its peers and at scale, and write the tables of the pages (hours)
	for size in 0.9 3.6 small tiny malformed; do $(BIN)/python -m benchmarks.run --size $$size --readme; done
	$(BIN)/python -m benchmarks.warm --readme
	$(BIN)/python -m benchmarks.user_agents --readme
	for runs in 300 50000; do $(BIN)/python -m benchmarks.ledger --runs $$runs --readme; done
	$(BIN)/python -m benchmarks.late_batches --readme
	$(BIN)/python -m benchmarks.reruns --readme
	$(BIN)/python -m benchmarks.reads --readme
	$(BIN)/python -m benchmarks.mediapackage --readme
	$(BIN)/python -m benchmarks.s3 --readme
	$(BIN)/python -m benchmarks.scaling --readme
	$(BIN)/python -m docs.generate

bench-quick: $(VENV)/.bench ## one round of all on 0.3 GB, in under five minutes: a table and a chart in build/bench
	$(BIN)/python -m benchmarks.run --size 0.3 --rounds 1 --out build/bench/quick.md
	$(BIN)/python -m benchmarks.chart build/bench/quick.md build/bench/quick.svg
	@cat build/bench/quick.md

soak: $(VENV)/.dev ## play 10,000 random histories of deliveries, crashes and erasures (SCHEDULES=n for another number)
	$(BIN)/python -m tests.engine.history.soak --schedules $(SCHEDULES) --readme

clean: ## remove .venv and all that was made
	rm -rf $(VENV) build dist demo *.egg-info .mypy_cache .ruff_cache .pytest_cache
