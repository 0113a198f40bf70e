# CKD Studio. `make run` or `make test` is all that a new machine needs: each sets up what it lacks.

SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
READY_TO_RUN := .venv/.ready-to-run
READY_TO_TEST := .venv/.ready-to-test
SETUP_INPUTS := pyproject.toml constraints.txt scripts/setup.py

ISSUE_FORMS := $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))

# The whole suite takes every core, up to four: each process holds some gigabyte and a half.
# A file's tests stay together, for they share what they prepare. A process that dies ends the run
# and names its test: in the place of another, the tests that it had taken are waited for in vain.
BESIDE ?= $(if $(TESTS),,-n auto --maxprocesses 4 --dist loadfile --max-worker-restart 0)

ARGS ?= demo
OUT ?= out/demo

.DEFAULT_GOAL := help
.PHONY: help run test coverage setup lint lint-github bench screenshots clean

help:  ## Say what there is to make
	@echo "make run     open CKD Studio on its demo (ARGS=path opens something else);"
	@echo "             without a screen, play the demo into $(OUT) instead"
	@echo "make test    run every test"
	@echo "make coverage   the same, and say how much of the code they reach"
	@echo "make lint    ruff, mypy, the import contracts, and what lies in .github"
	@echo "make bench   run the benchmarks"
	@echo "make screenshots   take the pictures of the README and of the user guide again"
	@echo "make setup   make .venv ready for all of the above"
	@echo "make clean   remove caches and outputs; .venv stays"

run: $(READY_TO_RUN)
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ] && [ "$(ARGS)" = demo ]; then \
		echo "No screen here, so the demo plays into $(OUT)."; \
		$(BIN)/ckd-studio demo --headless "$(OUT)"; \
	else \
		$(BIN)/ckd-studio $(ARGS); \
	fi

test: $(READY_TO_TEST)
	$(BIN)/python -m pytest $(BESIDE) $(TESTS)

coverage: $(READY_TO_TEST)
	$(BIN)/python -m pytest $(BESIDE) --cov $(TESTS)
	$(BIN)/python -m scripts.coverage_floor

lint: $(READY_TO_TEST) lint-github
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-github: $(READY_TO_TEST)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms $(ISSUE_FORMS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml

bench: $(READY_TO_TEST)
	$(BIN)/python -m benchmarks $(NAMES)

screenshots: $(READY_TO_RUN)
	$(BIN)/ckd-studio demo --headless "$(OUT)"
	cp "$(OUT)/tokens.png" "$(OUT)/features.png" docs/images/
	$(BIN)/python -m scripts.guide docs/images/guide

setup: $(READY_TO_TEST)

clean:
	rm -rf .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist out
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

$(READY_TO_RUN): $(SETUP_INPUTS)
	@if [ -z "$(PYTHON)" ]; then echo "CKD Studio needs Python 3.11 or newer; install it first." >&2; exit 1; fi
	$(PYTHON) scripts/setup.py
	@touch $@

$(READY_TO_TEST): $(SETUP_INPUTS)
	@if [ -z "$(PYTHON)" ]; then echo "CKD Studio needs Python 3.11 or newer; install it first." >&2; exit 1; fi
	$(PYTHON) scripts/setup.py --tests
	@touch $(READY_TO_RUN) $@
