"""Documents that are read outside the project: package index, chart package."""

import re
from collections.abc import Mapping
from posixpath import normpath

_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)")
_FENCED = re.compile(r"(^ *```.*?^ *```$)", re.DOTALL | re.MULTILINE)


def standalone(text: str, page: str, url: str, version: str) -> str:
    """The Markdown of `page`, a path in the project, with links that work everywhere.

    Links into the project become links to the release of `version` at `url`, the address of the
    repository. Without an address they become their text.
    """

    def outside(link: re.Match[str]) -> str:
        label, target = link.groups()
        if re.match(r"[a-z]+:", target):
            return link[0]
        if not url:
            return label
        path, _, anchor = target.partition("#")
        there = normpath(f"{page}/../{path}") if path else page
        return f"[{label}]({url}/blob/v{version}/{there}{'#' if anchor else ''}{anchor})"

    parts = _FENCED.split(text)
    return "".join(
        part if index % 2 else _LINK.sub(outside, part) for index, part in enumerate(parts)
    )


def project_urls(url: str, version: str) -> Mapping[str, str]:
    """The addresses of the package's metadata; none without the address of the repository."""
    if not url:
        return {}
    return {
        "Repository": url,
        "Documentation": f"{url}/blob/v{version}/README.md",
        "Changelog": f"{url}/blob/v{version}/CHANGELOG.md",
        "Issues": f"{url}/issues",
    }
