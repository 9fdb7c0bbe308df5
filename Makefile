# Each target makes what it needs in an empty clone. Only Python 3.11 or newer and the package index are required.
MAKEFLAGS += --no-print-directory
PYTHON_IN = .venv/bin/python
READY = .venv/.ready
# Python keeps what it has compiled: compiling all of it again would be half the start of every process.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-all check bench lock clean
help:
	@echo "make demo      the portal with invented data on http://127.0.0.1:8000 (PORT=8001 make demo for another port)"
	@echo "make test      the tests that take seconds"
	@echo "make test-all  every test"
	@echo "make check     lint, imports, migrations, production settings"
	@echo "make bench     what it costs at national scale (OFFICERS=100000 make bench for a quick look)"
	@echo "make lock      pin requirements*.in"
	@echo "make clean     remove the demonstration's data and everything made by running"

$(READY): requirements-dev.txt .ci/environment
	@sh .ci/environment
	@touch $@

# exec: signals reach the command itself.
demo: $(READY)
	@exec $(PYTHON_IN) manage.py demo

PYTEST = $(PYTHON_IN) -m pytest -q -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: $(READY)
	@exec $(PYTEST) -m "not slow and not bench" $(ARGS)

test-all: $(READY)
	@exec $(PYTEST) -m "not bench" --hypothesis-profile=long $(ARGS)

# The values stand for a production's: nothing is connected to.
PRODUCTION = env -u CSE_DEMO -u DEBUG -u CSE_EMBEDDED DATABASE_URL=postgres://cse:cse@127.0.0.1:1/cse \
	REDIS_URL=redis://127.0.0.1:1/0 EMAIL_URL=smtp://127.0.0.1:25 ALLOWED_HOSTS=portal.example \
	SECRET_KEY=check-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ \
	SIGNING_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8

check: $(READY)
	@.venv/bin/ruff check
	@.venv/bin/lint-imports --no-cache
	@$(PYTHON_IN) manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(PYTHON_IN) manage.py check --deploy --fail-level WARNING

bench: $(READY)
	@exec $(PYTHON_IN) -m benchmarks $(ARGS)

UV = UV_PYTHON_DOWNLOADS=never $$(uv --version >/dev/null 2>&1 && echo uv || echo "$(PYTHON_IN) -m uv")
COMPILE = pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links
lock: $(READY)
	@$(UV) $(COMPILE) requirements.in -o requirements.txt
	@$(UV) $(COMPILE) requirements-dev.in -o requirements-dev.txt
	@echo uv | $(UV) $(COMPILE) --no-header - -o .ci/requirements-uv.txt

clean:
	@python3 cse_portal/lib/embedded.py clean
	@rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov staticfiles
	@find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
