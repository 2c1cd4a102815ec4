"""TLS of the exporter's own port: the names of exporter-toolkit's format, mapped to OpenSSL's."""

import ipaddress
import ssl
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from exporter.files import threads
from exporter.settings.file_content import authorities_in, pem_in
from exporter.settings.types import name_of, problem

VERSIONS: Mapping[str, ssl.TLSVersion] = {
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}

CLIENT_AUTH: Mapping[str, ssl.VerifyMode] = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}

# The suites of Go's tls.CipherSuites(). Those of TLS 1.3 (None) are always on, as in Go.
# https://pkg.go.dev/crypto/tls#CipherSuites
SUITES: Mapping[str, str | None] = {
    "TLS_AES_128_GCM_SHA256": None,
    "TLS_AES_256_GCM_SHA384": None,
    "TLS_CHACHA20_POLY1305_SHA256": None,
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}

_NAME_KINDS = ("DNS", "email", "IP Address", "URI")


def load_certificate(context: ssl.SSLContext, cert_file: Path, key_file: Path) -> None:
    """Load the port's certificate, with its chain and its key.

    Raises:
        PydanticCustomError: one of the files cannot be used.
    """
    if b"-----BEGIN CERTIFICATE-----" not in pem_in(cert_file, "cert_file"):
        raise problem(f"{name_of(cert_file)} contains no PEM certificate", "cert_file")
    if b"PRIVATE KEY-----" not in pem_in(key_file, "key_file"):
        raise problem(f"{name_of(key_file)} contains no PEM private key", "key_file")

    def no_password() -> str:
        text = "is encrypted; write it without a password, readable for the exporter alone"
        raise problem(f"{name_of(key_file)} {text}", "key_file")

    try:
        threads.call(
            str(cert_file), lambda: context.load_cert_chain(cert_file, key_file, no_password)
        )
    except threads.HangingError as error:
        raise problem(f"{name_of(cert_file)} cannot be read: {error}", "cert_file") from None
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            text = f"{name_of(key_file)} is not the key of the certificate in cert_file"
            raise problem(text, "key_file") from None
        text = f"{name_of(cert_file)} cannot be used with key_file: {_reason_text(error)}"
        raise problem(text, "cert_file") from None
    except OSError as error:  # it could be read before, so it has just changed
        raise problem(f"cannot be read: {error.strerror}", "cert_file") from None


def load_client_ca(context: ssl.SSLContext, file: Path) -> None:
    """Load the certificates that may sign those of clients; as in Go, they need not be roots.

    Raises:
        PydanticCustomError: the file cannot be used.
    """
    authorities = authorities_in(file, "client_ca_file")
    try:
        context.load_verify_locations(cadata=authorities)
    except (ssl.SSLError, ValueError):  # ValueError: there is nothing in it
        raise problem(f"{name_of(file)} contains no PEM certificate", "client_ca_file") from None
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


def choose_ciphers(context: ssl.SSLContext, suites: Sequence[str]) -> None:
    """Select suites of TLS 1.2, by Go's names; without any, OpenSSL's default stays.

    Raises:
        PydanticCustomError: OpenSSL, or the policy of this machine, supports none of them.
    """
    ciphers = ":".join(filter(None, map(SUITES.get, suites)))
    if not ciphers:
        return
    try:
        context.set_ciphers(ciphers)
    except ssl.SSLError:
        raise problem("has no suite that this OpenSSL supports", "cipher_suites") from None


def names_of(certificate: Mapping[str, object] | None) -> set[str]:
    """The Subject Alternative Names of a client: DNS names, e-mail and IP addresses, URIs.

    Args:
        certificate: in the form of `SSLSocket.getpeercert()`.
    """
    names = (certificate or {}).get("subjectAltName", ())
    if not isinstance(names, Iterable):
        return set()
    return {canonical(value) for kind, value in names if kind in _NAME_KINDS}


def canonical(name: str) -> str:
    """An IP address in its one short spelling; any other name as it is."""
    try:
        return str(ipaddress.ip_address(name.strip()))
    except ValueError:
        return name


def _reason_text(error: ssl.SSLError) -> str:
    return (error.reason or "not understood").lower().replace("_", " ")
