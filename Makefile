# Thin lines that call the tools; `make demo` and `make test` are all that a newcomer needs.
PYTHON := .venv/bin/python

.PHONY: demo run test check bench shots setup

demo: setup ## open the window on a private sandbox with demo traffic
	$(PYTHON) main.py --demo

run: setup ## open the window
	$(PYTHON) main.py

test: setup ## run every test
	$(PYTHON) -m pytest --numprocesses=2 --dist=loadfile

check: setup ## format, lint, types and house rules
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest -q tests/test_house_rules.py

bench: setup ## measure, side by side with the peers, and write docs/benchmarks.md
	scripts/setup-bench
	$(PYTHON) -m tests.bench --markdown docs/benchmarks.md

shots: setup ## a picture of every page in both themes
	$(PYTHON) main.py --demo --seconds 30 --shots shots

setup:
	@scripts/setup
