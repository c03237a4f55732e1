# make demo          the demo on http://127.0.0.1:8000 (another port: make demo PORT=9000)
# make cluster       the demo by two processes, on two ports and one Redis: PORT and the next one
# make test          every check and every test; some of them alone: make pytest ARGS="tests/store -k draft", all of them
#                    in one process: make pytest WORKERS=0
# make test-matrix   the Python tests on each supported Python and Django that is here
# make bench         every benchmark, kept in build/benchmarks.txt
# make soak          the tests of several processes over one log, at full size: ten times as long (or: make soak SOAK=2)
# make docs          the documentation as a site, in site/
# make clean         removes what the others made
#
# Everything is relative to this folder and quoted, so it may stand in a path with spaces.

VENV := .venv
PYTHON := $(VENV)/bin/python
PORT := 8000
ARGS :=
# Processes that share the tests, file by file. More than there are cores would make those wait that start servers.
WORKERS := auto
SOAK := 10
SOAKED := $(wildcard tests/replication/test_cluster_*.py) tests/replication/test_redis_processes.py

.NOTPARALLEL:
.PHONY: help demo cluster test lint types imports client programs pytest test-matrix bench soak docs bundle environment clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

environment:
	@python="$$(scripts/find_python.sh)" && "$$python" scripts/prepare.py $(VENV)

bundle: environment
	@$(PYTHON) scripts/client.py build

demo: bundle
	@exec $(PYTHON) scripts/serve_demo.py $(PORT)

cluster: bundle
	@$(PYTHON) scripts/programs.py redis-server > /dev/null
	@exec $(PYTHON) scripts/serve_cluster.py $(PORT)

# pytest is last, so that its closing line is.
test: bundle programs lint types imports client pytest

lint: environment
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: environment
	$(PYTHON) -m mypy --strict liveex_django demo_project scripts hatch_build.py

imports: environment
	$(VENV)/bin/lint-imports

client: environment
	$(PYTHON) scripts/client.py check

programs: environment
	@$(PYTHON) scripts/programs.py redis-server chromium

pytest: bundle programs
	$(PYTHON) -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile $(ARGS)

test-matrix: bundle programs
	@$(PYTHON) scripts/matrix.py $(ARGS)

bench: bundle programs
	@$(PYTHON) scripts/bench.py

soak: bundle programs
	LIVEEX_SOAK=$(SOAK) $(PYTHON) -m pytest $(SOAKED) $(ARGS)

# Strict: a broken link, or a page that the navigation does not name, is an error.
docs: environment
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --quiet
	@echo "The documentation is in site/; its first page is site/index.html."

clean:
	rm -rf $(VENV) build dist site liveex_django/static/liveex_django liveex_django/client/node_modules
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
