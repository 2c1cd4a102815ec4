"""TLS to a resource: its version and certificate, or why the handshake failed."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.azure.transport import Tls
from exporter.doctor.findings import StepError
from exporter.doctor.network import TcpConnection, closing
from exporter.text import public

EXPIRY_WARNING_SECONDS = 30 * 86400.0  # before the end of a certificate
_INSPECTION_SECONDS = 2.0  # for both connections that read a rejected certificate
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python does not name
# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_KINDS_BY_VERIFY_CODE = {
    9: "tls-early",
    10: "tls-expired",
    18: "tls-self-signed",
    19: "tls-self-signed",
    20: "tls-authority",
    21: "tls-authority",
    62: "tls-name",
    64: "tls-name",  # of an IP address
}
_FINDINGS_BY_REASON = {
    "WRONG_VERSION_NUMBER": ("tls-none", "the server does not speak TLS"),
    "HTTP_REQUEST": ("tls-none", "the server does not speak TLS"),
    "UNSUPPORTED_PROTOCOL": ("tls-protocol", "the server offers only versions before TLS 1.2"),
    "TLSV1_ALERT_PROTOCOL_VERSION": (
        "tls-protocol",
        "the server offers only versions before TLS 1.2",
    ),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "tls-client",
        "the server ended the handshake; it may require a client certificate, or other ciphers",
    ),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": ("tls-client", "the server requires a client certificate"),
}

ConnectFunction = Callable[[], Awaitable[TcpConnection]]


@dataclass(frozen=True)
class Certificate:
    """A server's certificate; `begin` and `end` are Unix seconds."""

    issuer: str
    names: str
    begin: float
    end: float

    @property
    def last_day(self) -> str:
        return f"{datetime.fromtimestamp(self.end, UTC):%Y-%m-%d}"


@dataclass(frozen=True)
class TlsSession:
    """A finished handshake."""

    protocol: str
    certificate: Certificate


async def start_tls(
    connection: TcpConnection, tls: Tls | None, host: str, connect: ConnectFunction
) -> TlsSession:
    """Start TLS on a connection; `connect` makes another one, to read a rejected certificate.

    Raises:
        StepError: the handshake failed.
    """
    name = (tls.server_name if tls else None) or host
    try:
        context = tls.context if tls else ssl.create_default_context()
        return await _handshake(connection, context, name)
    except ssl.SSLCertVerificationError as error:
        kind = _KINDS_BY_VERIFY_CODE.get(error.verify_code, "tls-failed")
        certificate = await _rejected_certificate(tls, name, connect)
        raise StepError(
            kind, _refusal_text(kind, error.verify_message, certificate, name)
        ) from None
    except ssl.SSLError as error:
        reason = error.reason or "unknown"
        text = "TLS failed: " + reason.lower().replace("_", " ")
        raise StepError(*_FINDINGS_BY_REASON.get(reason, ("tls-failed", text))) from None
    except OSError:
        raise StepError("tls-failed", "the server closed the connection during TLS") from None


def _refusal_text(kind: str, message: str, certificate: Certificate | None, name: str) -> str:
    if certificate is None:
        return f"the certificate is rejected: {message}"
    issued_by = f"issued by {certificate.issuer}"
    match kind:
        case "tls-expired":
            return f"the certificate expired on {certificate.last_day}, {issued_by}"
        case "tls-early":
            begin = f"{datetime.fromtimestamp(certificate.begin, UTC):%Y-%m-%d %H:%M}"
            return f"the certificate is valid only from {begin} UTC, {issued_by}"
        case "tls-name":
            return f"the certificate is for {certificate.names}, not for {name}, {issued_by}"
        case _:
            return (
                f"the certificate is rejected: {message}, {issued_by}, until {certificate.last_day}"
            )


async def _handshake(connection: TcpConnection, context: ssl.SSLContext, name: str) -> TlsSession:
    await connection.writer.start_tls(context, server_hostname=name)
    ssl_object: ssl.SSLObject = connection.writer.get_extra_info("ssl_object")
    return TlsSession(ssl_object.version() or "", _certificate(ssl_object.getpeercert() or {}))


async def _rejected_certificate(
    tls: Tls | None, name: str, connect: ConnectFunction
) -> Certificate | None:
    """The certificate that was rejected.

    The first connection takes its bytes without verification. The second one trusts these bytes,
    so that Python returns the fields. Nothing is sent after the handshakes.
    """
    unverified = _context(tls)
    unverified.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(_INSPECTION_SECONDS):
            async with closing(await connect()) as connection:
                await connection.writer.start_tls(unverified, server_hostname=name)
                ssl_object: ssl.SSLObject = connection.writer.get_extra_info("ssl_object")
                certificate_bytes = ssl_object.getpeercert(binary_form=True) or b""
            self_trusting = _context(tls)
            self_trusting.load_verify_locations(cadata=certificate_bytes)
            self_trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            self_trusting.verify_flags = ssl.VerifyFlags(
                self_trusting.verify_flags | _NO_CHECK_TIME
            )
            async with closing(await connect()) as connection:
                return (await _handshake(connection, self_trusting, name)).certificate
    except (OSError, ValueError, StepError):
        return None


def _context(tls: Tls | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if tls and tls.cert_file:
        context.load_cert_chain(tls.cert_file, tls.key_file, password="")
    return context


def _certificate(fields: Mapping[str, object]) -> Certificate:
    """A certificate from the fields that `getpeercert` returns."""
    names = [value for _, value in _pairs(fields.get("subjectAltName"))]
    begin, end = str(fields.get("notBefore", "")), str(fields.get("notAfter", ""))
    return Certificate(
        issuer=_issuer(fields.get("issuer")),
        names=public(", ".join(names[:5]) or "nobody", 120),
        begin=ssl.cert_time_to_seconds(begin) if begin else 0.0,
        end=ssl.cert_time_to_seconds(end) if end else 0.0,
    )


def _issuer(issuer: object) -> str:
    """Its common name, or else its organisation."""
    parts = issuer if isinstance(issuer, tuple) else ()
    by_name = {name: value for part in parts for name, value in _pairs(part)}
    names = [
        by_name[field]
        for field in ("commonName", "organizationName", "organizationalUnitName")
        if field in by_name
    ]
    return public(names[0] if names else "an authority without a name", 80)


def _pairs(value: object) -> list[tuple[str, str]]:
    pairs = value if isinstance(value, tuple) else ()
    return [(str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, tuple)]
