"""`--web.config.file`: the users of the port, and its encryption.

The format is that of Prometheus' exporter-toolkit. A setting that is not supported here is an
error.
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
from exporter.settings.types import Strict, Switch, known_words, problem
from exporter.settings.yaml_file import ConfigError, DataPath, Problem, YamlFile
from exporter.settings.yaml_tree import Data
from exporter.web.port.tls_server import TlsServer

_UNSUPPORTED: Mapping[DataPath, str] = {
    ("tls_server_config", "cert"): "write it to a file and name that in cert_file",
    ("tls_server_config", "key"): "write it to a file and name that in key_file",
    ("tls_server_config", "client_ca"): "write it to a file and name that in client_ca_file",
    ("tls_server_config", "curve_preferences"): "leave it out: OpenSSL's own curves are used",
    ("rate_limit",): "leave it out: concurrent requests are always limited",
}


def _no_http2(value: bool) -> bool:  # noqa: FBT001  a validator
    if value:
        raise problem("HTTP/2 is not supported; write http2: false, or leave it out")
    return value


def _hash(value: str) -> str:
    """A bcrypt hash. Its cost is limited, because a check at cost 16 already takes seconds."""
    match = re.fullmatch(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}", value)
    if not match:
        raise problem("is not a bcrypt hash; create one with htpasswd -nBC 10 USER")
    if not 4 <= int(match[1]) <= 16:  # noqa: PLR2004  bcrypt's least cost, and the highest bearable one
        raise problem(f"has a cost of {int(match[1])}; must be 4 to 16, usually 10")
    return value


_HEADERS: Mapping[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "X-Frame-Options": ("", "deny", "sameorigin"),
    "X-Content-Type-Options": ("", "nosniff"),
    "X-XSS-Protection": (),
    "Strict-Transport-Security": (),
}


def _header_values(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        allowed = _HEADERS[name]
        if allowed and value not in allowed:
            raise problem(f"must be {' or '.join(filter(None, allowed))}", name)
        if not re.fullmatch(r"[ -~]*", value):
            raise problem("must be ASCII on one line", name)
    return headers


HeaderValues = Annotated[
    dict[Annotated[str, known_words(tuple(_HEADERS))], str], AfterValidator(_header_values)
]


class HttpServer(Strict):
    """HTTP settings. `headers` are sent with every answer; an empty value removes a header."""

    http2: Annotated[Switch, AfterValidator(_no_http2)] = False
    headers: HeaderValues = Field(default_factory=dict)


def _user_name(name: str) -> str:
    if not name or ":" in name:
        raise problem("is not valid as a user name; it must have a character, and no colon")
    return name


def _no_hashes_as_users(value: object) -> object:
    if isinstance(value, dict) and any(str(name).startswith("$2") for name in value):
        raise problem("has a hash instead of a user name; write USER: HASH")
    return value


Hashes = Annotated[
    dict[Annotated[str, AfterValidator(_user_name)], Annotated[str, AfterValidator(_hash)]],
    BeforeValidator(_no_hashes_as_users),
    Field(repr=False),
]


class WebConfig(Strict):
    """The whole file. Without users the port is open to all; without TLS it is not encrypted."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = HttpServer()
    basic_auth_users: Hashes = Field(default_factory=dict)

    @property
    def files(self) -> tuple[Path, ...]:
        """The certificate and key files that this file names."""
        tls = self.tls_server_config
        names = (tls.cert_file, tls.key_file, tls.client_ca_file) if tls else ()
        return tuple(file for file in names if file)


def load_web(path: Path) -> WebConfig:
    """Load the web configuration of a file, with the certificates that it names.

    Raises:
        ConfigError: with all problems.
    """
    source = read_yaml(str(path), "set the file with --web.config.file")
    if not source.data:
        text = "is empty, which would leave the port open; see docs/security.md"
        raise ConfigError([source.problem((), text)])
    problems = [*_unsupported(source), *_empty(source, source.data)]
    return settings_in(source, WebConfig, path.parent, problems)


def _unsupported(source: YamlFile) -> Iterator[Problem]:
    """Keys of the format that are not supported here, with what to do instead."""
    for path, text in _UNSUPPORTED.items():
        data = source.data
        for key in path:
            data = data.get(str(key)) if isinstance(data, dict) else None
        if data is not None:
            yield source.problem(path, f"is not supported; {text}")


def _empty(source: YamlFile, data: Data, path: DataPath = ()) -> Iterator[Problem]:
    """Keys without a value: an incomplete file must not mean an open port."""
    if data is None or data in ([], {}):
        yield source.problem(path, "is empty; fill it, or leave it out")
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _empty(source, value, (*path, key))
