"""TLS to a resource: what was agreed on, or why not, with names and dates of the certificate."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.azure.transport import Tls
from exporter.doctor.findings import TroubleError
from exporter.doctor.network import PeerConnection, closing
from exporter.text import public

ENDING = 30 * 86400.0  # seconds before its end at which a certificate is spoken of
_SECOND_LOOK = 2.0  # seconds for both looks at a certificate that is refused
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python does not name
# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_BY_CODE = {
    9: "tls-early",
    10: "tls-expired",
    18: "tls-self-signed",
    19: "tls-self-signed",
    20: "tls-authority",
    21: "tls-authority",
    62: "tls-name",
    64: "tls-name",  # of an IP address
}
_BY_REASON = {
    "WRONG_VERSION_NUMBER": ("tls-none", "what answers does not speak TLS"),
    "HTTP_REQUEST": ("tls-none", "what answers does not speak TLS"),
    "UNSUPPORTED_PROTOCOL": ("tls-protocol", "the server offers only versions before TLS 1.2"),
    "TLSV1_ALERT_PROTOCOL_VERSION": (
        "tls-protocol",
        "the server offers only versions before TLS 1.2",
    ),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "tls-client",
        "the server ended the handshake; it may want a client certificate, or other ciphers",
    ),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": ("tls-client", "the server wants a client certificate"),
}

Dial = Callable[[], Awaitable[PeerConnection]]


@dataclass(frozen=True)
class Certificate:
    """What a server shows; the end in Unix seconds."""

    issuer: str
    names: str
    begin: float
    end: float

    @property
    def last_day(self) -> str:
        return f"{datetime.fromtimestamp(self.end, UTC):%Y-%m-%d}"


@dataclass(frozen=True)
class Secured:
    """TLS as it was agreed on."""

    protocol: str
    certificate: Certificate


async def secured(connection: PeerConnection, tls: Tls | None, host: str, dial: Dial) -> Secured:
    """TLS over a connection; `dial` makes another, to look at a certificate that is refused.

    Raises:
        TroubleError: there can be none.
    """
    name = (tls.server_name if tls else None) or host
    try:
        context = tls.context if tls else ssl.create_default_context()
        return await _shaken(connection, context, name)
    except ssl.SSLCertVerificationError as error:
        kind = _BY_CODE.get(error.verify_code, "tls-failed")
        seen = await _as_sent(tls, name, dial)
        raise TroubleError(kind, _refused(kind, error.verify_message, seen, name)) from None
    except ssl.SSLError as error:
        reason = error.reason or "unknown"
        words = "TLS failed: " + reason.lower().replace("_", " ")
        raise TroubleError(*_BY_REASON.get(reason, ("tls-failed", words))) from None
    except OSError:
        raise TroubleError("tls-failed", "the server closed the connection during TLS") from None


def _refused(kind: str, message: str, seen: Certificate | None, name: str) -> str:
    if seen is None:
        return f"the certificate is refused: {message}"
    by = f"issued by {seen.issuer}"
    match kind:
        case "tls-expired":
            return f"the certificate ended on {seen.last_day}, {by}"
        case "tls-early":
            begin = f"{datetime.fromtimestamp(seen.begin, UTC):%Y-%m-%d %H:%M}"
            return f"the certificate begins only on {begin} UTC, {by}"
        case "tls-name":
            return f"the certificate is for {seen.names}, not for {name}, {by}"
        case _:
            return f"the certificate is refused: {message}, {by}, until {seen.last_day}"


async def _shaken(connection: PeerConnection, context: ssl.SSLContext, name: str) -> Secured:
    await connection.writer.start_tls(context, server_hostname=name)
    agreed: ssl.SSLObject = connection.writer.get_extra_info("ssl_object")
    told = agreed.getpeercert() or {}
    return Secured(agreed.version() or "", _read(told))


async def _as_sent(tls: Tls | None, name: str, dial: Dial) -> Certificate | None:
    """The certificate that is not trusted: taken once blindly, then as its own authority.

    Nothing but TLS is spoken over these connections.
    """
    blind = _context(tls)
    blind.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(_SECOND_LOOK):
            async with closing(await dial()) as connection:
                await connection.writer.start_tls(blind, server_hostname=name)
                taken: ssl.SSLObject = connection.writer.get_extra_info("ssl_object")
                raw = taken.getpeercert(binary_form=True) or b""
            itself = _context(tls)
            itself.load_verify_locations(cadata=raw)
            itself.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            itself.verify_flags = ssl.VerifyFlags(itself.verify_flags | _NO_CHECK_TIME)
            async with closing(await dial()) as connection:
                return (await _shaken(connection, itself, name)).certificate
    except (OSError, ValueError, TroubleError):
        return None


def _context(tls: Tls | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if tls and tls.cert_file:
        context.load_cert_chain(tls.cert_file, tls.key_file, password="")
    return context


def _read(told: Mapping[str, object]) -> Certificate:
    """What Python makes of a certificate."""
    names = [value for _, value in _pairs(told.get("subjectAltName"))]
    begin, end = (str(told.get(each, "")) for each in ("notBefore", "notAfter"))
    return Certificate(
        issuer=_issuer(told.get("issuer")),
        names=public(", ".join(names[:5]) or "nobody", 120),
        begin=ssl.cert_time_to_seconds(begin) if begin else 0.0,
        end=ssl.cert_time_to_seconds(end) if end else 0.0,
    )


def _issuer(told: object) -> str:
    """Its common name, or else its organisation."""
    parts = told if isinstance(told, tuple) else ()
    by_name = {name: value for part in parts for name, value in _pairs(part)}
    known = ("commonName", "organizationName", "organizationalUnitName")
    name = next((by_name[each] for each in known if each in by_name), "an authority without a name")
    return public(name, 80)


def _pairs(told: object) -> list[tuple[str, str]]:
    pairs = told if isinstance(told, tuple) else ()
    return [(str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, tuple)]
