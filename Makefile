# Tools are taken from the active environment; `make PYTHON=.venv/bin/python check` names another one.
PYTHON ?= python
BIN := $(dir $(shell $(PYTHON) -c 'import sys; print(sys.executable)'))

.PHONY: help install check lint types layers format test

help:  ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install:  ## Install this clone with everything that the tests need, in the pinned versions
	$(PYTHON) -m pip install -c constraints.txt -e '.[sim,train,dev]'

check: lint types layers  ## Lint and format, types, layers

lint:
	$(BIN)ruff check .
	$(BIN)ruff format --check .

types:
	$(BIN)pyright --pythonpath $(BIN)python

layers:
	$(BIN)lint-imports

format:  ## Rewrite the files as `check` wants them
	$(BIN)ruff check --fix .
	$(BIN)ruff format .

test:  ## Run the default tests: no GPU, no network, no official assets
	$(BIN)pytest
