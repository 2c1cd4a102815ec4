"""`--web.config.file`: who may use the port, and how it is encrypted.

The format is that of Prometheus' exporter-toolkit. What cannot be done here as it is there is an
error, never silence.
https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
)

from exporter.settings.loading import read_yaml, settings_in
from exporter.settings.types import Strict, known_words, problem
from exporter.settings.yaml_file import ConfigError, Data, DataPath, Problem, YamlFile
from exporter.web.port.tls_server import TlsServer

_UNSUPPORTED: Mapping[DataPath, str] = {
    ("tls_server_config", "cert"): "write it to a file and name that in cert_file",
    ("tls_server_config", "key"): "write it to a file and name that in key_file",
    ("tls_server_config", "client_ca"): "write it to a file and name that in client_ca_file",
    ("tls_server_config", "curve_preferences"): "leave it out: OpenSSL's own curves are used",
    ("rate_limit",): "leave it out: requests at once are limited anyway",
}


def _no_http2(wanted: bool) -> bool:  # noqa: FBT001  a validator
    if wanted:
        raise problem("HTTP/2 is not spoken here; write http2: false, or leave it out")
    return wanted


def _hash(written: str) -> str:
    """A bcrypt hash; the cost is bounded because a check at 16 takes seconds already."""
    found = re.fullmatch(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}", written)
    if not found:
        raise problem("is not a bcrypt hash; make one with htpasswd -nBC 10 USER")
    if not 4 <= int(found[1]) <= 16:  # noqa: PLR2004  bcrypt's own least, and a bearable most
        raise problem(f"has a cost of {int(found[1])}; must be 4 to 16, 10 is usual")
    return written


_HEADERS: Mapping[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "X-Frame-Options": ("", "deny", "sameorigin"),
    "X-Content-Type-Options": ("", "nosniff"),
    "X-XSS-Protection": (),
    "Strict-Transport-Security": (),
}


def _header_values(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        words = _HEADERS[name]
        if words and value not in words:
            raise problem(f"must be {' or '.join(filter(None, words))}", name)
        if not re.fullmatch(r"[ -~]*", value):
            raise problem("must be ASCII on one line", name)
    return headers


HeaderValues = Annotated[
    dict[Annotated[str, known_words(tuple(_HEADERS))], str], AfterValidator(_header_values)
]


class HttpServer(Strict):
    """How HTTP is spoken; `headers` go with every answer, an empty one is left out of it."""

    http2: Annotated[bool, AfterValidator(_no_http2)] = False
    headers: HeaderValues = Field(default_factory=dict)


def _user(name: str) -> str:
    if not name or ":" in name:
        raise problem("no user can have such a name; HTTP ends it at a colon")
    return name


def _no_hashes_as_users(written: object) -> object:
    if isinstance(written, dict) and any(str(name).startswith("$2") for name in written):
        raise problem("has a hash where a user's name should be; write USER: HASH")
    return written


Hashes = Annotated[
    dict[Annotated[str, AfterValidator(_user)], Annotated[str, AfterValidator(_hash)]],
    BeforeValidator(_no_hashes_as_users),
    Field(repr=False),
]


class WebConfig(Strict):
    """A whole file. Without users everybody may use the port; without TLS all can listen."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = HttpServer()
    basic_auth_users: Hashes = Field(default_factory=dict)

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that this one names."""
        tls = self.tls_server_config
        named = (tls.cert_file, tls.key_file, tls.client_ca_file) if tls else ()
        return tuple(file for file in named if file)


def load_web(path: Path) -> WebConfig:
    """The web configuration in a file, with the certificates that it names.

    Raises:
        ConfigError: with every problem that was found.
    """
    source = read_yaml(str(path), "give the file with --web.config.file")
    if not source.data:
        said = "holds nothing, which would leave the port open; see docs/security.md"
        raise ConfigError([source.problem((), said)])
    found = [*_unsupported(source), *_empty(source, source.data)]
    return settings_in(source, WebConfig, path.parent, found)


def _unsupported(source: YamlFile) -> Iterator[Problem]:
    """Keys of the format that mean nothing here, with what to do instead."""
    for place, text in _UNSUPPORTED.items():
        data = source.data
        for part in place:
            data = data.get(str(part)) if isinstance(data, dict) else None
        if data is not None:
            yield source.problem(place, f"is not supported here; {text}")


def _empty(source: YamlFile, data: Data, place: DataPath = ()) -> Iterator[Problem]:
    """What was begun and holds nothing: half of a file must not mean an open port."""
    if data is None or data in ([], {}):
        yield source.problem(place, "is empty; fill it, or leave it out")
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _empty(source, value, (*place, key))
