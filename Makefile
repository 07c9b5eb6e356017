# Ward: one command for each thing a person does here. `make` alone lists them.

BIN   := .venv/bin
CORES := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; echo $$n)

# Tests that may fail once in a run if they then pass; each is told with its trace (decision 0036).
AGAIN := 2

# A process of Ward starts a fifth sooner when it finds its modules compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo dev test check fix lock bench chaos fuzz journey clean prepare-run prepare-dev

help: ## list these commands
	@sed -nE 's/^([a-z]+):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s%s\n", $$1, $$2}' 

demo: prepare-run ## start the hospital: servers, cast, simulator; prints the address and the sign-ins
	@exec $(BIN)/python -m tools.tied $(BIN)/ward demo

dev: prepare-dev ## the demo, started again whenever a file changes
	@exec $(BIN)/python -m tools.tied $(BIN)/ward demo --reload

test: prepare-dev ## every test, with a Chromium if none is there
	@$(BIN)/python -m tools.chromium
	@$(BIN)/python -m pytest -n $(CORES) --dist worksteal \
	  --reruns 1 --max-suite-reruns $(AGAIN) --rerun-show-tracebacks $(T)

check: prepare-dev ## linters, types, import law, templates, migrations
	@tools/check

fix: prepare-dev ## put right what the linters can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: prepare-dev ## write the lock files anew after a change of pyproject.toml
	@tools/lock

bench: prepare-dev ## measurements: ratios and distributions, not verdicts
	@$(BIN)/python -m tools.chromium
	@$(BIN)/python -m bench

chaos: prepare-dev ## nightly: killed nodes, stores, networks; every cell of the matrix of rights
	@TEST_SIZE=nightly $(BIN)/python -m pytest -o faulthandler_timeout=3600 tests/chaos tests/contracts/test_matrix.py tests/contracts/test_matrix_mutation.py

fuzz: prepare-dev ## strange input at nightly size
	@TEST_SIZE=nightly $(BIN)/python -m pytest -o faulthandler_timeout=3600 -m fuzz

journey: prepare-dev ## one journey through a browser: make journey J=2
	@test -n "$(J)" || { echo "Say which journey: make journey J=2" >&2; exit 2; }
	@$(BIN)/python -m tools.chromium
	@$(BIN)/python -m pytest -s tests/browser/test_journey_$(J)_*.py

clean: ## remove the environment; the data in .ward stays
	@rm -rf .venv

# The environment as the lock files say; a stamp makes the second time free.
prepare-run:
	@tools/prepare run
prepare-dev:
	@tools/prepare dev
