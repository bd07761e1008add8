# `make demo` runs the main job, `make test` passes the tests; both do all set-up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# one test worker per core, but not more than the suite's groups can use
WORKERS ?= $(shell $(PYTHON) -c "import os; print(min(os.cpu_count() or 1, 4))")

.PHONY: demo test test-long fuzz crash soak lint limitations contract pages mutants mutation coverage same screenshots bench wheel clean

$(BIN)/installed: pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)" || \
	  { echo "mock-ctrader needs Python 3.11 or newer; '$(PYTHON)' is older. Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(BIN)/installed
	@$(BIN)/mock-ctrader demo

# what takes long: every mutant, real browsers, kills and load, two databases under two servers, runs within runs
LONG := tests/mutants tests/browser tests/robust tests/scale tests/plugin

test: $(BIN)/installed lint
	@$(BIN)/python -m pytest -n $(WORKERS) --durations=10 $(addprefix --ignore=,$(LONG))

test-long: $(BIN)/installed
	@$(BIN)/python -m pytest -n $(WORKERS) --durations=10 $(LONG)

# the same checks as in `make test`, with many more cases; about 33,000 requests, some minutes on two cores
fuzz: $(BIN)/installed
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-400} FUZZ_STATEFUL_RUNS=$${FUZZ_STATEFUL_RUNS:-400} \
	  $(BIN)/python -m pytest -n $(WORKERS) tests/openapi/test_fuzz.py tests/robust/test_hostile.py

# kills the mock 50 times under load, and the reference broker 44 times in the middle of the flow; some minutes
crash: $(BIN)/installed
	@$(BIN)/python -m tests.robust.crash $${CRASH_KILLS:-50}
	@$(BIN)/python -m tests.robust.broker_crash $${CRASH_ROUNDS:-2}

# half an hour at full speed
soak: $(BIN)/installed
	@$(BIN)/python -m tests.robust.soak $${SOAK_SECONDS:-1800}

lint: $(BIN)/installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

# writes the limitations of the register of rules into the README
limitations: $(BIN)/installed
	@$(BIN)/python -m mock_ctrader.register README.md

# writes the contract's documents in the form that a server reads
contract: $(BIN)/installed
	@$(BIN)/python -m mock_ctrader.contract_form

# writes the pages of the plans and of the duties
pages: $(BIN)/installed
	@$(BIN)/python -m mock_ctrader.conformance.catalogue docs

# meets every mutant of the reference broker and prints the kill matrix; four minutes on two cores
mutants: $(BIN)/installed
	@$(BIN)/python -m mock_ctrader.conformance.kill_matrix

# plants 2,600 mistakes in the pure rules, one at a time, and prints which ones no unit test notices; a quarter of an
# hour on one core
mutation: $(BIN)/installed
	@$(BIN)/python -m tests.mutation

# which branches the tests take, servers and the harness included; twenty minutes on two cores; ONLY=unit,http measures
# these steps again and reads the rest from .coverage-steps
coverage: $(BIN)/installed
	@WORKERS=$(WORKERS) ONLY="$(ONLY)" $(BIN)/python -m tests.coverage_report

# verifies the reference broker ten times: verdicts and evidence must be the same but for volatile ids
same: $(BIN)/installed
	@$(BIN)/python -m tests.conformance.sameness 10 --plan attribution

# measures the mock, its floor and other mocks (installed into .bench); a quarter of an hour; ONLY=hot,cold,memory,growth,jobs
# chooses, QUICK=1 only looks; writes docs/bench.json, docs/bench.svg and the table in docs/performance.md
bench: $(BIN)/installed
	@$(BIN)/python -m mock_ctrader.bench $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick,$(if $(ONLY),,--out docs))

# plays a flow in Chromium and takes the README's pictures
screenshots: $(BIN)/installed
	@$(BIN)/python -m tests.browser.screenshots docs/images

wheel: $(BIN)/installed
	@$(BIN)/python -m build --wheel

clean:
	rm -rf $(VENV) build dist *.egg-info
