"""The connection to the exporter's port, and why it fails, with the flag that would help."""

import socket
import ssl
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult

from exporter.top.operations_json import plain

TIMEOUT = 10.0  # seconds, to connect and for each read
_IS_IT_RUNNING = "is it running? Set its URL with --url"


class FlagFileError(Exception):
    """A file that a flag names cannot be used; the text has both, in one line."""


@dataclass(frozen=True)
class TlsFiles:
    """How the exporter's certificate is verified, and the client's own certificate.

    Attributes:
        ca_file: CA certificates that verify the exporter's; None: the system's.
        cert_file, key_file: the client certificate and its key; they may be in one file.
        verified: whether the exporter's certificate is verified.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    verified: bool = True

    def context(self) -> ssl.SSLContext:
        """The context of a connection; the files are read again, because they may have changed.

        Raises:
            FlagFileError: a file cannot be used.
        """
        context = ssl.create_default_context()
        if self.ca_file:
            read_file("--ca-file", self.ca_file)
            try:
                context.load_verify_locations(self.ca_file)
            except ssl.SSLError:
                raise _unusable("--ca-file", self.ca_file, "has no certificate (PEM)") from None
        if self.cert_file:
            self._load_certificate(context, self.cert_file)
        if not self.verified:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _load_certificate(self, context: ssl.SSLContext, cert_file: Path) -> None:
        read_file("--cert-file", cert_file)
        if self.key_file:
            read_file("--key-file", self.key_file)
        try:
            context.load_cert_chain(cert_file, self.key_file, password=_no_password)
        except ssl.SSLError as error:
            mismatch = error.reason == "KEY_VALUES_MISMATCH"
            reason = "does not match its key" if mismatch else "has no certificate and key (PEM)"
            if self.key_file and not mismatch:
                reason = f"is not a certificate (PEM), or {self.key_file} is not a key"
            raise _unusable("--cert-file", cert_file, reason) from None
        except ValueError as error:
            raise _unusable("--key-file", self.key_file or cert_file, str(error)) from None


def open_connection(url: SplitResult, tls: TlsFiles) -> HTTPConnection:
    """A connection that opens with its first request.

    Raises:
        FlagFileError: a file cannot be used.
    """
    host = url.hostname or ""
    if url.scheme == "http":
        return HTTPConnection(host, url.port, timeout=TIMEOUT)
    return HTTPSConnection(host, url.port, timeout=TIMEOUT, context=tls.context())


def read_file(flag: str, file: Path) -> bytes:
    """The content of a file.

    Raises:
        FlagFileError: it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unusable(flag, file, error.strerror or str(error)) from None


def failure_text(error: Exception, scheme: str) -> str:
    """Why there is no answer from a URL of this scheme, and what would help, in one line."""
    text, advice = plain(str(error)) or type(error).__name__, ""
    match error:
        case ConnectionRefusedError():
            text, advice = "connection refused", _IS_IT_RUNNING
        case TimeoutError():
            text, advice = f"no answer within {TIMEOUT:.0f}s", _IS_IT_RUNNING
        case socket.gaierror():
            text, advice = "unknown host", "set the exporter's URL with --url"
        case ssl.SSLCertVerificationError():
            text = f"certificate verify failed: {error.verify_message}"
            advice = "set its CA with --ca-file"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "RECORD_LAYER_FAILURE"):
            text, advice = "it does not use TLS", "write --url=http://…"
        case ssl.SSLError() if "CERTIFICATE_REQUIRED" in (error.reason or ""):
            text = "it requires a client certificate"
            advice = "set one with --cert-file and --key-file"
        case ConnectionResetError() | BadStatusLine() if scheme == "http":
            advice = "if it uses TLS, write --url=https://…"
    return "; ".join(filter(None, (text, advice)))


def _unusable(flag: str, file: Path, reason: str) -> FlagFileError:
    return FlagFileError(plain(f"{flag} {file}: {reason}"))


def _no_password() -> str:
    """OpenSSL would ask for it in the terminal, where the table is."""
    raise ValueError("the key has a password; must be a key without one")
