# What a person and CI call. Everything goes into .venv; nothing else is touched.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: install install-run demo test quick check real docs locales lock clean

install: $(VENV)/.installed

# The lock is complete, so nothing is resolved: pip would look for the newest of what is asked for with extras
# (coverage[toml]), find a newer one than the lock's and stop. `pip check` below sees to it that nothing is missing.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# What running needs and no more: a tenth of the whole, with pip's progress shown.
install-run: $(VENV)/.running

$(VENV)/.running: deploy/requirements.lock pyproject.toml
	@echo "Installing what the desk needs into $(VENV): about 200 MB, less than a minute."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --no-deps -r deploy/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

demo: $(if $(wildcard $(VENV)/.installed),install,install-run)
	$(BIN)/newsdesk demo $(ARGS)

# Four at a time on any machine: most of what the slow ones do is wait.
test: install
	$(BIN)/python -m pytest -n 4 --dist loadfile $(ARGS)

# The unit suite alone, for every save.
quick: install
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

check: install
	$(BIN)/python -m pip check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/mypy
	$(BIN)/pyright

# What is real: every walk under tests/real/, by hand and not in CI, since it installs and takes minutes.
real: install
	$(BIN)/python -m tests.real $(ARGS)

# The reference pages from the code, then the site into build/site.
docs: install
	$(BIN)/python docs/make.py
	$(BIN)/mkdocs build --quiet

# The catalogues of the chats' languages, from the code and their translations.
locales: install
	$(BIN)/python -m bot.locales.catalogues

# The lock holds everything for running, testing and benchmarking, with hashes.
lock: install
	$(BIN)/uv pip compile pyproject.toml --extra postgres --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --quiet -o deploy/requirements.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --quiet -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info build
