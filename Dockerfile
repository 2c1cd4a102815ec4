# An image with the exporter alone in a virtual environment; `make image` builds it.
# PYTHON_IMAGE may be any image with Python 3.11 or later, its venv module, and glibc.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS packages
WORKDIR /src
# Same source, same time: the same files in each build.
ARG SOURCE_DATE_EPOCH=0
ENV SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} \
    PYTHONHASHSEED=0
# The environment has no pip of its own: the one that builds fills it from outside.
COPY requirements.txt requirements-build.txt ./
RUN python3 -m venv /build \
    && python3 -m venv --without-pip /opt/azure-ai-exporter \
    && /build/bin/pip install --no-cache-dir --require-hashes --only-binary :all: \
        --requirement requirements-build.txt \
    && /build/bin/pip --python /opt/azure-ai-exporter/bin/python3 install --no-cache-dir \
        --no-compile --require-hashes --only-binary :all: --requirement requirements.txt

FROM packages AS build
COPY pyproject.toml setup.py README.md LICENSE config.example.yaml ./
COPY share ./share
COPY tools ./tools
COPY exporter ./exporter
# Modules are compiled here, because nothing can be written beside them later. All of them are, those
# too that pip has imported, without the times of their sources, which differ from build to build.
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
    && /build/bin/pip --python /opt/azure-ai-exporter/bin/python3 install --no-cache-dir \
        --no-compile --no-deps --no-index /dist/*.whl \
    && python3 -m compileall -qf --invalidation-mode unchecked-hash /opt/azure-ai-exporter/lib

FROM ${PYTHON_IMAGE}
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="azure-ai-exporter" \
      org.opencontainers.image.description="Prometheus exporter for the long-running operations of Azure AI services" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/azure-ai-exporter /opt/azure-ai-exporter
ENV PATH=/opt/azure-ai-exporter/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1
# Here is config.yaml, unless AZURE_AI_ENDPOINT stands for it.
WORKDIR /etc/exporter
USER 65532:65532
EXPOSE 10058
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["azure-ai-exporter", "healthy"]
ENTRYPOINT ["azure-ai-exporter"]
CMD ["run"]
