"""Data: all kinds of findings, with severity and remedy."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """In increasing order."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


OK, INFO, WARNING, ERROR = Severity
# argparse ends with 2 if the flags are wrong; a wrong configuration ends with 1.
EXIT_CODES = {OK: 0, INFO: 0, WARNING: 3, ERROR: 1}


class FindingKind(NamedTuple):
    """One kind of finding.

    Attributes:
        means: its description in the documentation.
        remedy: what to do, in one sentence.
    """

    severity: Severity
    means: str
    remedy: str


_DOMAIN = (
    "Write the resource's own domain, like https://NAME.cognitiveservices.azure.com; "
    "the portal shows it under Keys and Endpoint."
)
_NETWORK = "Let this machine reach the host and port (firewall, routes), or set proxy."

KINDS: Mapping[str, FindingKind] = {
    "fine": FindingKind(OK, "the step succeeded", ""),
    "plain-key": FindingKind(
        INFO,
        "the key is in the configuration itself",
        "Put the key into a file of its own and name it with key_file, so that the "
        "configuration is not secret.",
    ),
    "project-key": FindingKind(
        WARNING,
        "a key for a Foundry project; only tokens of Entra ID are known to work there",
        "Write auth: {entra: {}}, or the endpoint of the Azure OpenAI resource itself.",
    ),
    "plain-http": FindingKind(
        WARNING,
        "an http endpoint that is not on this machine",
        "Write https; anyone on the network path can read the key.",
    ),
    "endpoint-path": FindingKind(
        WARNING,
        "an endpoint in one of Azure's domains with a path that is no Foundry project",
        "Write scheme and host alone, like https://NAME.cognitiveservices.azure.com.",
    ),
    "regional": FindingKind(
        ERROR,
        "a regional or global endpoint where the API needs the resource's own domain",
        _DOMAIN,
    ),
    "foreign-domain": FindingKind(
        INFO,
        "an endpoint outside Azure's domains",
        "Make sure that the key may be sent to this host; the names of Azure's resources end "
        "in .cognitiveservices.azure.com.",
    ),
    "over-budget": FindingKind(
        INFO,
        "more operations than the budget can poll within the interval",
        "Raise interval, or requests_per_second where Azure allows it; until then polls are late.",
    ),
    "operation-file": FindingKind(
        WARNING,
        "an operation file that cannot be used",
        "Correct the file as the message says; the exporter reads it again by itself.",
    ),
    "operation-folder": FindingKind(
        WARNING,
        "a folder of operation_files that is missing or cannot be searched",
        "Create the folder and let the exporter's user read it, or correct the pattern in "
        "operation_files.",
    ),
    "file-hangs": FindingKind(
        ERROR,
        "a file with a key, secret or certificate that cannot be read in time",
        "Check the volume of the file; the resource is not polled until the file can be read.",
    ),
    "state-file": FindingKind(
        WARNING,
        "a state_file that cannot be written, or is no checkpoint",
        "Name a file in a folder that exists and that the exporter's user may write to, such as "
        "a mounted volume; without it, nothing survives a restart.",
    ),
    "reader-missing": FindingKind(
        ERROR,
        "the identity may not list accounts (403 of Azure Resource Manager)",
        "Run the command; a new role takes some minutes to work.",
    ),
    "accounts-none": FindingKind(
        WARNING,
        "an entry of discover_resources without a polled account",
        "Check its filters, the accounts that cannot be polled, and the roles of the identity: "
        "Azure lists only accounts that the identity may read.",
    ),
    "account-unwatched": FindingKind(
        INFO,
        "a discovered account that cannot be polled",
        "Change the account as the message says, or exclude it with a filter.",
    ),
    "accounts-untried": FindingKind(
        INFO,
        "accounts that this check skipped, because there are many",
        "The exporter polls all of them; change the filters to check others.",
    ),
    "not-here": FindingKind(
        INFO,
        "an API that is not configured and not available in the resource or its region",
        "Nothing to do; the exporter retries each hour, and `apis: {NAME: false}` under "
        "`discover_resources` disables the API.",
    ),
    "nothing-to-poll": FindingKind(
        WARNING,
        "a resource without operations and discovery",
        "Add operations, set discover: true where the API has a list, or let jobs register "
        "operations with operation_files; only /probe needs none of these.",
    ),
    "nothing-to-read": FindingKind(
        INFO,
        "an API without operations and discovery, beside others that have them",
        "Add operations, set discover: true where the API has a list, or remove the API.",
    ),
    "same-endpoint": FindingKind(
        INFO,
        "several resources with the same endpoint and API",
        "Keep one of them: each polls and counts the same operations, and Azure's limits apply to "
        "all together.",
    ),
    "placeholder": FindingKind(
        WARNING,
        "a label whose value is the placeholder of a shell or template",
        "Write the value itself, or fill in the template before the exporter reads the file.",
    ),
    "name-unknown": FindingKind(
        ERROR,
        "the host name cannot be resolved",
        "Correct the host, or the DNS of this machine.",
    ),
    "refused": FindingKind(
        ERROR,
        "nothing listens at the port",
        "Correct host and port; if they are right, a firewall refuses the connection.",
    ),
    "unreachable": FindingKind(ERROR, "the host cannot be reached, or does not answer", _NETWORK),
    "proxy-unreachable": FindingKind(
        ERROR,
        "the proxy cannot be resolved or connected to",
        "Correct proxy, or let this machine reach it.",
    ),
    "proxy-login": FindingKind(
        ERROR,
        "the proxy requires a user (407)",
        "Let this machine use the proxy without a user, or set another proxy.",
    ),
    "proxy-refused": FindingKind(
        ERROR,
        "the proxy does not connect to the endpoint",
        "Allow CONNECT to this host and port at the proxy.",
    ),
    "proxy-broken": FindingKind(
        ERROR,
        "the proxy closes the connection, or does not speak HTTP",
        "Make sure that proxy names an HTTP proxy with the right scheme; tls.ca_file can hold "
        "the authority of its certificate.",
    ),
    "tls-expired": FindingKind(
        ERROR,
        "the server's certificate has expired",
        "Renew the server's certificate; if it is Azure's, check this machine's clock.",
    ),
    "tls-early": FindingKind(
        ERROR,
        "the server's certificate is not valid yet",
        "Correct this machine's clock, or the server's certificate.",
    ),
    "tls-ending": FindingKind(
        WARNING,
        "the server's certificate expires within 30 days",
        "Renew the server's certificate before that day.",
    ),
    "tls-name": FindingKind(
        ERROR,
        "the server's certificate is for another host",
        "Correct the endpoint, or set tls.server_name if the other name is the right one.",
    ),
    "tls-self-signed": FindingKind(
        ERROR,
        "the server, or an authority that it sends, signed its own certificate",
        "Put the authority's certificate into tls.ca_file, if it is one that you trust.",
    ),
    "tls-authority": FindingKind(
        ERROR,
        "the authority is unknown, or the server does not send an intermediate certificate",
        "Let the server send its whole chain, or put the issuer's certificate into tls.ca_file.",
    ),
    "tls-protocol": FindingKind(
        ERROR,
        "the server does not support TLS 1.2 or newer",
        "Enable TLS 1.2 or newer at the server, or at the proxy that terminates TLS.",
    ),
    "tls-none": FindingKind(
        ERROR,
        "the server does not speak TLS at this port",
        "Correct the port; a plain server needs http in the endpoint.",
    ),
    "tls-client": FindingKind(
        ERROR,
        "the server does not accept the client certificate, or requires one",
        "Set tls.cert_file and tls.key_file to a certificate that the server accepts.",
    ),
    "tls-failed": FindingKind(
        ERROR,
        "TLS fails in another way",
        "Check which server answers at this host and port; a proxy may be in between.",
    ),
    "silent": FindingKind(
        ERROR,
        "connected, but no valid HTTP response arrives",
        "Check which server answers at this host and port; a firewall may drop the data.",
    ),
    "clock": FindingKind(
        WARNING,
        "this machine's clock differs from Azure's by more than 30 seconds",
        "Enable time synchronisation; dates and ages are wrong until then.",
    ),
    "clock-wrong": FindingKind(
        ERROR,
        "this machine's clock differs from Azure's by more than 5 minutes",
        "Correct this machine's clock; tokens and certificates depend on it.",
    ),
    "clock-unknown": FindingKind(
        INFO,
        "the response has no date to compare the clock with",
        "Make sure that the response comes from Azure; its responses have a date.",
    ),
    "key-refused": FindingKind(
        ERROR,
        "no key is accepted (401)",
        "Copy a key of this resource from the portal, and make sure that the endpoint is of the "
        "same resource.",
    ),
    "one-key-refused": FindingKind(
        WARNING,
        "one of two keys is not accepted",
        "Replace this key with the current one before the other is regenerated.",
    ),
    "key-unknown": FindingKind(
        INFO,
        "no request has shown whether the key is accepted",
        "Fix the other findings, then check again.",
    ),
    "token-none": FindingKind(
        ERROR,
        "Entra ID issues no token",
        "Correct auth.entra as the reason says, and let this machine reach the login host.",
    ),
    "token-refused": FindingKind(
        ERROR,
        "the token is not accepted (401)",
        "Use the resource's own domain and tenant, and the auth.entra.cloud where it is.",
    ),
    "role-missing": FindingKind(
        ERROR,
        "the identity may not read (403, or 401 with PermissionDenied)",
        "Give the identity the role Cognitive Services User on the resource (for Speech, "
        "Cognitive Services Speech User is enough), and wait five minutes.",
    ),
    "forbidden": FindingKind(
        ERROR,
        "the key is not allowed to read (403)",
        "Allow this machine's address in the resource's firewall; the free tier has no "
        "Document Translation.",
    ),
    "not-found": FindingKind(
        WARNING,
        "Azure does not know the operation (404)",
        "Check the id, and whether it is of another resource; if Azure has deleted the "
        "operation, remove it from the configuration.",
    ),
    "document-unreadable": FindingKind(
        WARNING,
        "a document that is configured cannot be read",
        "Check the id, and whether the document is of another batch.",
    ),
    "list-not-found": FindingKind(
        ERROR,
        "the list does not exist (404)",
        "Make sure that the resource has this API, and that the endpoint is its own domain.",
    ),
    "free-tier": FindingKind(
        ERROR,
        "the resource is of the free tier (F0), which does not have this API",
        "Use a resource of a paid tier, such as Standard (S0), or remove the API.",
    ),
    "version-refused": FindingKind(
        ERROR,
        "the api-version is not accepted",
        "Set api_version to one that the message names, or leave it out.",
    ),
    "throttled": FindingKind(
        WARNING,
        "Azure limits the requests (429)",
        "Wait as long as Azure says; if it happens again, raise interval, or find other clients.",
    ),
    "azure-trouble": FindingKind(
        WARNING,
        "Azure cannot answer at the moment (408, 5xx)",
        "Try again later; Azure's support needs the request id.",
    ),
    "no-answer": FindingKind(
        ERROR,
        "a request without a complete response",
        "Try again, with a longer poll.timeout; check proxies and firewalls on the way.",
    ),
    "not-azure": FindingKind(
        ERROR,
        "another server responds: a page, or a redirect",
        "Correct the endpoint, or log in to the network whose portal responds instead.",
    ),
    "unreadable": FindingKind(
        ERROR,
        "the response is not as the API documents it",
        "Make sure that the endpoint is Azure's; if it is, report this as a bug of the exporter.",
    ),
    "rejected": FindingKind(
        ERROR,
        "Azure rejects the request",
        "Follow the message; the endpoint may be of another kind of resource.",
    ),
    "items-unreadable": FindingKind(
        WARNING,
        "a list, or some items of it, cannot be read",
        "Other items are not affected; if it stays, report it as a bug of the exporter.",
    ),
    "unknown-state": FindingKind(
        WARNING,
        "Azure reports a state that the exporter does not know",
        "Upgrade the exporter; until then the state is Unknown.",
    ),
    "limit": FindingKind(
        INFO,
        "operations that were skipped because the API allows few requests",
        "Nothing to do; the exporter polls them in turn.",
    ),
    "not-tried": FindingKind(
        INFO,
        "steps that were skipped, because an earlier one failed",
        "Fix the errors above, then check again.",
    ),
    "no-time": FindingKind(
        WARNING,
        "checks that did not finish in the time for a resource",
        "Check again; if it happens again, raise requests_per_second, or poll single operations "
        "with /probe.",
    ),
}
