# `make demo` and `make test` do all the set-up on a fresh machine.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --prefer-binary --constraint constraints.txt
WORKERS ?= 2

# one thread per test process: many small tensors run faster so
export OMP_NUM_THREADS ?= 1

.PHONY: demo test test-long lint types contracts tests browser docs gallery benchmark constraints clean install-browser

demo: .venv/installed
	$(BIN)/regard compare task=digits mechanism=softmax,linear,uniform training.epochs=10 training.evaluate_every=80 model.dropout=0 seeds=5 'grid=[0.003]' --out demo
	$(BIN)/regard compare task=recall mechanism=softmax,linear,delta seeds=3 'grid=[0.003,0.01]' --out demo
	$(BIN)/regard compare task=state_tracking mechanism=softmax,delta mechanism.delta.negative_eigenvalues=true task.samples=20000 'task.lengths=[32,64]' \
		model.positions=none model.layers=1 model.features=32 model.heads=2 model.hidden=64 training.epochs=4 training.evaluate_every=150 seeds=3 'grid=[0.01]' --out demo
	$(BIN)/regard report demo

test: lint types contracts tests

lint: .venv/installed-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: .venv/installed-dev
	$(BIN)/mypy

contracts: .venv/installed-dev
	$(BIN)/lint-imports

tests: .venv/installed-dev browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-long: .venv/installed-dev browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m long

# the pages are tested in a real browser
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	$(MAKE) install-browser

install-browser:
	@command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] \
		|| { echo "The pages are tested in Chromium: install it (chromium on the PATH), then run make test again."; exit 1; }
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu-core >/dev/null

# the tables that are made by commands, never typed
docs: .venv/installed-dev
	$(BIN)/regard check all --markdown docs/conformance.md
	$(BIN)/regard check all --kind task --markdown docs/task_conformance.md
	$(BIN)/regard check all --kind layer --markdown docs/layer_conformance.md
	$(BIN)/regard check all --kind optimizer --markdown docs/optimizer_conformance.md
	$(BIN)/python scripts/our_results.py
	$(BIN)/python scripts/catalog_page.py
	$(BIN)/python scripts/references.py
	$(BIN)/python scripts/update_readme.py

# pictures of the lens's page, from runs that are trained for them
gallery: .venv/installed-dev browser
	$(BIN)/python scripts/lens_gallery.py

benchmark: .venv/installed-dev
	$(BIN)/python benchmarks/shell_overhead.py
	$(BIN)/python benchmarks/merged_projections.py
	$(BIN)/python benchmarks/loop_overhead.py
	$(BIN)/python benchmarks/packed_seeds.py
	$(BIN)/python benchmarks/data_share.py
	$(BIN)/python benchmarks/streaming_overhead.py
	$(BIN)/python benchmarks/generation.py

constraints: .venv/installed-dev
	{ sed -n '/^#/p' constraints.txt; \
	  $(BIN)/pip list --format=freeze --exclude-editable | grep -viE '^(pip|setuptools)==' | sed 's/+cpu//'; } > constraints.new
	mv constraints.new constraints.txt

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable .
	touch $@

.venv/installed-dev: .venv/installed tests/peers/requirements.txt
	$(INSTALL) --editable '.[dev]'
	$(INSTALL) --no-deps --requirement tests/peers/requirements.txt
	touch $@

clean:
	rm -rf .venv demo build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
