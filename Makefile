# Two commands matter: `make run` and `make test`. `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
PYTEST := $(BIN)/pytest -q -n auto

.PHONY: help run test lint types walls unit laws integration scenarios fuzz storm mutated mutants bench diagram pictures clean ready neighbours

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 22

run: ## start the gateway; the first start prepares everything
	@.ci/debian run || echo "going on with what this machine has"
	@.ci/python run
	@$(BIN)/gateway init
	@trap 'true' INT; $(BIN)/gateway run

test: ready neighbours lint types ## every check and every test, real neighbours included
	@$(NEIGHBOURS) $(PYTEST) tests

lint: ready ## style: ruff, and its formatter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: ready ## mypy, strict
	@$(BIN)/mypy

walls: ready ## import contracts, sizes, words, documents
	@$(BIN)/lint-imports --no-logo
	@$(PYTEST) tests/architecture

unit: ready ## unit tests, contracts, vectors: no network, no neighbours
	@$(PYTEST) $(wildcard tests/unit tests/contracts tests/vectors tests/decisions tests/badconfig)

laws: ready ## the ten laws as properties
	@$(PYTEST) tests/laws tests/unit/model

integration: ready neighbours ## real gpg, 7z, openssl and Postfix
	@$(NEIGHBOURS) $(PYTEST) $(wildcard tests/integration tests/hostile)

scenarios: ready neighbours ## whole stories, from the front door to the ledger
	@$(NEIGHBOURS) $(PYTEST) $(wildcard tests/scenarios)

fuzz: ready neighbours ## the slow tests: ten thousand examples for each property, long runs
	@HYPOTHESIS_PROFILE=nightly $(NEIGHBOURS) $(PYTEST) --timeout 3600 -m 'slow or not slow' tests/laws tests/hostile tests/unit
	@$(NEIGHBOURS) $(PYTEST) --timeout 3600 -m slow tests

storm: ready neighbours ## ten thousand mails through a gateway that is harmed two hundred times: killed, without a disk, without flushes (STORM="--harm 20 --messages 1000" for less)
	@$(NEIGHBOURS) $(BIN)/python tests/storm/run.py $(STORM)

mutated: ready neighbours ## a hundred thousand damaged mails through the whole house, byte by byte (an hour; MUTATED="--mails 2000" for less)
	@$(NEIGHBOURS) $(BIN)/python tests/robustness/run.py $(MUTATED)

mutants: ready ## changes decide in a thousand small ways; the tests must notice (an hour; MUTANTS="--sample 300" for less)
	@$(BIN)/python tests/mutants/run.py $(MUTANTS)

bench: ready ## the README's figures of the walk, of reading and of mail; it names the commands of the others
	@$(BIN)/gateway bench pipeline
	@$(BIN)/gateway bench extract
	@$(BIN)/gateway bench scan
	@$(BIN)/gateway bench smtp

diagram: ready ## redraw the lifecycle diagrams of gateway/README.md from their tables
	@PYTHONPATH=. $(BIN)/python tests/architecture/lifecycle_diagram.py

pictures: ready neighbours ## draw the pictures of the console anew (gateway/docs/pictures/console), with Debian's Chromium
	@PYTHONPATH=. $(BIN)/python tests/console/pictures.py

clean: ## remove what was built; keys, transfers and the environment stay
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	@find gateway tests -name __pycache__ -type d -prune -exec rm -rf {} +

ready:
	@.ci/python test

# Where every neighbour could be installed, a test may not skip one.
neighbours:
	@.ci/debian test || echo "tests that need them are skipped by name"
NEIGHBOURS = env $$(.ci/debian test look 2>/dev/null && echo REQUIRE_NEIGHBOURS=1)
