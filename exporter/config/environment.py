"""A configuration of environment variables alone: one endpoint, of which everything is watched."""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from exporter.apis import Apis
from exporter.azure.auth.clouds import CLOUDS, cloud_of
from exporter.config.config import Config, Resource
from exporter.settings.hosts import is_loopback, leads_to_loopback
from exporter.settings.problems import places
from exporter.settings.yaml_file import ConfigError, Problem

ENDPOINT, KEY, KEY_FILE = "AZURE_AI_ENDPOINT", "AZURE_AI_KEY", "AZURE_AI_KEY_FILE"
AUTHORITY = "AZURE_AUTHORITY_HOST"
# Of each identity that azure-identity knows, one variable.
# https://learn.microsoft.com/python/api/overview/azure/identity-readme#environment-variables
ENTRA = (
    *("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
    *("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_TOKEN_CREDENTIALS"),
)


_VARIABLES: Mapping[str | int, str] = {"endpoint": ENDPOINT, "authority": AUTHORITY}


class PresumedResource(Resource):
    """A resource of which nobody said what it serves: what it refuses is not there."""

    presumed: ClassVar[bool] = True


def is_configured(environ: Mapping[str, str]) -> bool:
    """Whether there is a variable of this configuration."""
    return any(environ.get(name) for name in (ENDPOINT, KEY, KEY_FILE))


def config_of(environ: Mapping[str, str]) -> Config:
    """The configuration in the environment.

    Raises:
        ConfigError: with all problems, each at its variable.
    """
    endpoint = environ.get(ENDPOINT, "").strip()
    if not endpoint:
        example = "https://contoso.cognitiveservices.azure.com"
        raise _error(ENDPOINT, f"is not set; set it to the resource's endpoint, like {example}")
    if endpoint.lower().startswith("http:") and not leads_to_loopback(endpoint):
        raise _error(ENDPOINT, "would send the key unencrypted; write https")
    auth, variable = _auth(environ, endpoint)
    data = {
        "name": _name(endpoint),
        "endpoint": endpoint,
        "auth": auth,
        **_discovered(endpoint, auth),
    }
    try:
        resource = PresumedResource.model_validate(data)
    except ValidationError as error:
        raise ConfigError(
            [
                Problem(_VARIABLES.get(path[-1], variable), 0, 0, "", text)
                for path, text in places(error)
            ]
        ) from None
    return Config(resources=(resource,))


def _auth(environ: Mapping[str, str], endpoint: str) -> tuple[Mapping[str, object], str]:
    """The setting `auth`, and the variable that decided."""
    if environ.get(KEY) and environ.get(KEY_FILE):
        raise _error(KEY_FILE, f"is set in addition to {KEY}; unset one of them")
    if environ.get(KEY_FILE):
        return {"key_file": environ[KEY_FILE]}, KEY_FILE
    if environ.get(KEY):
        return {"key_env": KEY}, KEY
    if not any(environ.get(name) for name in ENTRA):
        raise _error(
            KEY,
            f"is not set; set it to the resource's key, {KEY_FILE} to a file that holds it, or "
            f"what Entra ID needs: one of {', '.join(ENTRA)}",
        )
    cloud = cloud_of(endpoint)
    names = (name for name, known in CLOUDS.items() if known is cloud)
    entra = {"cloud": next(names, "public"), "authority": environ.get(AUTHORITY) or None}
    return {"entra": entra}, ENDPOINT


def _discovered(endpoint: str, auth: Mapping[str, object]) -> Mapping[str, object]:
    """The section of each API whose operations may be discovered there with this credential."""
    host = urlsplit(endpoint).hostname or ""
    regional = host.endswith(tuple(cloud.regional for cloud in CLOUDS.values()))
    return {
        api: {"discover": True}
        for api, settings in Apis.by_name()
        if "discover" in settings.model_fields
        and (settings.takes_tokens or "entra" not in auth)
        and not (regional and settings.needs_own_domain)
    }


def _name(endpoint: str) -> str:
    """The name of the resource: the first part of the host, or `azure` for an address."""
    host = urlsplit(endpoint).hostname or ""
    label = host.partition(".")[0]
    return "azure" if is_loopback(host) or not label or label.isdigit() else label


def _error(variable: str, text: str) -> ConfigError:
    return ConfigError([Problem(variable, 0, 0, "", text)])
