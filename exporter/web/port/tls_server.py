"""`tls_server_config` of the web configuration: the certificate, and which clients may connect."""

import ssl
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, model_validator

from exporter.buffered import BufferedTls
from exporter.settings.types import FilePath, Strict, known_words, problem
from exporter.web.port.tls import (
    CLIENT_AUTH,
    SUITES,
    VERSIONS,
    canonical,
    choose_ciphers,
    load_certificate,
    load_client_ca,
)

_UNVERIFIED = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")


def _client_auth(value: object) -> object:
    if value in _UNVERIFIED:
        raise problem(
            f"{value!r} accepts unverified certificates, which protects nothing and is not "
            f"supported; must be one of {', '.join(CLIENT_AUTH)}"
        )
    return value


def _version(value: object) -> object:
    if value in ("TLS10", "TLS11"):
        raise problem(f"{value!r} is not secure and not supported; must be TLS12 or TLS13")
    return value


Version = Annotated[str, known_words(tuple(VERSIONS)), BeforeValidator(_version)]


class TlsServer(Strict):
    """The port's certificate, and which clients may connect."""

    cert_file: FilePath
    key_file: FilePath
    client_ca_file: FilePath | None = None
    client_auth_type: Annotated[
        str, known_words(tuple(CLIENT_AUTH)), BeforeValidator(_client_auth)
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
            raise problem(
                "is missing; set it to the CA of the client certificates",
                "client_ca_file",
            )
        if self.client_ca_file and not verified:
            text = "has no effect without client_auth_type: RequireAndVerifyClientCert"
            raise problem(text, "client_ca_file")
        if self.client_allowed_sans and self.client_auth_type != "RequireAndVerifyClientCert":
            text = "needs client_auth_type: RequireAndVerifyClientCert"
            raise problem(text, "client_allowed_sans")
        if self.max_version < self.min_version:
            raise problem("is below min_version; leave it out", "max_version")
        has_tls12 = any(map(SUITES.get, self.cipher_suites))
        if self.cipher_suites and self.min_version == "TLS12" and not has_tls12:
            text = "has only suites of TLS 1.3, which are always on; write min_version: TLS13"
            raise problem(text, "cipher_suites")
        _ = self.context
        return self

    @property
    def allowed_names(self) -> frozenset[str]:
        """A client's certificate must have one of these names; without any, each name is valid."""
        return frozenset(map(canonical, self.client_allowed_sans))

    @cached_property
    def context(self) -> ssl.SSLContext:
        """OpenSSL's settings for a new connection. The files are read once.

        Raises:
            PydanticCustomError: a file cannot be used.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sslobject_class = BufferedTls
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
