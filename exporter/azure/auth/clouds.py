"""Azure's clouds: their logins, and the domains that accept their tokens."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Cloud:
    """One of Azure's clouds.

    Attributes:
        authority: the login that issues tokens.
        scope: the scope of its tokens.
        domains: ends of a resource's own domain, where tokens are accepted.
        regional: end of a regional endpoint, which many resources share.
    """

    authority: str
    scope: str
    domains: tuple[str, ...]
    regional: str


# https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
# https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
# https://learn.microsoft.com/azure/china/resources-developer-guide
CLOUDS: Mapping[str, Cloud] = {
    "public": Cloud(
        "https://login.microsoftonline.com",
        "https://cognitiveservices.azure.com/.default",
        (".cognitiveservices.azure.com", ".services.ai.azure.com", ".openai.azure.com"),
        ".api.cognitive.microsoft.com",
    ),
    "china": Cloud(
        "https://login.chinacloudapi.cn",
        "https://cognitiveservices.azure.cn/.default",
        (".cognitiveservices.azure.cn",),
        ".api.cognitive.azure.cn",
    ),
    "usgov": Cloud(
        "https://login.microsoftonline.us",
        "https://cognitiveservices.azure.us/.default",
        (".cognitiveservices.azure.us", ".openai.azure.us"),
        ".api.cognitive.microsoft.us",
    ),
}
