# run and test do all of their set-up on a machine that has only Python >= 3.11, make and a network.

PYTHON ?= python3
CORES ?= all

BIN := .venv/bin
RUN_READY := .venv/ready-to-run
DEV_READY := .venv/ready-to-develop
BENCH_READY := .venv/ready-to-bench
CLUSTER_READY := .venv/ready-for-clusters
CRATE_READY := .venv/ready-for-crates
# Progress and errors, without what each job reads and writes.
SNAKEMAKE_OPTIONS := --quiet rules reason
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

# Small matrices gain nothing from BLAS threads; Snakemake sets this by itself for its jobs.
export OMP_NUM_THREADS := 1

.PHONY: run resume cluster crate test test-slow test-slurm check format bench readme lock clean

run: $(RUN_READY)  ## the default run; its summary is results/report.html
	$(BIN)/python -m snakemake $(SNAKEMAKE_OPTIONS) --cores $(CORES)
	@echo "The report: results/report.html"

resume: $(RUN_READY)  ## finish a run that was killed; refused while it is alive
	$(BIN)/python -m snakemake --unlock
	$(BIN)/python -m snakemake $(SNAKEMAKE_OPTIONS) --rerun-incomplete --cores $(CORES)
	@echo "The report: results/report.html"

cluster: $(CLUSTER_READY)  ## what runs on a cluster need on top; then snakemake --profile profiles/slurm

crate: $(CRATE_READY)  ## what the export as an RO-Crate needs on top; then snakemake crate

test: $(DEV_READY)  ## the tests, but for the slow ones
	$(BIN)/python -m pytest --numprocesses auto --dist loadscope

test-slow: $(DEV_READY)  ## the slow tests: the default run, kills, bootstrap samples
	$(BIN)/python -m pytest -m slow

test-slurm: $(DEV_READY) $(CLUSTER_READY)  ## the tests on a Slurm that they start, as root
	$(BIN)/python -m pytest -m slurm

check: $(DEV_READY)  ## lint, formatting, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check .
	$(BIN)/python -m snakemake --lint

format: $(DEV_READY)  ## bring the code to its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt .

bench: $(BENCH_READY)  ## speed and memory beside scikit-learn, oneDAL and mclust: most of an hour
	PYTHONPATH=. $(BIN)/python benchmarks/em_iterations.py
	PYTHONPATH=. $(BIN)/python benchmarks/model_selection.py
	PYTHONPATH=. $(BIN)/python benchmarks/fixed_points.py
	PYTHONPATH=. $(BIN)/python benchmarks/start_kinds.py
	PYTHONPATH=.:workflow/scripts $(BIN)/python benchmarks/job_needs.py
	PYTHONPATH=.:workflow/scripts $(BIN)/python benchmarks/large_data.py
	PYTHONPATH=. $(BIN)/python benchmarks/readme_table.py

readme: $(RUN_READY)  ## what an edit of each key runs again, from the schema into config/README.md
	$(BIN)/python workflow/schemas/reruns_column.py

lock: $(DEV_READY)  ## pin what pyproject.toml asks for, for all supported Pythons and systems
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--group run --output-file requirements.lock > /dev/null
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--group dev --constraints requirements.lock --output-file requirements-dev.lock > /dev/null
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--group cluster --constraints requirements.lock --output-file requirements-cluster.lock \
		> /dev/null
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--group crate --constraints requirements-dev.lock --output-file requirements-crate.lock \
		> /dev/null
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--group bench --constraints requirements-dev.lock --output-file requirements-bench.lock \
		> /dev/null

clean:  ## remove what runs and set-up made
	rm -rf results results.crate.zip logs .snakemake .venv \
		.pytest_cache .mypy_cache .ruff_cache .hypothesis

$(RUN_READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than 3.11; name another: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) -r requirements.lock
	@touch $@

$(DEV_READY): requirements-dev.lock $(RUN_READY)
	$(INSTALL) -r requirements-dev.lock
	@touch $@

$(CLUSTER_READY): requirements-cluster.lock $(RUN_READY)
	$(INSTALL) -r requirements-cluster.lock
	@touch $@

$(CRATE_READY): requirements-crate.lock $(RUN_READY)
	$(INSTALL) -r requirements-crate.lock
	@touch $@

$(BENCH_READY): requirements-bench.lock $(DEV_READY)
	$(INSTALL) -r requirements-bench.lock
	@touch $@
