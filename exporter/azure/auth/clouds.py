"""Azure's clouds: their logins, and the domains that accept their tokens."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_PROJECT_PATH = re.compile(r"/api/projects/[^/]+(/.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Cloud:
    """One of Azure's clouds.

    Attributes:
        authority: the login that issues tokens.
        scope: the scope of its tokens.
        domains: ends of a resource's own domain, where tokens are accepted.
        regional: end of a regional endpoint, which many resources share.
        blob_domain: of its blob storage, behind the name of an account.
        manager: Azure Resource Manager.
        manager_scope: the scope of tokens for it.
        project_scope: the scope of tokens for a Foundry project, if it is another one.
    """

    authority: str
    scope: str
    domains: tuple[str, ...]
    regional: str
    blob_domain: str
    manager: str
    manager_scope: str
    project_scope: str = ""

    def scope_at(self, endpoint: str) -> str:
        """The scope of the tokens that an endpoint accepts."""
        return (self.project_scope if is_project(endpoint) else "") or self.scope


def is_project(endpoint: str) -> bool:
    """Whether an endpoint is a Foundry project.

    https://learn.microsoft.com/azure/ai-foundry/how-to/develop/sdk-overview
    """
    return _PROJECT_PATH.fullmatch(urlsplit(endpoint).path) is not None


# https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
# https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
# https://learn.microsoft.com/azure/china/resources-developer-guide
# The scopes of Resource Manager are those of azure-mgmt-core; of usgov, host and scope differ.
CLOUDS: Mapping[str, Cloud] = {
    "public": Cloud(
        "https://login.microsoftonline.com",
        "https://cognitiveservices.azure.com/.default",
        (".cognitiveservices.azure.com", ".services.ai.azure.com", ".openai.azure.com"),
        ".api.cognitive.microsoft.com",
        "blob.core.windows.net",
        "https://management.azure.com",
        "https://management.azure.com/.default",
        "https://ai.azure.com/.default",
    ),
    "china": Cloud(
        "https://login.chinacloudapi.cn",
        "https://cognitiveservices.azure.cn/.default",
        (".cognitiveservices.azure.cn",),
        ".api.cognitive.azure.cn",
        "blob.core.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn/.default",
    ),
    "usgov": Cloud(
        "https://login.microsoftonline.us",
        "https://cognitiveservices.azure.us/.default",
        (".cognitiveservices.azure.us", ".openai.azure.us"),
        ".api.cognitive.microsoft.us",
        "blob.core.usgovcloudapi.net",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net/.default",
    ),
}


def cloud_of(endpoint: str) -> Cloud | None:
    """The cloud of an endpoint; None if its name does not tell it."""
    host = urlsplit(endpoint).hostname or ""
    ends = {cloud: (*cloud.domains, cloud.regional) for cloud in CLOUDS.values()}
    return next((cloud for cloud, names in ends.items() if host.endswith(names)), None)
