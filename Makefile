# make demo: install and run the main job. make test: install and run what CI runs. Both are fast when run again.
PYTHON ?= python3
BIN := .venv/bin
# One pip for all of it; the locks hold hashes, so nothing that was not locked is installed.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install

.PHONY: setup demo test lint bench docs clean lock

setup: .venv/cpu.done

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "atolye needs Python 3.11 or later; set PYTHON=...")'
	$(PYTHON) -m venv .venv

.venv/cpu.done: .venv/bin/python requirements/cpu.txt pyproject.toml
	test -e .venv/dev.done || $(PIP) --require-hashes -r requirements/cpu.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev.done: .venv/bin/python requirements/dev.txt pyproject.toml
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch .venv/cpu.done $@

demo: .venv/cpu.done
	$(BIN)/atolye demo

test: .venv/dev.done
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: .venv/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Takes long and wants a quiet machine; results go to benchmarks/results/. By themselves, since they take hours or an
# argument: speedrun.py, speedrun_jax.py, speedrun_torch.py, speedrun_tricks.py, time_to_accuracy.py.
bench: .venv/dev.done
	export TF_ENABLE_ONEDNN_OPTS=1; for file in $(filter-out %/speedrun.py %/speedrun_jax.py %/speedrun_torch.py %/speedrun_tricks.py %/time_to_accuracy.py,$(wildcard benchmarks/*.py)); do \
	  $(BIN)/python $$file || exit 1; done

# Writes what is generated in docs/reference: cli.md from the commands' own help, a folder's page from its docstrings.
docs: .venv/dev.done
	$(BIN)/python docs/generate_cli.py
	$(BIN)/python docs/generate_reference.py

# Needs uv. The locks name no index host.
lock:
	for extra in cpu dev; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra $$extra \
	  pyproject.toml requirements/build.in --output-file requirements/$$extra.txt || exit 1; done

clean:
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache
