"""Settings for Entra ID: the identity that requests tokens, and its cloud."""

import os
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import model_validator

from exporter.azure.auth.clouds import CLOUDS, Cloud
from exporter.redaction.own_secrets import own_secrets
from exporter.settings.file_content import secret_in
from exporter.settings.placeholders import is_placeholder
from exporter.settings.schema_hints import Check
from exporter.settings.types import (
    ORIGIN_PATTERN,
    FilePath,
    Strict,
    Uuid,
    is_origin,
    known_words,
    matching,
    name_of,
    problem,
)

# https://learn.microsoft.com/python/api/overview/azure/identity-readme#environment-variables
_ENVIRONMENT_FILES = ("AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_CERTIFICATE_PATH")


def _checked_authority(written: str) -> str:
    if not is_origin(written, "https"):
        raise problem(
            "is not a valid authority; write https and a host, like "
            "https://login.microsoftonline.com"
        )
    return written.rstrip("/").lower()


class Entra(Strict):
    """An application, a managed identity, or the first identity that is available."""

    cloud: Annotated[str, known_words(tuple(CLOUDS))] = "public"
    """The Azure cloud, which determines login and token audience."""
    authority: Annotated[str, Check(_checked_authority, {"pattern": ORIGIN_PATTERN})] | None = None
    """URL of the login, if not that of the cloud."""
    tenant_id: (
        Annotated[str, matching(r"[a-zA-Z0-9.-]{1,253}", "a tenant's UUID or domain")] | None
    ) = None
    """The tenant of an application."""
    client_id: Uuid | None = None
    """The client id of an application."""
    client_secret_file: FilePath | None = None
    """A file with the secret of an application, relative to the configuration."""
    certificate_file: FilePath | None = None
    """A PEM file with the certificate of an application and its RSA key."""
    managed_identity: Uuid | None = None
    """The client id of a user-assigned managed identity, instead of an application."""

    @property
    def azure_cloud(self) -> Cloud:
        return CLOUDS[self.cloud]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that prove who this is; those of the environment for the default chain."""
        if self.tenant_id is not None:
            return tuple(filter(None, (self.client_secret_file, self.certificate_file)))
        if self.managed_identity is not None:
            return ()
        return tuple(Path(os.environ[name]) for name in _ENVIRONMENT_FILES if os.environ.get(name))

    @property
    def secret(self) -> str:
        """The application's secret as it is now.

        Raises:
            PydanticCustomError: there is none.
        """
        if self.client_secret_file is None:
            return ""
        secret = secret_in(self.client_secret_file)
        if is_placeholder(secret) or not re.fullmatch(r"[!-~]+", secret):
            where = name_of(self.client_secret_file)
            raise problem(
                f"{where} must contain one word of ASCII, and no placeholder",
                "client_secret_file",
            )
        own_secrets.add(secret)
        return secret

    @model_validator(mode="after")
    def _check_identity(self) -> "Entra":
        files = [self.client_secret_file, self.certificate_file]
        parts = [self.tenant_id, self.client_id, *files]
        if any(part is not None for part in parts):
            if self.managed_identity is not None:
                raise problem("has an application and a managed_identity; remove one of them")
            complete = self.tenant_id and self.client_id and files.count(None) == 1
            if not complete:
                raise problem(
                    "an application needs tenant_id, client_id and one of client_secret_file, "
                    "certificate_file; leave all out to use the identity of this machine or pod"
                )
        return self

    def check_endpoint(self, endpoint: str) -> None:
        """Check that the endpoint is the own domain of a resource in this cloud.

        https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains

        Raises:
            PydanticCustomError: it is not.
        """
        host = urlsplit(endpoint).hostname or ""
        example = f"https://contoso{self.azure_cloud.domains[0]}"
        if host.endswith(self.azure_cloud.regional):
            raise problem(
                "is a regional endpoint, which accepts keys but no tokens of Entra ID; "
                f"write the resource's own domain, like {example}"
            )
        if not host.endswith(self.azure_cloud.domains):
            raise problem(
                f"does not end in {' or '.join(self.azure_cloud.domains)}, the domain of tokens of "
                f"cloud {self.cloud}; write the resource's own domain, like {example}, "
                "or another cloud under auth.entra"
            )
