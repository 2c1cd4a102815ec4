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
_NETWORK = "Ask who runs the network to let this machine reach the host and port, or set proxy."

KINDS: Mapping[str, FindingKind] = {
    "fine": FindingKind(OK, "the step went well", ""),
    "plain-key": FindingKind(
        INFO,
        "the key stands in the configuration itself",
        "Move the key into a file and name it with key_file, so that the configuration is "
        "no secret.",
    ),
    "plain-http": FindingKind(
        WARNING,
        "an http endpoint that is not on this machine",
        "Write https; whoever is on the way can read the key.",
    ),
    "regional": FindingKind(
        ERROR,
        "a regional or global endpoint where the API needs the resource's own domain",
        _DOMAIN,
    ),
    "foreign-domain": FindingKind(
        INFO,
        "an endpoint outside Azure's domains",
        "Make sure that this host is meant to get the key; resources of Azure end in "
        ".cognitiveservices.azure.com.",
    ),
    "over-budget": FindingKind(
        INFO,
        "more operations than the budget can look at within the interval",
        "Raise interval, or requests_per_second where Azure allows it; until then looks come late.",
    ),
    "operation-file": FindingKind(
        WARNING,
        "a file of operations that cannot be used",
        "Mend the file at the place that is named.",
    ),
    "name-unknown": FindingKind(
        ERROR,
        "the host name cannot be resolved",
        "Correct the host, or the DNS of where this runs.",
    ),
    "refused": FindingKind(
        ERROR,
        "nothing listens at the port",
        "Correct host and port; if they are right, a firewall refuses the connection.",
    ),
    "unreachable": FindingKind(ERROR, "no way to the host, or no answer from it", _NETWORK),
    "proxy-unreachable": FindingKind(
        ERROR,
        "the proxy cannot be resolved or connected to",
        "Correct proxy, or let this machine reach it.",
    ),
    "proxy-login": FindingKind(
        ERROR,
        "the proxy asks for a user (407)",
        "Have the proxy let this machine through without a user, or name another in proxy.",
    ),
    "proxy-refused": FindingKind(
        ERROR,
        "the proxy does not pass on to the endpoint",
        "Have the proxy allow CONNECT to this host and port.",
    ),
    "proxy-broken": FindingKind(
        ERROR,
        "the proxy closes the connection, or speaks something else",
        "Make sure that proxy names an HTTP proxy, with the scheme that it speaks; its "
        "certificate is trusted by tls.ca_file, too.",
    ),
    "tls-expired": FindingKind(
        ERROR,
        "the server's certificate has ended",
        "Renew the server's certificate; if it is Azure's, look at this machine's clock.",
    ),
    "tls-early": FindingKind(
        ERROR,
        "the server's certificate is not valid yet",
        "Correct this machine's clock, or the server's certificate.",
    ),
    "tls-ending": FindingKind(
        WARNING,
        "the server's certificate ends within 30 days",
        "Have the server's certificate renewed before that day.",
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
        "the authority is not known here, or the server leaves out an intermediate certificate",
        "Have the server send its whole chain, or put the issuer's certificate into tls.ca_file.",
    ),
    "tls-protocol": FindingKind(
        ERROR,
        "the server speaks no TLS that is safe",
        "Switch TLS 1.2 or newer on at the server, or at the proxy that ends TLS.",
    ),
    "tls-none": FindingKind(
        ERROR,
        "the server does not speak TLS at this port",
        "Correct the port; a plain server needs http in the endpoint.",
    ),
    "tls-client": FindingKind(
        ERROR,
        "the server does not accept this client's certificate, or misses one",
        "Set tls.cert_file and tls.key_file to a certificate that the server accepts.",
    ),
    "tls-failed": FindingKind(
        ERROR,
        "TLS fails in another way",
        "Look at what answers at this host and port; a proxy may be in between.",
    ),
    "silent": FindingKind(
        ERROR,
        "the connection stands, and nothing that makes sense comes back",
        "Look at what answers at this host and port; a firewall may let only connections through.",
    ),
    "clock": FindingKind(
        WARNING,
        "this machine's clock differs from Azure's by more than 30 seconds",
        "Switch time synchronisation on; dates and ages are wrong until then.",
    ),
    "clock-wrong": FindingKind(
        ERROR,
        "this machine's clock differs from Azure's by more than 5 minutes",
        "Correct this machine's clock; tokens and certificates are judged by it.",
    ),
    "clock-unknown": FindingKind(
        INFO,
        "the answer has no date to compare the clock with",
        "Make sure that the answer comes from Azure; its answers have a date.",
    ),
    "key-refused": FindingKind(
        ERROR,
        "no key is accepted (401)",
        "Copy a key of this very resource from the portal, and look whether the endpoint is its "
        "own.",
    ),
    "one-key-refused": FindingKind(
        WARNING,
        "one of two keys is not accepted",
        "Replace this key by the current one before the other is regenerated.",
    ),
    "key-unknown": FindingKind(
        INFO,
        "Azure has said nothing of the key yet",
        "Mend what is said of the other steps, then check again.",
    ),
    "token-none": FindingKind(
        ERROR,
        "Entra ID gives no token",
        "Correct auth.entra as the reason says, and let this machine reach the login.",
    ),
    "token-refused": FindingKind(
        ERROR,
        "the token is not accepted (401)",
        "Use the resource's own domain, its own tenant, and auth.entra.cloud of where it is.",
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
        "Let this machine's address through the resource's firewall; the free tier has no "
        "Document Translation.",
    ),
    "not-found": FindingKind(
        WARNING,
        "Azure knows no such operation (404)",
        "Look for a wrong id, or the id of another resource; if Azure has purged it since, take "
        "it out of the configuration.",
    ),
    "document-unreadable": FindingKind(
        WARNING,
        "a document that is configured cannot be read",
        "Look for a wrong id, or the id of another batch's document.",
    ),
    "list-not-found": FindingKind(
        ERROR,
        "the list does not exist (404)",
        "Make sure that the resource offers this API, and that the endpoint is the resource's own.",
    ),
    "version-refused": FindingKind(
        ERROR,
        "the api-version is not accepted",
        "Set api_version to one that the message names, or leave it out.",
    ),
    "throttled": FindingKind(
        WARNING,
        "Azure asks for fewer requests (429)",
        "Wait as long as it says; if it comes again, raise interval or look who else asks.",
    ),
    "azure-trouble": FindingKind(
        WARNING,
        "Azure has trouble of its own (408, 5xx)",
        "Try again later, and give Azure's support the request id.",
    ),
    "no-answer": FindingKind(
        ERROR,
        "a request got no complete answer",
        "Try again, with a longer poll.timeout if this is Azure; look for what else is on the way.",
    ),
    "not-azure": FindingKind(
        ERROR,
        "something else than Azure's API answers: a page, or a redirect",
        "Correct the endpoint, or log this machine in to the network that answers in its place.",
    ),
    "unreadable": FindingKind(
        ERROR,
        "the answer is not what the API promises",
        "Make sure that the endpoint is Azure's; if it is, report this to the exporter's authors.",
    ),
    "rejected": FindingKind(
        ERROR,
        "Azure rejects the request",
        "Do what the message says; the endpoint may be of another kind of resource.",
    ),
    "items-unreadable": FindingKind(
        WARNING,
        "a list, or some items of it, cannot be read",
        "Nothing is lost of the others; report it to the exporter's authors if it stays.",
    ),
    "unknown-state": FindingKind(
        WARNING,
        "Azure says a state that the exporter does not know",
        "Look for a newer exporter; until then the state is Unknown.",
    ),
    "nothing-to-read": FindingKind(
        INFO,
        "an API without operations and lists",
        "Add operations, or discover where the API has it.",
    ),
    "limit": FindingKind(
        INFO,
        "operations that were left out because the API allows few requests",
        "Nothing to do; the exporter looks at them in turn.",
    ),
    "not-tried": FindingKind(
        INFO,
        "steps that need one that failed",
        "Mend what is said above, then check again.",
    ),
    "no-time": FindingKind(
        WARNING,
        "what was not looked at within the time for a resource",
        "Check again; if it comes again, raise requests_per_second, or look at single operations "
        "with /probe.",
    ),
}
