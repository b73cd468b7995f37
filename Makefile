# `make demo` runs the main job, `make test` every check. Both set up .venv first.
PYTHON ?= python3
BIN := .venv/bin
PARTS := src tests benchmarks docs

.PHONY: demo test lint types imports unit setup clean

demo: setup
	$(BIN)/penstock demo demo

test: setup lint types imports unit

setup: .venv/.done

.venv/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

lint: setup
	$(BIN)/ruff check $(PARTS)
	$(BIN)/ruff format --check $(PARTS)

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

unit: setup
	$(BIN)/pytest

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
