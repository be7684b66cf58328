# `make demo` and `make test` work on a fresh machine with Python 3.11+ and a package registry.
# Each first makes .venv (once) and installs into it; later runs start at once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# On Linux the registry's torch may bring several GB of CUDA packages. PyTorch's own CPU index avoids
# that: make demo PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"
PIP_ARGS ?=
# What pip does on one core, on all; some packages carry files that no Python 3 reads.
COMPILE = $(BIN)/python -m compileall -qq -j 0 -x /tests/ $(VENV)/lib || true
# Large real inputs some tests read; they skip with a reason where it is unset.
export DIGEST_TEST_MATERIAL ?=

.PHONY: demo test lint check audit format bench wheel-check clean

demo: $(VENV)/.installed
	$(BIN)/digest-bot demo

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2 --dist loadfile

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

check: lint audit test

# Known holes in what is installed; where the registry's advisories cannot be had it says so and goes on.
audit: $(VENV)/.installed-dev
	@mkdir -p build && : > build/audit.txt
	@if $(BIN)/pip-audit --local --skip-editable --timeout 10 --progress-spinner off \
		-o build/audit.txt 2> build/audit.log; then echo "audit: no known holes;" \
		"packages without advisories to look in: $$(cat build/audit.txt | grep -c 'not be audited')"; \
	elif [ -s build/audit.txt ]; then cat build/audit.txt; exit 1; \
	else echo "audit: skipped, no advisories to be had: $$(tail -n 1 build/audit.log)"; fi

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.extraction
	$(BIN)/python -m benchmarks.grouping
	$(BIN)/python -m benchmarks.topics
	$(BIN)/python -m benchmarks.checking
	$(BIN)/python -m benchmarks.differences
	$(BIN)/python -m benchmarks.delivery --chats 1000
	$(BIN)/python -m benchmarks.year
	$(BIN)/python -m benchmarks.hostile
	$(BIN)/python -m benchmarks.handling
	$(BIN)/python -m benchmarks.sending
	$(BIN)/python -m benchmarks.quality

# The demo out of a built wheel, in another folder: weights, sample, catalogue and migrations are inside.
wheel-check: $(VENV)/.installed
	rm -rf build/wheel && mkdir -p build/wheel/run
	$(BIN)/pip wheel -q --no-deps -w build/wheel .
	$(BIN)/pip install -q --no-deps --target build/wheel/site build/wheel/digest_bot-*.whl
	cd build/wheel/run && PYTHONPATH=../site ../../../$(BIN)/python ../site/bin/digest-bot demo

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --no-compile $(PIP_ARGS) -e .
	$(COMPILE)
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --no-compile $(PIP_ARGS) -e '.[dev]'
	$(COMPILE)
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build
