# Two commands matter: `make demo` shows the whole product, `make test` proves it. Both set everything up.
SHELL := /bin/sh
.DEFAULT_GOAL := help
UV = $$(sh tools/ensure_uv.sh)
RUN = $(UV) run --frozen --no-sync
ASSETS = src/warikan/web/assets
DIST = src/warikan/web/static/dist
PORT ?= 8765
DEMO ?= demo

.PHONY: help setup assets demo test check fix docs bench bench-bills bench-incidents conformance-official chaos clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

setup: .venv/.synced assets ## Install everything (uv, Python packages, the page's bundle)

.venv/.synced: pyproject.toml uv.lock
	@echo "installing Python packages ..."
	@$(UV) sync --frozen --quiet --compile-bytecode
	@.venv/bin/python -m compileall -q src
	@touch $@

assets: $(DIST)/.built ## Build the page's JavaScript and CSS

$(DIST)/.built: $(ASSETS)/package-lock.json $(shell find $(ASSETS) -type f -not -path '*/node_modules/*' 2>/dev/null)
	@echo "building the page's assets ..."
	@cd $(ASSETS) && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@

demo: setup ## Make the demo company, load and allocate its bills, serve the page
	@$(RUN) warikan demo $(DEMO) --port $(PORT)

test: setup ## Run every test
	@sh tools/ensure_chromium.sh
	@sh tools/ensure_prometheus.sh
	@sh tools/ensure_azurite.sh
	@$(RUN) pytest -q -n 2 --dist loadfile

check: setup ## Lint, types, import contracts, formatting
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports
	@echo "check: all clean"

fix: setup ## Format and repair what can be repaired
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

docs: setup ## Write the references of commands and settings
	@$(RUN) python tools/generate_docs.py
	@$(RUN) python tools/generate_repairs.py

bench: setup ## Measure speed and memory, each beside its yardstick (about 10 minutes)
	@$(RUN) python -m bench

chaos: setup ## Kill a process a hundred times while it changes the state, and see that nothing is lost
	@WARIKAN_KILLS=100 $(RUN) pytest -q tests/operate/lives tests/operate/notify/test_delivery_kills.py

conformance-official: setup ## Compare the conformance check with the official validator, rule by rule and in speed
	@sh tools/official_conformance.sh
	@$(RUN) pytest -q tests/conformance/test_against_official.py
	@$(RUN) python -m bench.conformance --official

bench-bills: setup ## Measure the reading and conversion of AWS reports (about 3 minutes)
	@$(RUN) python -m bench.native_bills

bench-incidents: setup ## Score the detector on 25 simulated companies, beside four simple ones (some minutes)
	@$(RUN) python -m bench.incidents

clean: ## Remove what make has made (not your data)
	rm -rf .venv .tools $(DIST) $(ASSETS)/node_modules .mypy_cache .ruff_cache .pytest_cache
