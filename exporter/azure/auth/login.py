"""Requests to Entra ID through azure-identity, an extra: imported only if Entra is used."""

import logging
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from aiohttp import ClientSession
from azure.core.credentials_async import AsyncSupportsTokenInfo
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import (
    CertificateCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)
from pydantic_core import PydanticCustomError

from exporter.azure.auth.entra import Entra
from exporter.files import threads
from exporter.files.stamps import stamps
from exporter.settings.file_content import content_of
from exporter.settings.types import name_of, problem

# Their messages quote answers; the messages of this exporter do not.
for _name in ("azure", "msal"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_MEANINGS = {
    "AADSTS50034": "there is no such account",
    "AADSTS70021": "no federated credential of the application matches",
    "AADSTS90002": "there is no such tenant",
    "AADSTS700016": "there is no such application in the tenant",
    "AADSTS700027": "the certificate is not the application's",
    "AADSTS7000215": "the client secret is wrong",
    "AADSTS7000222": "the client secret has expired",
}
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is valid for `lifetime` seconds and should be replaced after `refresh_in`."""

    value: str = field(repr=False)
    lifetime: float
    refresh_in: float | None


class _Options(TypedDict, total=False):
    transport: object  # an AioHttpTransport; azure-core loads it lazily, so it is no type
    proxies: Mapping[str, str]
    authority: str
    retry_total: int


class NoTokenError(Exception):
    """There is no token.

    Args:
        reason: a short text without quotes from answers.
        refused: the login refused this identity; another request soon would not help.
    """

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused


async def request_token(
    entra: Entra, scope: str, session: ClientSession, proxy: str | None
) -> Token:
    """A new token for a scope.

    Each call makes a new credential of azure-identity, which reads secret and certificate again
    and has no cache with a token that was refused.

    Raises:
        NoTokenError: there is none.
    """
    try:
        proof = await threads.run(lambda: proof_of(entra))
    except PydanticCustomError as error:
        raise NoTokenError(error.message()) from None
    options: _Options = {"transport": AioHttpTransport(session=session, session_owner=False)}
    if proxy:
        options["proxies"] = {"https": proxy}  # managed identities are local, on plain http
    try:
        async with _credential(entra, proof, options) as identity:
            info = await identity.get_token_info(scope)
        now = time.time()
        refresh_in = None if info.refresh_on is None else info.refresh_on - now
        token = Token(info.token, info.expires_on - now, refresh_in)
        usable = token.lifetime > 0 and re.fullmatch(r"[!-~]+", token.value)
    except Exception as error:  # noqa: BLE001  azure-identity may raise anything for a bad answer
        raise _no_token_error(entra, error) from None
    if not usable:
        raise NoTokenError("the response of the login contains no usable token")
    return token


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves an application: its secret, or its certificate with the key as PEM."""

    secret: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)


def proof_of(entra: Entra) -> Proof:
    """The proof as its file has it now. It blocks while the file is read.

    azure-identity reads the files of the environment itself; here they are read before it, because
    one that hangs would stop the event loop.

    Raises:
        PydanticCustomError: there is none.
    """
    if entra.tenant_id is None:
        for path in entra.files:
            if stamps((path,))[path] or threads.hangs(str(path)):
                content_of(path)
        return Proof()
    if entra.certificate_file is not None:
        return Proof(certificate=content_of(entra.certificate_file))
    return Proof(entra.secret)


def check(entra: Entra) -> None:
    """Check that secret or certificate can be used, without a request.

    Raises:
        PydanticCustomError: it cannot.
    """
    if entra.tenant_id is None:
        return
    try:
        _credential(entra, proof_of(entra), {})
    except PydanticCustomError:
        if any(threads.hangs(str(path)) for path in entra.files):
            return  # no error of the configuration; it is read at each request for a token
        raise
    except (ValueError, TypeError, AzureError):
        where = name_of(entra.certificate_file) if entra.certificate_file else "the application"
        raise problem(
            f"{where} cannot be used; it must contain a certificate and its RSA key as "
            "PEM, without a password"
        ) from None


def _credential(entra: Entra, proof: Proof, options: _Options) -> AsyncSupportsTokenInfo:
    authority = entra.authority or entra.azure_cloud.authority
    if entra.tenant_id and entra.client_id:
        options |= {"authority": authority, "retry_total": 0}  # the exporter's client retries
        application = entra.tenant_id, entra.client_id
        if entra.certificate_file is not None:
            return CertificateCredential(
                *application, certificate_data=proof.certificate, **options
            )
        return ClientSecretCredential(*application, proof.secret, **options)
    if entra.managed_identity:
        return ManagedIdentityCredential(client_id=entra.managed_identity, **options)
    return DefaultAzureCredential(
        authority=authority,
        exclude_shared_token_cache_credential=True,
        exclude_visual_studio_code_credential=True,
        exclude_powershell_credential=True,
        exclude_developer_cli_credential=True,
        **options,
    )


def _no_token_error(entra: Entra, error: Exception) -> NoTokenError:
    """The error in our own words: messages of azure-identity may hold secrets."""
    status = error.status_code if isinstance(error, HttpResponseError) else None
    temporary = status is not None and (status == _TOO_MANY_REQUESTS or status >= 500)  # noqa: PLR2004
    code = re.search(r"\bAADSTS[0-9]{4,8}\b", str(error)[:20000])
    if code and not temporary:
        meaning = _MEANINGS.get(code[0], "see https://login.microsoftonline.com/error")
        return NoTokenError(f"the login was refused: {code[0]}, {meaning}", refused=True)
    return NoTokenError(_reason(entra, error, status))


def _reason(entra: Entra, error: Exception, status: int | None) -> str:
    match error:
        case HttpResponseError() if status is not None:
            reason = f"the login answered HTTP {status}"
        case ClientAuthenticationError() if entra.tenant_id is None and entra.managed_identity:
            reason = "this managed identity does not exist on this machine"
        case ClientAuthenticationError() if entra.tenant_id is None:
            sources = "environment, workload identity, managed identity or CLI"
            reason = f"no identity was found in {sources}"
        case ClientAuthenticationError():
            reason = "the response of the login contains no token"
        case _ if _is_tls_error(error):
            reason = "TLS to the login failed"
        case ServiceRequestError() | ServiceResponseError() | OSError():
            reason = "the login cannot be reached"
        case _:
            reason = f"the response of the login cannot be read ({type(error).__name__})"
    return reason


def _is_tls_error(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__
    return False
