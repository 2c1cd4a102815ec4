# What a release consists of, in dist/. None of these has to be set:
# PROJECT_URL  address of the repository, such as https://github.com/contoso/azure-ai-exporter
# REGISTRY     where images and charts are pushed to, such as ghcr.io/contoso
# TAG          the tag of the release, which has to be that of the version
# PYTHONS      the Pythons to try the wheel with, instead of all that this machine has
PROJECT_URL ?=
REGISTRY ?=
TAG ?=
DIST := dist
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' exporter/__init__.py)
RELEASING := PROJECT_URL='$(PROJECT_URL)' REGISTRY='$(REGISTRY)' REVISION="$$(git rev-parse HEAD 2>/dev/null)" \
	SOURCE_DATE_EPOCH="$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null)}" PYTHONPATH=
TOOL := $(RELEASING) $(BIN)/python -m tools.release

# Every part is checked as soon as it is made: what fails early is cheap to look at.
release: $(VENV)/dev  ## everything of a release, in dist/, each part checked as its user will use it
	$(if $(TAG),$(BIN)/python -m tools.release.version '$(TAG)')
	rm -rf $(DIST) build
	$(MAKE) --no-print-directory release-packages release-chart release-image
	$(BIN)/python -m tools.release.notes $(VERSION) > $(DIST)/release-notes.md
	cd $(DIST) && sha256sum -- * > ../SHA256SUMS && mv ../SHA256SUMS . && sha256sum --check --quiet SHA256SUMS
	ls -l $(DIST)

release-packages: $(VENV)/dev  ## the wheel and the sdist of it
	$(TOOL).packages $(DIST)
	$(BIN)/twine check --strict $(DIST)/*.whl $(DIST)/azure_ai_exporter-*.tar.gz
	$(TOOL).check_wheel $(DIST)/*.whl
	$(TOOL).check_sdist $(DIST)/azure_ai_exporter-*.tar.gz

release-chart: $(VENV)/dev  ## the chart of it
	mkdir -p $(DIST)
	$(TOOL).chart $(DIST)
	$(TOOL).check_chart $(DIST)/azure-ai-exporter-$(VERSION).tgz

release-image: $(VENV)/dev  ## the image of it, and what is in the image; needs root, buildah and debootstrap
	mkdir -p $(DIST)
	$(TOOL).check_image $(DIST)

.PHONY: release release-packages release-chart release-image
