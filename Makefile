# Two commands on a fresh machine: `make demo` and `make test`. Each makes its own .venv from the locked dependency set.
# A distribution's own interpreter is compiled with profiles of its use, which pyenv's is not by default: some 15 % faster on all we do.
PYTHON ?= $(shell /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo /usr/bin/python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
.DEFAULT_GOAL := help

.PHONY: help demo test lint kafka chaos bench quix eval lock clean
help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/'

demo: $(RUN_STAMP)  ## broker, worker, simulator and a live view of the alerts (DEMO_ARGS="--seconds 60 --json")
	@exec $(BIN)/tidewaiter demo $(DEMO_ARGS)

test: $(DEV_STAMP) lint  ## every check: style, types, architecture, tests on the embedded broker and on Apache Kafka
ifdef TEST_ARGS
	$(BIN)/python -m pytest $(TEST_ARGS)
else
	$(BIN)/python -m pytest -n 2 --dist loadfile -m 'not broker and not e2e'
	$(BIN)/python -m pytest -m 'broker or e2e'  # one after the other: sessions of a few seconds do not bear a busy machine
endif

lint: $(DEV_STAMP)  ## style, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

kafka: $(DEV_STAMP)  ## Apache Kafka on loopback until Ctrl-C, fetched with Maven; prints its address (KAFKA_ARGS="--nodes 3")
	@exec $(BIN)/python -m tests.support.apache_kafka $(KAFKA_ARGS)

chaos: $(DEV_STAMP)  ## kills, pauses, full disks, poison, clock jumps on Apache Kafka: what was lost, what was learned twice (CHAOS_ARGS="--short --json")
	@exec $(BIN)/python -m tests.chaos $(CHAOS_ARGS)

bench: $(DEV_STAMP) $(if $(findstring --service,$(BENCH_ARGS)),quix)  ## goods items per second beside a stock River pipeline (BENCH_ARGS="--json"), or of the service on Apache Kafka ("--service --json"), or container moves ("--movements --json")
	@exec $(BIN)/python -m tests.bench $(BENCH_ARGS)

# Apart from the environment: it wants an older pydantic. Where it cannot be fetched, the bench goes on without it, and says so.
quix: $(DEV_STAMP)
	@test -d .build/quix/quixstreams || $(BIN)/python -m pip install -q --disable-pip-version-check --target .build/quix 'quixstreams>=3.28,<3.29' >&2 || true

eval: $(DEV_STAMP)  ## detection quality on the public KCS files and on the simulator (EVAL_ARGS=...)
	@exec $(BIN)/python -m tests.bench.evaluate $(EVAL_ARGS)

lock:            ## resolve pyproject.toml anew into requirements*.lock
	uv pip compile -q pyproject.toml --custom-compile-command 'make lock' --universal --python-version 3.11 --generate-hashes --group build -o requirements.lock
	uv pip compile -q pyproject.toml --custom-compile-command 'make lock' --universal --python-version 3.11 --generate-hashes --group build --group dev -c requirements.lock -o requirements-dev.lock

# Debian splits ensurepip off into python3-venv; where it is missing, virtualenv from PyPI makes the same thing.
$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	  $(PYTHON) -m pip install -q --target .build/virtualenv 'virtualenv>=20,<22' && PYTHONPATH=.build/virtualenv $(PYTHON) -m virtualenv -q $(VENV); }

$(RUN_STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -c 'import stream_app.app'  # compiles the kernels, once
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:           ## remove the environment and all caches
	rm -rf $(VENV) .build .pytest_cache .mypy_cache .ruff_cache .hypothesis
