"""The transport to a resource: TLS authorities and certificate, and the proxy."""

import ssl
from functools import cache, cached_property
from hashlib import blake2s
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, model_validator

from exporter.buffered import BufferedTls
from exporter.files import threads
from exporter.settings.file_content import authorities_in, content_of, pem_in
from exporter.settings.schema_hints import Check, needs
from exporter.settings.types import (
    ORIGIN_PATTERN,
    FilePath,
    Strict,
    is_origin,
    matching,
    name_of,
    problem,
)


@cache
def shared_context() -> ssl.SSLContext:
    """The context for connections of all resources without TLS settings."""
    return _new_context()


def _new_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    context.sslobject_class = BufferedTls
    return context


class Tls(Strict):
    """TLS settings. The CA certificates of the system are always trusted."""

    model_config = ConfigDict(json_schema_extra=needs("key_file", "cert_file"))

    ca_file: FilePath | None = None
    """PEM file with additional CA certificates; also used for the login of Entra ID."""
    cert_file: FilePath | None = None
    """PEM file with a client certificate; read again when it changes."""
    key_file: FilePath | None = None
    """The key of that certificate, not encrypted; without it, cert_file must contain both."""
    server_name: Annotated[str, matching(r"[a-zA-Z0-9][a-zA-Z0-9.-]{0,252}", "a host name")] | (
        None
    ) = None
    """The host name in the certificate, if it differs from that of the endpoint."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All configured files."""
        return tuple(filter(None, (self.ca_file, self.cert_file, self.key_file)))

    @cached_property
    def digest(self) -> bytes:
        """Digest of the files at load; new connections are needed when it changes."""
        return blake2s(b"".join(blake2s(content_of(path)).digest() for path in self.files)).digest()

    @cached_property
    def context(self) -> ssl.SSLContext:
        """The context for connections, made from the files when the configuration was loaded."""
        context = _new_context()
        if self.ca_file:
            try:
                context.load_verify_locations(cadata=authorities_in(self.ca_file))
            except (ssl.SSLError, ValueError):
                where = name_of(self.ca_file)
                raise problem(f"{where} does not contain certificates as PEM", "ca_file") from None
        if self.cert_file:
            self._load_certificate(context, self.cert_file)
        return context

    def _load_certificate(self, context: ssl.SSLContext, cert_file: Path) -> None:
        pem_in(cert_file, "cert_file")
        if self.key_file:
            pem_in(self.key_file, "key_file")
        try:
            threads.call(
                str(cert_file),
                lambda: context.load_cert_chain(cert_file, self.key_file, password=""),
            )
        except threads.HangingError as error:
            text = f"{name_of(cert_file)} cannot be read: {error}"
            raise problem(text, "cert_file") from None
        except OSError as error:  # an SSLError is one
            raise self._certificate_problem(error) from None

    def _certificate_problem(self, error: OSError) -> ValueError:
        if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
            return problem("does not belong to the certificate of cert_file", "key_file")
        return problem(
            "must contain a certificate, and key_file its key without a password, both as PEM; "
            "without key_file it must contain both",
            "cert_file",
        )

    @model_validator(mode="after")
    def _check_files(self) -> "Tls":
        if self.key_file and not self.cert_file:
            raise problem("needs cert_file as well", "key_file")
        _ = self.digest, self.context
        return self


def _checked_proxy(written: str) -> str:
    example = "http://proxy.example:3128"
    if "@" in written:
        raise problem(
            "must not contain a user or password, because URLs are shown; "
            f"use a proxy that needs none, like {example}"
        )
    if not is_origin(written, "http", "https"):
        raise problem(f"is not a proxy; write scheme, host and port, like {example}")
    return written.rstrip("/").lower()


Proxy = Annotated[str, Check(_checked_proxy, {"pattern": ORIGIN_PATTERN})]
