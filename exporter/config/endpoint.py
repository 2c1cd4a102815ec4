"""The endpoint of a resource, as a configuration or Azure Resource Manager names it."""

import re
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from exporter.settings.types import ORIGIN_PATTERN, problem

# Strict, so that all URL parsers read the same host and path: the key is sent there.
_ENDPOINT = re.compile(
    r"(https?://(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)"
    r"((?:/(?!\.{1,2}(?:/|$))[a-z0-9._~-]+)*)/?",
    re.ASCII | re.IGNORECASE,
)
ENDPOINT_PATTERN = f"{ORIGIN_PATTERN.removesuffix('/?$')}(/[a-zA-Z0-9._~-]+)*/?$"


def checked_endpoint(text: str) -> str:
    """Scheme, host and port of a resource in lower case, and a path; no slash at the end."""
    example = "https://contoso.cognitiveservices.azure.com"
    if set(text) & set("@?#"):
        raise problem(
            f"must not contain a user, query or fragment; write scheme and host, like {example}"
        )
    try:
        port_is_valid = urlsplit(text).port != 0
    except ValueError:
        port_is_valid = False
    match = _ENDPOINT.fullmatch(text)
    if not port_is_valid or not match:
        raise problem(f"is not an endpoint; write scheme and host, like {example}")
    return match[1].lower() + match[2]


def is_endpoint(url: str) -> bool:
    """Whether it can be the endpoint of a resource."""
    try:
        checked_endpoint(url)
    except PydanticCustomError:
        return False
    return True
