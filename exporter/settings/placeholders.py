"""Pure: placeholders of shells and templates; a configuration takes every value as written."""

import re

_PLACEHOLDER = re.compile(
    r"\$\{[^}]*\}|\$\([^)]*\)|\$[a-z_]\w*"  # a shell, Compose, a pod's manifest
    r"|%[a-z_]\w*%"  # Windows
    r"|\{\{.*\}\}|\{%.*%\}|<%.*%>|#\{.*\}#"  # Helm, Jinja, ERB, Azure Pipelines
    r"|<[^<>]*>"  # documentation
    r"|@microsoft\.keyvault\(.*\)",  # App Service
    re.ASCII | re.IGNORECASE,
)


def is_placeholder(text: str) -> bool:
    """Whether the whole text is a placeholder that nothing has filled in."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None
