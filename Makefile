# CKD Studio. `make run` or `make test` is all that a new machine needs: each sets up what it lacks.

SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
READY_TO_RUN := .venv/.ready-to-run
READY_TO_TEST := .venv/.ready-to-test
SETUP_INPUTS := pyproject.toml constraints.txt scripts/setup.py

ARGS ?= demo
OUT ?= out/demo

.DEFAULT_GOAL := help
.PHONY: help run test setup lint bench screenshots clean

help:  ## Say what there is to make
	@echo "make run     open CKD Studio on its demo (ARGS=path opens something else);"
	@echo "             without a screen, play the demo into $(OUT) instead"
	@echo "make test    run every test"
	@echo "make lint    ruff, mypy and the import contracts"
	@echo "make bench   run the benchmarks"
	@echo "make screenshots   take the pictures of the README anew"
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
	$(BIN)/python -m pytest $(TESTS)

lint: $(READY_TO_TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY_TO_TEST)
	$(BIN)/python -m benchmarks $(NAMES)

screenshots: $(READY_TO_RUN)
	$(BIN)/ckd-studio demo --headless "$(OUT)"
	cp "$(OUT)/tokens.png" "$(OUT)/features.png" docs/images/

setup: $(READY_TO_TEST)

clean:
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist out
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

$(READY_TO_RUN): $(SETUP_INPUTS)
	@if [ -z "$(PYTHON)" ]; then echo "CKD Studio needs Python 3.11 or newer; install it first." >&2; exit 1; fi
	$(PYTHON) scripts/setup.py
	@touch $@

$(READY_TO_TEST): $(SETUP_INPUTS)
	@if [ -z "$(PYTHON)" ]; then echo "CKD Studio needs Python 3.11 or newer; install it first." >&2; exit 1; fi
	$(PYTHON) scripts/setup.py --tests
	@touch $(READY_TO_RUN) $@
