PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLD_CLIENT := azure-ai-translation-document==1.1.0
LANGUAGE_CLIENTS := azure-ai-language-conversations-authoring==1.0.0b4 \
	azure-ai-language-questionanswering-authoring==1.0.0b1 azure-ai-textanalytics-authoring==1.0.0b1
NPM := npm install --silent --ignore-scripts --no-audit --no-fund
AXE := axe-core@4.14.1
GRAFANA := tests/e2e/grafana
ENGINE ?= docker
WORKERS ?= 4
PIN := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command 'make pins'

.DEFAULT_GOAL := help

help:  ## list the targets
	@awk -F ':.*##' '/^[a-z-]+:.*##/ { printf "%-18s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/run  ## start an exporter on 127.0.0.1:10058 that polls a simulator of Azure
	$(BIN)/azure-ai-exporter demo

# Real programs wait half of the time, so two cores can run more than two workers.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/dev $(VENV)/compiled $(if $(ONLY),,$(VENV)/grafana/made $(VENV)/base-image)  ## run all tests that this machine can run; ONLY='not e2e' selects the quick ones
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(if $(ONLY),-m '$(ONLY)')

lint: $(VENV)/dev  ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/dev  ## run the benchmarks; SAVE=FILE saves the results, COMPARE=FILE fails if they are worse
	$(BIN)/python -m tests.benchmarks $(if $(SAVE),--json=$(SAVE)) $(if $(COMPARE),--compare=$(COMPARE))

soak: $(VENV)/dev  ## run for an hour with wrong responses and mutual TLS; measure memory and scrape time
	$(BIN)/python -m tests.soak

fuzz: $(VENV)/dev  ## run a million invalid responses, configurations and requests, and a thousand random simulations
	$(BIN)/python -m tests.fuzz

audit: $(VENV)/run  ## list known vulnerabilities of the installed packages; needs PyPI's database
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip freeze --disable-pip-version-check --exclude-editable > $(VENV)/audit/installed.txt
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --no-deps --requirement $(VENV)/audit/installed.txt

docs: $(VENV)/dev  ## generate pages, and parts of pages
	$(BIN)/python -m tools.docs.parts
	$(BIN)/python -m tools.docs.share
	$(BIN)/python -m tools.release.version
	$(BIN)/python -m tools.rule_groups

dashboards: $(VENV)/dev  ## generate the Grafana dashboards in the chart
	$(BIN)/python -m dashboards

# Only Docker's format supports the health check.
image:  ## build the container image azure-ai-exporter; ENGINE=podman or buildah replaces Docker
	BUILDAH_FORMAT=docker $(ENGINE) build --build-arg REVISION=$$(git rev-parse HEAD) --tag azure-ai-exporter .

include tools/release/release.mk

pins: $(VENV)/run  ## pin the packages of the image, in requirements.txt and requirements-build.txt
	$(BIN)/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/pip install --quiet --group pins
	$(PIN) --extra entra --output-file requirements.txt pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(PIN) --output-file requirements-build.txt -

# Betas, which need other versions of packages of `dev`; their test is skipped if they are missing.
language-clients: $(VENV)/clients/language/made  ## generate Microsoft's clients for projects of Language, for their tests

clean:  ## remove all generated files
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Two stamps: the packages of the exporter and of `top`, which the demo suggests, and those of its
# tests. The install is editable, so only a change of pyproject.toml needs a new one.
$(VENV)/run: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[top]'
	touch $@

$(VENV)/dev: $(VENV)/run
	$(BIN)/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/pip install --quiet --group dev
	$(BIN)/pip install --quiet --no-deps --upgrade --target $(VENV)/clients/$(subst ==,-,$(OLD_CLIENT)) $(OLD_CLIENT)
	if command -v npm >/dev/null; then $(NPM) --prefix $(VENV)/axe --no-save $(AXE); fi
	touch $@

# In a fresh clone each worker of `make test` would compile all tests at the same time.
$(VENV)/compiled: export PYTHONDONTWRITEBYTECODE =
$(VENV)/compiled: | $(VENV)/dev
	for some in 'tests/[a-d]*' 'tests/[e-z]*'; do $(BIN)/pytest --collect-only -qq $$some >/dev/null & done; wait
	touch $@

# Debian with Python and the packages of the image, if this machine can make it; kept in
# EXPORTER_TESTS_CACHE. If it cannot be made, the test of the image says why.
$(VENV)/base-image: Dockerfile requirements.txt requirements-build.txt | $(VENV)/dev
	-$(BIN)/python -m tests.e2e.base_image
	touch $@

# 600 MB, for the test that draws the dashboards, and the script that it draws with.
$(VENV)/grafana/made: $(GRAFANA)/package.json | $(VENV)/run
	mkdir -p $(@D)
	cp $< $(@D)
	if command -v npm >/dev/null; then \
		$(NPM) --prefix $(@D) && node $(GRAFANA)/build.mjs $(abspath $(@D))/node_modules $(@D)/draw.js; fi
	touch $@

$(VENV)/clients/language/made: Makefile | $(VENV)/run
	$(PYTHON) -m venv $(VENV)/clients/language
	$(VENV)/clients/language/bin/pip install --quiet --disable-pip-version-check $(LANGUAGE_CLIENTS)
	touch $@

.PHONY: language-clients help demo test lint bench soak fuzz audit docs dashboards image pins clean
