# What there is to do here. On a fresh machine with Python 3.11, `make demo` and `make test` need nothing else.
.DEFAULT_GOAL := help
BIN := .venv/bin
BEHAVIOUR := $(addprefix tests/server/test_,$(addsuffix .py,\
	matrix drift prune lock lost_locks nasty_values secrets interrupt kills dags))
.PHONY: help setup demo test test-versions test-fast test-oldest campaign bench check format docs lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Make .venv from the lock file
	@scripts/setup.sh

demo: setup ## Boot two real Airflows, and show status, diff, drift and apply on them
	@$(BIN)/python demo/demo.py

test: check ## Everything: checks, and all tests against real servers
	@$(BIN)/python -m pytest -n 2 -m "not server"
	@$(MAKE) --no-print-directory test-oldest
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m server
	@$(MAKE) --no-print-directory test-versions

test-versions: setup ## The tests of what envctl does, against each other Airflow that it supports
	@for version in 2.11.2 3.1.8 3.2.2; do \
		echo "Airflow $$version"; \
		ENVCTL_TEST_AIRFLOW=$$version $(BIN)/python -m pytest -n 2 --dist loadfile $(BEHAVIOUR) || exit 1; \
	done

test-fast: setup ## The tests that need no server, in under a minute
	@$(BIN)/python -m pytest -n 2 -m "not server and not programs"

test-oldest: setup ## The fast tests, and those of secret stores, with the oldest packages that pyproject.toml allows
	@scripts/setup.sh .venv-oldest requirements/oldest.txt
	@.venv-oldest/bin/python -m pytest -n 2 -m "not server and not programs and not wording"
	@.venv-oldest/bin/python -m pytest -n 2 --dist loadfile tests/stores

campaign: setup ## The long tests: 200 applies killed, 200 secrets planted, 10,000 passwords tried; half an hour
	@ENVCTL_CAMPAIGN=1 $(BIN)/python -m pytest -s tests/server/test_kills.py tests/server/test_canaries.py tests/unit/test_weak_passwords.py

bench: setup ## Measure envctl beside its peers, and write docs/performance.md anew; ONLY="noop far" for some cases
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY))

check: setup ## ruff, mypy strict, import contract, docs tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/docs

format: setup ## Format the code
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format .

docs: setup ## Write the generated pages and the JSON Schemas anew
	@$(BIN)/python scripts/reference.py
	@$(BIN)/envctl schema environment --out environments/.schema
	@$(BIN)/envctl schema spec --out environments/.schema
	@$(BIN)/envctl schema tree --out environments/.schema
	@$(BIN)/envctl schema report --out docs/reference

lock: setup ## Pin anew what development and the tests install
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --group dev --all-extras \
		--no-header --no-annotate --no-emit-index-url --output-file requirements/dev.txt pyproject.toml
	@$(BIN)/uv pip compile --quiet --resolution lowest-direct --python-version 3.11 --all-extras pyproject.toml | \
		$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --group dev --all-extras \
		--no-header --no-annotate --no-emit-index-url --constraints - --output-file requirements/oldest.txt pyproject.toml
	@echo apache-airflow-ctl | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file bench/locks/airflowctl.txt -

clean: ## Remove .venv and caches
	@rm -rf .venv .venv-oldest .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
