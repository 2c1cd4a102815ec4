"""`--web.config.file`: who may use the port, and how it is encrypted.

The format is that of Prometheus' exporter-toolkit. What cannot be done here as it is there is an
error, never silence.
https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from exporter.config import ConfigError
from exporter.document import Data, Document, DocumentError, Problem, parse
from exporter.document import Path as Place
from exporter.explain import explain
from exporter.fields import Strict, known_words, problem
from exporter.web.tls import (
    CLIENT_AUTH,
    SUITES,
    VERSIONS,
    canonical,
    choose_ciphers,
    load_certificate,
    load_client_ca,
)

_UNSUPPORTED: Mapping[Place, str] = {
    ("tls_server_config", "cert"): "write it to a file and name that in cert_file",
    ("tls_server_config", "key"): "write it to a file and name that in key_file",
    ("tls_server_config", "client_ca"): "write it to a file and name that in client_ca_file",
    ("tls_server_config", "curve_preferences"): "leave it out: OpenSSL's own curves are used",
    ("rate_limit",): "leave it out: requests at once are limited anyway",
}

_UNVERIFIED = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")


def _beside(path: Path, info: ValidationInfo) -> Path:
    return Path((info.context or {}).get("folder", "")) / path


def _client_auth(written: str) -> str:
    if written in _UNVERIFIED:
        raise problem(
            f"{written!r} takes certificates that nobody verified, which cannot be done here and "
            f"protects nothing; must be one of {', '.join(CLIENT_AUTH)}"
        )
    return written


def _version(written: str) -> str:
    if written in {"TLS10", "TLS11"}:
        raise problem(f"{written!r} is broken and not spoken here; must be TLS12 or TLS13")
    return written


def _no_http2(wanted: bool) -> bool:  # noqa: FBT001  a validator
    if wanted:
        raise problem("HTTP/2 is not spoken here; write http2: false, or leave it out")
    return wanted


File = Annotated[Path, AfterValidator(_beside)]
Version = Annotated[str, AfterValidator(_version), known_words(tuple(VERSIONS))]


def _hash(written: str) -> str:
    """A bcrypt hash; the cost is bounded because a check at 16 takes seconds already."""
    found = re.fullmatch(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}", written)
    if not found:
        raise problem("is not a bcrypt hash; make one with htpasswd -nBC 10 USER")
    if not 4 <= int(found[1]) <= 16:  # noqa: PLR2004  bcrypt's own least, and a bearable most
        raise problem(f"has a cost of {int(found[1])}; must be 4 to 16, 10 is usual")
    return written


class TlsServer(Strict):
    """The port's certificate, and which clients it talks to."""

    cert_file: File
    key_file: File
    client_ca_file: File | None = None
    client_auth_type: Annotated[
        str, AfterValidator(_client_auth), known_words(tuple(CLIENT_AUTH))
    ] = "NoClientCert"
    client_allowed_sans: tuple[str, ...] = ()
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: tuple[Annotated[str, known_words(tuple(SUITES))], ...] = ()
    prefer_server_cipher_suites: bool = True

    @model_validator(mode="after")
    def _fits_together(self) -> "TlsServer":
        verified = self.client_auth_type != "NoClientCert"
        if verified and not self.client_ca_file:
            raise problem("is missing; name who signs the clients' certificates", "client_ca_file")
        if self.client_ca_file and not verified:
            said = "has no effect without client_auth_type: RequireAndVerifyClientCert"
            raise problem(said, "client_ca_file")
        if self.client_allowed_sans and self.client_auth_type != "RequireAndVerifyClientCert":
            said = "needs client_auth_type: RequireAndVerifyClientCert"
            raise problem(said, "client_allowed_sans")
        if self.max_version < self.min_version:
            raise problem("is below min_version; leave it out", "max_version")
        older = any(map(SUITES.get, self.cipher_suites))
        if self.cipher_suites and self.min_version == "TLS12" and not older:
            said = "holds only suites of TLS 1.3, which are always on; write min_version: TLS13"
            raise problem(said, "cipher_suites")
        _ = self.context
        return self

    @property
    def allowed_names(self) -> frozenset[str]:
        """Of these a client's certificate must have one; none means any."""
        return frozenset(map(canonical, self.client_allowed_sans))

    @cached_property
    def context(self) -> ssl.SSLContext:
        """What OpenSSL needs for a new connection, of the files as they were when first read.

        Raises:
            PydanticCustomError: a file cannot be used.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = VERSIONS[self.min_version]
        context.maximum_version = VERSIONS[self.max_version]
        context.set_alpn_protocols(["http/1.1"])
        if not self.prefer_server_cipher_suites:
            context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
        choose_ciphers(context, self.cipher_suites)
        load_certificate(context, self.cert_file, self.key_file)
        if self.client_ca_file:
            load_client_ca(context, self.client_ca_file)
        context.verify_mode = CLIENT_AUTH[self.client_auth_type]
        return context


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
    try:
        text = path.read_text(encoding="utf-8")
        document = parse(str(path), text)
    except OSError as error:
        said = f"cannot be read: {error.strerror}; give the file with --web.config.file"
        raise ConfigError([Problem(str(path), 0, 0, "", said)]) from None
    except UnicodeDecodeError:
        raise ConfigError([Problem(str(path), 0, 0, "", "is not UTF-8 text")]) from None
    except DocumentError as error:
        raise ConfigError([error.problem]) from None
    if not document.data:
        said = "holds nothing, which would leave the port open; see docs/security.md"
        raise ConfigError([document.problem((), said)])
    problems = [*document.repeated(), *_unsupported(document), *_empty(document, document.data)]
    places = {problem.path for problem in problems}
    try:
        config = WebConfig.model_validate(document.data, context={"folder": str(path.parent)})
    except ValidationError as error:
        found = explain(error, document, WebConfig)
        problems += [problem for problem in found if problem.path not in places]
    if problems:
        raise ConfigError(sorted(set(problems)))
    return config


def _unsupported(document: Document) -> Iterator[Problem]:
    """Keys of the format that mean nothing here, with what to do instead."""
    for place, text in _UNSUPPORTED.items():
        data = document.data
        for part in place:
            data = data.get(str(part)) if isinstance(data, dict) else None
        if data is not None:
            yield document.problem(place, f"is not supported here; {text}")


def _empty(document: Document, data: Data, place: Place = ()) -> Iterator[Problem]:
    """What was begun and holds nothing: half of a file must not mean an open port."""
    if data is None or data in ([], {}):
        yield document.problem(place, "is empty; fill it, or leave it out")
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _empty(document, value, (*place, key))
