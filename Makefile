# The book's commands. Each sets up what it needs first, once.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# What pip is told elsewhere to do with packages, and Python to load, is not for here.
PIP := PIP_USER=0 PIP_PYTHON= PIP_TARGET= PIP_PREFIX= PIP_ROOT= PIP_CONSTRAINT= PIP_REQUIRE_HASHES=0 PIP_DRY_RUN=0 \
  PIP_NO_BINARY= PIP_ONLY_BINARY= $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
unexport $(filter PYTHON%,$(.VARIABLES))
# Else Python takes the path of the folder for ASCII where the locale is C.
export PYTHONUTF8 := 1
# Says where the package is. Python reads it as the locale has it, so it holds no name of a folder above the book.
PTH := .venv/lib/python*/site-packages/doorgroeien.pth
# Where the packages are, noted when they are installed. A folder that was copied or renamed has others' packages,
# and so has one whose Python was replaced: .venv is then made anew.
WHERE := $(BIN)/python -X utf8 -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
ifneq "$(shell $(WHERE) 2>/dev/null || echo none)" "$(shell cat $(READY) 2>/dev/null)"
.PHONY: $(READY)
endif
# File by file, in the order of tests/conftest.py.
# Three workers for two cores: one that waits for a build leaves its core to the others.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	@echo "Setting up .venv (once; a few minutes)"
	@$(PYTHON) -m venv --clear .venv || { echo "Python cannot make a virtual environment. On Debian: apt install python3-venv" >&2; exit 1; }
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --editable .
	@echo ../../../../src | tee $(PTH) >/dev/null
	@test -x $(BIN)/doorgroeien || { echo "pip installed elsewhere than into .venv. See what sends it there: pip config list" >&2; exit 1; }
	@$(WHERE) >$(READY).new && mv $(READY).new $(READY)

book: $(READY)  ## build the site into _build/html; with SURVEY=PATH, on the answers there
	@$(BIN)/doorgroeien build

pdf: $(READY)  ## print the book and each chapter as PDF into the site, with Chromium
	@$(BIN)/doorgroeien pdf

static: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/codespell

check: static  ## check format, style, types and spelling, and run the unit tests: for use while working
	@$(PYTEST) -m "not slow" tests

coverage: $(READY)  ## measure which lines the unit tests run, and list the least covered modules
	@$(PYTEST) -m "not slow" --cov --cov-report= tests
	@$(BIN)/coverage report --skip-covered --sort=cover | sed -n '1,12p;/^TOTAL/p'

test: static  ## run everything that proves the repository sound
	@$(PYTEST)

elsewhere: $(READY)  ## run the notebooks as other machines would; with ONLY="plain perturbed", those variants
	@$(BIN)/python tests/elsewhere.py $(ONLY)

site-check: $(READY)  ## open every page of the built site in Chromium and check it
	@command -v node >/dev/null && node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' || { echo "Node.js 20 or newer is needed. On Debian: apt-get install nodejs npm" >&2; exit 1; }
	@cd tests/site && { cmp -s package-lock.json node_modules/.installed || { echo "Setting up tests/site (once)" && npm ci --loglevel=error --ignore-scripts && cp package-lock.json node_modules/.installed; }; }
	@site="$$($(BIN)/doorgroeien where)" && CHROMIUM="$(CHROMIUM)" node tests/site/check.mjs "$$site"

notebooks: $(READY)  ## re-execute the notebooks and store their outputs
	@$(BIN)/doorgroeien execute

hashes: $(READY)  ## accept changed tables: renew their hashes in data/datapackage.json
	@$(BIN)/doorgroeien hashes

validation: $(READY)  ## draw populations with a known truth, and count how often the method is right (hours)
	@$(BIN)/doorgroeien validation

links: $(READY)  ## ask whether the addresses of works and documents still answer
	@$(BIN)/doorgroeien links

lab: $(READY)  ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab $(LAB) notebooks

serve: $(READY)  ## show the built site on http://localhost:8000; with SURVEY=PATH, the one on the answers there
	@site="$$($(BIN)/doorgroeien where)" && $(BIN)/python -m http.server --bind 127.0.0.1 --directory "$$site" 8000

release: $(READY)  ## freeze the tagged version in releases/ and put all versions side by side in _build/public
	@$(BIN)/doorgroeien release --check
	@$(BIN)/doorgroeien build
	@$(BIN)/doorgroeien pdf
	@$(BIN)/doorgroeien release
	@$(BIN)/doorgroeien public

public: $(READY)  ## put the built site and all versions in releases/ side by side in _build/public
	@$(BIN)/doorgroeien public

bench: $(READY)  ## measure speed, as ratios
	@$(BIN)/python tests/bench.py
	@$(BIN)/python tests/bench_estimation.py

clean:  ## remove the site and caches (not .venv)
	@rm -rf _build .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help book pdf static check coverage test elsewhere site-check notebooks hashes validation links lab serve release public bench clean
