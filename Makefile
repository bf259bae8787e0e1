# Two commands do everything: `make site` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CALMROOM := $(BIN)/calmroom
WORKERS ?= 2
CASES ?= 1000000
SECONDS ?= 3600

.PHONY: third-party audit help site serve check test fuzz kills lint bench bench-language bench-search wheel pins schema snapshots clean

help: ## Say what can be made.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

$(VENV)/.site: requirements/site.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Calmroom needs Python 3.11 or newer; say which with: make site PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/site.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.site
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	touch $@

$(VENV)/.builders: requirements/builders.txt
	test -x $(VENV)/builders/bin/python || $(PYTHON) -m venv $(VENV)/builders
	$(VENV)/builders/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/builders.txt
	touch $@

site: $(VENV)/.site ## Make the environment and build the site into site/.
	$(CALMROOM) build --strict

serve: $(VENV)/.site ## Show the site on this machine and reload it as files change.
	$(CALMROOM) serve

check: $(VENV)/.site ## Check every record.
	$(CALMROOM) check

test: $(VENV)/.test $(VENV)/.builders ## Run every test, those in a browser included.
	$(BIN)/python -m tests.browser.find
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

fuzz: $(VENV)/.test ## Give every reader mutated files, guided by what they reach, until CASES or SECONDS are over.
	$(BIN)/python -m tests.hostile.fuzz --save --cases $(CASES) --seconds $(SECONDS)

kills: $(VENV)/.test ## Kill build, import, new and library copy at a hundred random moments.
	$(BIN)/python -m tests.hostile.kills --kills 100

lint: $(VENV)/.test ## Check style and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.test $(VENV)/.builders ## Compare our build with plain MkDocs and Material, say what an author waits for, open pages.
	$(BIN)/python -m benchmarks.build
	$(BIN)/python -m benchmarks.waits
	$(BIN)/python -m benchmarks.pages

bench-language: $(VENV)/.site ## Say how precise the check of blame and hindsight is, on labelled sentences.
	$(BIN)/python -m benchmarks.language --errors

bench-search: $(VENV)/.test ## Search in a real browser: ours beside Material's, on the corpus and our own records.
	$(BIN)/python -m benchmarks.search --large 10000

wheel: $(VENV)/.test ## Make a wheel and a source distribution in dist/, and a bill of materials beside them.
	$(BIN)/python -m hatchling build -d dist
	$(BIN)/cyclonedx-py requirements requirements/site.txt --pyproject pyproject.toml --output-reproducible --sv 1.6 --of JSON -o dist/calmroom.cdx.json

third-party: $(VENV)/.test ## Write THIRD_PARTY.md anew: every package and its licence.
	$(BIN)/python -m requirements.third_party

audit: $(VENV)/.test ## Look the pinned packages up in a database of weaknesses on this machine (DATABASE=DIR).
	$(BIN)/python -m requirements.audit $(DATABASE)

schema: $(VENV)/.site ## Write the JSON Schema of a record anew.
	$(CALMROOM) schema --write

snapshots: $(VENV)/.test ## Write the page snapshots anew; read the diff before you commit it.
	$(BIN)/python -m pytest tests/site/test_pages_snapshot.py --snapshot-update

pins: ## Write requirements/*.txt anew (needs uv on the PATH).
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q pyproject.toml --group build -o requirements/site.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q pyproject.toml --group build --group test --group lint -o requirements/test.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q --group builders -o requirements/builders.txt

clean: ## Remove what was built.
	rm -rf site .cache $(VENV)
