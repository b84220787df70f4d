# The commands of this project. `make run` needs Python 3.11 or newer and nothing else; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE  # without compiled modules every process takes three times as long to start

PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
# Never imported, or compiled to machine code: a quarter of all.
NOT_COMPILED := site-packages/(pip|setuptools|mypy|mypyc|.*/tests)/
COMPILE := $(PY) -m compileall -q -j 0 -x '$(NOT_COMPILED)'
CORE_SOURCES := signaling/sfu/ccore/build.py $(wildcard signaling/sfu/ccore/native/*)
CATALOGUES := $(shell find liaison web signaling scheduler -name '*.po' 2>/dev/null)

# A stamp each: when nothing has changed, `make run` does nothing but start.
VENV := .venv/.created
INSTALLED := .venv/.installed
DEV_FETCHED := .venv/.dev-fetched
DEV_INSTALLED := .venv/.dev-installed
COMPILED := .venv/.catalogues
CORE := .venv/.packet-core

.PHONY: help install run demo dev-install packages bench-packages test unit integration browser lint bench bench-sfu bench-63 soak bench-capacity bench-start bench-booking bench-links bench-room bench-browser bench-broadcast bench-questions fuzz fuzz-booking screens chaos i18n lock vendor clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

install: $(INSTALLED) $(COMPILED) $(CORE) ## put everything that the service needs into .venv

run: install ## install what is missing and serve (settings: environment variables LIAISON_…)
	@exec .venv/bin/liaison serve

demo: install ## the same with demonstration data and a live session played by bots
	@exec .venv/bin/liaison demo

$(VENV):
	@bash tools/make_venv.sh "$(PYTHON)"
	@touch $@

$(INSTALLED): $(VENV) requirements.txt pyproject.toml
	@echo "Installing into .venv (the first time takes a minute) ..."
	@$(PIP) install --quiet --no-compile --no-deps --require-hashes -r requirements.txt  # the lock is whole: nothing is resolved anew
	@$(PIP) install --quiet --no-build-isolation --no-deps --editable .
	@$(PIP) check >/dev/null || { $(PIP) check; exit 1; }
	@$(COMPILE) .venv/lib liaison signaling scheduler web
	@touch $@

$(CORE): $(INSTALLED) $(CORE_SOURCES)
	@$(PY) -m signaling.sfu.ccore.build
	@touch $@

$(COMPILED): $(INSTALLED) $(CATALOGUES)
	@$(PY) tools/compile_catalogues.py $(CATALOGUES)
	@touch $@

dev-install: install $(DEV_INSTALLED) ## add what tests, linters and benchmarks need

# Looking them up and fetching them is nearly all of the work, and touches nothing of what is installed meanwhile.
$(DEV_FETCHED): $(VENV) requirements.txt requirements-dev.txt
	@echo "Fetching the test tools ..."
	@awk 'NR == FNR { known[$$1]; next } /^[A-Za-z0-9]/ { new = !($$1 in known) } new' requirements.txt requirements-dev.txt > .venv/.dev-only.txt
	@rm -rf .venv/.wheels
	@$(PIP) wheel --quiet --no-deps --require-hashes --wheel-dir .venv/.wheels -r .venv/.dev-only.txt
	@touch $@

$(DEV_INSTALLED): $(INSTALLED) $(DEV_FETCHED)
	@$(PIP) install --quiet --no-compile --no-deps --no-index .venv/.wheels/*.whl  # their hashes have been looked at
	@$(PIP) check >/dev/null || { $(PIP) check; exit 1; }
	@$(COMPILE) .venv/lib tools tests
	@touch $@

packages:
	@bash tools/debian_packages.sh

bench-packages:
	@bash tools/debian_packages.sh bench

test: packages ## lint, then unit, integration and browser tests, with what they need from Debian's packages
	@$(MAKE) -j 3 dev-install  # the test tools are fetched while the service is installed
	@$(PY) -m tools.run_tests lint unit integration pages browser

unit: dev-install ## only the unit tests
	@$(PY) -m tools.run_tests unit

integration: packages dev-install ## only the tests with real databases, mail and media
	@$(PY) -m tools.run_tests integration

browser: packages dev-install ## only the tests in a real browser
	@$(PY) -m tools.run_tests pages browser

lint: dev-install ## style, types, import directions, translations, checksums
	@$(PY) -m tools.run_tests lint

bench: dev-install ## load the media engine and print its cost, loss and latency
	@$(PY) -m tests.bench.bench_media $(ARGS)

bench-sfu: dev-install bench-packages ## beside Janus and the floor in one run, with a verdict for each target (root; about 12 minutes)
	@bash tests/bench/in_netns.sh $(PY) -m tests.bench.side_by_side $(ARGS)

bench-63: dev-install ## 63 points with all pictures through the real service: loss, delay, CPU, joins (3 minutes)
	@$(PY) -m tests.bench.full_size $(ARGS)

bench-room: packages dev-install ## from a command to everybody's screen: 113 connections on SQLite, 363 on PostgreSQL with gevent (3 minutes)
	@$(PY) -m tests.bench.room $(ARGS)

bench-browser: packages dev-install ## what 25 pictures cost the PC in a meeting room, and what the page does when it is too weak (4 minutes)
	@$(PY) -m tests.bench.browser $(ARGS)

bench-broadcast: dev-install bench-packages ## a broadcast: the encoder's CPU, 150 viewers of the embedded default and 1,000 through nginx, the room beside them (3 minutes)
	@$(PY) -m tests.bench.broadcast $(ARGS)

bench-questions: dev-install ## 2,000 questions of citizens in a minute beside a live room of 113 connections (3 minutes)
	@$(PY) -m tests.bench.questions $(ARGS)

soak: dev-install ## the same for MINUTES=30: memory must stay flat
	@$(PY) -m tests.bench.full_size --minutes $(or $(MINUTES),30) $(ARGS)

bench-capacity: dev-install bench-packages ## load raised until packets are lost, beside Janus (root; about 5 minutes)
	@bash tests/bench/in_netns.sh $(PY) -m tests.bench.capacity $(ARGS)

bench-start: dev-install ## seconds from `make run` to the first page
	@$(PY) -m tests.bench.start $(ARGS)

bench-booking: packages dev-install ## booking and finding a time among 100,000 sessions, on both databases, beside Indico (4 minutes)
	@[ -x var/indico/bin/python ] || bash tools/install_indico.sh || echo "without Indico" >&2
	@$(PY) -m tests.bench.booking $(ARGS)

bench-links: packages dev-install ## a session with one person behind a bad link: what everybody hears and sees
	@$(PY) -m tests.bench.links $(ARGS)

fuzz: dev-install ## damaged input for the compiled packet core (RUNS=10000000)
	@$(PY) -m tests.fuzz.run --runs $(or $(RUNS),10000000)

fuzz-booking: packages dev-install ## booking acts in any order against the booking rules (EXAMPLES=500)
	@BOOKING_EXAMPLES=$(or $(EXAMPLES),500) $(PY) -m pytest tests/integration/test_booking_machine.py -q -o timeout=0

screens: packages dev-install ## every page × size × language as a picture, in var/screens/
	@$(PY) -m tools.screens $(ARGS)

chaos: packages dev-install ## the kill tests in full, every process several times; and what make test does in small
	@CHAOS=full $(PY) -m pytest -s tests/chaos/kills.py tests/chaos/broadcasts.py tests/chaos/reminders.py tests/integration/test_double_booking.py \
		tests/integration/test_api_contract.py $(ARGS)

i18n: dev-install ## collect the texts into the catalogues of the three languages, compile and check them
	@$(PY) tools/update_catalogues.py
	@$(MAKE) $(COMPILED)
	@if [ -f tools/check_i18n.py ]; then $(PY) tools/check_i18n.py; fi

lock: dev-install ## exact versions and hashes from requirements*.in
	@bash tools/lock.sh

vendor: dev-install ## refresh the front-end libraries and fonts (needs npm)
	@$(PY) -m tools.vendor

clean: ## remove the environment and caches (never var/, where the data is)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results screens *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
