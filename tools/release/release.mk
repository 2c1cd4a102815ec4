# What a release consists of, in dist/. None of these has to be set:
# PROJECT_URL  address of the repository, such as https://github.com/contoso/azure-ai-exporter
# REGISTRY     where images and charts are pushed to, such as ghcr.io/contoso
# TAG          the tag of the release, which has to be that of the version
# PYTHONS      the Pythons to try the wheel with, instead of all that this machine has
DIST := dist
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' exporter/__init__.py)
# Without git, as in an sdist: the first day of 1980, because zip files know no earlier one.
EPOCH = $(or $(shell git log -1 --format=%ct 2>/dev/null),315532800)
export PROJECT_URL REGISTRY PYTHONS
export REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
export SOURCE_DATE_EPOCH ?= $(EPOCH)

# Every part is checked as soon as it is made: what fails early is cheap to look at.
release:  ## build a release in dist/, and check each part as its user uses it
	rm -rf $(DIST) build
	$(MAKE) --no-print-directory release-tag
	$(MAKE) --no-print-directory release-chart
	$(MAKE) --no-print-directory release-image
	$(MAKE) --no-print-directory release-packages
	$(BIN)/python -m tools.release.notes $(VERSION) > $(DIST)/release-notes.md
	$(MAKE) --no-print-directory release-sums
	ls -l $(DIST)

release-tag: $(VENV)/dev  ## check that TAG is this version, and that the changelog has its date
	$(if $(TAG),$(BIN)/python -m tools.release.version '$(TAG)')

release-packages: $(VENV)/dev  ## build wheel and sdist of a release, in dist/
	$(BIN)/python -m tools.release.packages $(DIST)
	$(BIN)/twine --no-color check --strict $(DIST)/*.whl $(DIST)/azure_ai_exporter-*.tar.gz
	$(BIN)/python -m tools.release.check_wheel $(DIST)/*.whl
	$(BIN)/python -m tools.release.check_sdist $(DIST)/azure_ai_exporter-*.tar.gz

release-chart: $(VENV)/dev  ## package the chart of a release, in dist/
	$(BIN)/python -m tools.release.chart $(DIST)
	$(BIN)/python -m tools.release.check_chart $(DIST)/azure-ai-exporter-$(VERSION).tgz

release-image: release-tag  ## build the image of a release and its SBOM, in dist/; needs root, buildah, debootstrap
	$(BIN)/python -m tools.release.check_image $(DIST)

release-sums:  ## write the checksums of the files in dist/, and verify existing ones
	cd $(DIST) && if test -e SHA256SUMS; then sha256sum --check --quiet SHA256SUMS; fi
	cd $(DIST) && rm -f SHA256SUMS && sha256sum -- * > ../SHA256SUMS && mv ../SHA256SUMS .

release-tools:  ## install the Debian or Ubuntu packages that `make release` needs; needs root
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends buildah debian-archive-keyring debootstrap python3-venv >/dev/null

# The jobs of .github/workflows/release.yml: each has one permission, and installs as little as it can.
publish-image publish-notes: publish-%:
	$(MAKE) --no-print-directory release-sums
	$(PYTHON) -m tools.release.publish $* $(DIST)

publish-packages publish-chart: publish-%: $(VENV)/publish
	$(VENV)/publish/bin/python -m tools.release.publish $* $(DIST)

$(VENV)/publish: pyproject.toml
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$@/bin/pip install --quiet --disable-pip-version-check --group publish

.PHONY: release release-tag release-packages release-chart release-image release-sums release-tools \
	publish-image publish-notes publish-packages publish-chart
