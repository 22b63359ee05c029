# make            set up .venv and rebuild every result from the raw data
# make test       set up .venv and run the tests
# make validate   the slow checks: simulation sizes, full kill and breakage sets, LaTeX, LibreOffice, Chromium
# make bench      processor time of the procedures, the peers beside them (those in R where Rscript and plm are there)
# Needs python3 >= 3.11 with venv, and make; PYTHON=/path/to/python3.12 picks another interpreter.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Byte code matters: without it importing the econometric stack costs three times as much in every job.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH
export PYTHONNOUSERSITE := 1

.PHONY: all test validate bench index lock clean
all: .venv/.ready
	$(BIN)/snakemake

test: .venv/.ready-dev
	$(BIN)/ruff check src tests workflow bench
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2

validate: .venv/.ready-dev
	$(BIN)/python -m pytest -n 2 -m "external or slow"
	$(BIN)/python -m tests.simulation.size_power

bench: .venv/.ready-dev
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench

index: .venv/.ready-dev
	$(BIN)/python -m clustertrade.registry
	$(BIN)/python -m clustertrade.study.schema
	$(BIN)/python -m tests.goldens.report

.venv/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "clustertrade needs python3 >= 3.11: $(PYTHON) is not there" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(f"clustertrade needs Python >= 3.11; $(PYTHON) is {v[0]}.{v[1]}: try make PYTHON=python3.12" if v < (3, 11) else 0)'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "clustertrade needs the venv module: on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --compile --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	$(BIN)/python -m pip install --quiet --compile --require-hashes -r requirements-dev.lock
	touch $@

# For maintainers, with uv at hand: locks carry names, versions and hashes, no address.
lock:
	echo flit_core | uv pip compile pyproject.toml - --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links -q -o requirements.lock
	uv pip compile requirements-dev.in --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links -q -o requirements-dev.lock

clean:
	rm -rf results data/processed logs benchmarks .snakemake
