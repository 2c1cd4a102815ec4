"""The settings of a release: variables of `make`, none of which has to be set."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where a release is published, and its time."""

    url: str
    """PROJECT_URL: the address of the repository. Empty: links to it are left out."""
    registry: str
    """REGISTRY: where images and charts are pushed to, such as `ghcr.io/contoso`."""
    epoch: int
    """SOURCE_DATE_EPOCH: the time of each file, in seconds."""
    revision: str
    """REVISION: the commit."""


def settings_from(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in the environment, where `make` has put them."""
    return Settings(
        environment.get("PROJECT_URL", "").rstrip("/"),
        environment.get("REGISTRY", "").rstrip("/").lower(),
        int(environment.get("SOURCE_DATE_EPOCH") or 0),
        environment.get("REVISION") or "unknown",
    )
