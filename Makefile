# Needs python3 (3.11 to 3.14) and make; everything else is put into .venv.
PYTHON ?= python3
UV     := 0.13.9
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TOOLS  := $(VENV)/.proof
TWO    := -n 2 --dist loadfile --no-loadscope-reorder

# Python keeps what it has compiled, whatever the shell says: else each of some hundred processes compiles all of it anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup report lab app test check bench prove fuzz mutate coverage supply fields picture lock clean
.PHONY: test-others test-browser

help: ## this list
	@awk -F ': .*## |: ## ' '/^[a-z]+:.* ## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the environment in .venv, nothing else

report: $(READY) ## write the report of data/scenarios/node_api.json
	$(BIN)/lambdaplan report data/scenarios/node_api.json

lab: $(READY) ## open the workbook in JupyterLab
	$(BIN)/lambdaplan lab

app: $(READY) ## open the explorer alone, as a page that runs already
	$(BIN)/lambdaplan lab --app

# Side by side: while a page, a kernel or a server is waited for, the other tests have both cores.
test: $(READY) ## run all tests; those in a browser need Chromium and are skipped without it
	@mkdir -p build
	@$(MAKE) --no-print-directory -k -j 2 test-others test-browser; code=$$?; cat build/browser.txt; exit $$code

# Two calls of pytest, as a page's event loop and those of kernels do not go together; make's own options are none of theirs.
test-others:
	@MAKEFLAGS= $(BIN)/python -m pytest $(TWO) --ignore=tests/browser --output=build/others

test-browser:
	@MAKEFLAGS= $(BIN)/python -m pytest $(TWO) tests/browser > build/browser.txt 2>&1

check: $(READY) ## linters, types, direction of imports, notebooks stored without output
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb

bench: $(READY) ## measure and write build/bench.json (ONLY=name for one)
	$(BIN)/python tests/bench.py $(ONLY)

prove: $(READY) ## the long proofs: the tests with ten and more times as many random cases
	LAMBDAPLAN_PROVE=1 $(BIN)/python -m pytest $(TWO) --ignore=tests/browser --hypothesis-profile=prove
	LAMBDAPLAN_PROVE=1 $(BIN)/python -m pytest $(TWO) tests/browser

fuzz: $(TOOLS) ## ten minutes of coverage-guided fuzzing for each reader (ONLY=name for one, SECONDS=n each)
	$(BIN)/python tests/fuzz/fuzz.py $(ONLY) --seconds $(or $(SECONDS),600)

mutate: $(TOOLS) ## change the money core in COUNT places drawn by SEED; which changes do its tests notice?
	$(BIN)/python tests/mutation/mutate.py --seed $(or $(SEED),1) --count $(or $(COUNT),600)

coverage: $(TOOLS) ## branches that the tests without a browser reach
	$(BIN)/python -m pytest -q $(TWO) --ignore=tests/browser --cov=lambdaplan --cov-branch --cov-report=term:skip-covered

supply: $(TOOLS) ## write build/supply: what is installed, under which licence, and what is known against it
	$(BIN)/python tests/supply/supply.py build/supply

fields: $(READY) ## write docs/scenario.md and data/schema/ after a field has changed
	$(BIN)/lambdaplan fields --markdown > docs/scenario.md
	$(BIN)/lambdaplan schema scenario > data/schema/scenario.json
	$(BIN)/lambdaplan schema usage > data/schema/usage.json
	$(BIN)/lambdaplan schema rates > data/schema/rates.json

picture: $(READY) ## draw the README's picture, docs/ladder.svg
	$(BIN)/python docs/picture.py docs/ladder.svg

lock: $(VENV)/.uv-$(UV) ## resolve pyproject.toml anew into requirements/lock.txt (needs the network)
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade --group test pyproject.toml -o requirements/lock.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group pyproject.toml:proof -c requirements/lock.txt -o requirements/proof.txt

clean: ## remove the environment and what tools left behind; reports stay
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find lambdaplan tests -name __pycache__ -prune -exec rm -rf {} +

# The pinned installer first, then everything else by hash.
$(VENV)/.uv-$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
		{ echo "error: $(PYTHON) is not Python 3.11 to 3.14. Try make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV)
	@touch $@

$(READY): $(VENV)/.uv-$(UV) requirements/lock.txt pyproject.toml
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync -q --require-hashes requirements/lock.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

# What the long proofs need beside it.
$(TOOLS): $(READY) requirements/proof.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes -r requirements/proof.txt
	@touch $@
