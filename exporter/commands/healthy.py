"""The health check of an image that has no curl."""

import ssl
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult

_TIMEOUT = 3  # seconds, for connecting and for each read; less than the timeout of the health check
_OK = 200


def healthy(url: SplitResult) -> int:
    """The exit code: 0 if `/-/healthy` below this URL answers 200, else 1.

    Proxies and redirects are not followed. The certificate is not verified, because it seldom
    names 127.0.0.1 and nothing secret is sent; the kubelet does the same.
    """
    connection = _connection(url)
    try:
        connection.request("GET", f"{url.path}/-/healthy")
        status = connection.getresponse().status
    except ConnectionRefusedError:
        reason = "connection refused; is it running? Set its URL with --url"
    except (OSError, HTTPException, UnicodeError) as error:
        system_text = error.strerror if isinstance(error, OSError) else None
        reason = system_text or str(error).strip() or type(error).__name__
    else:
        if status == _OK:
            return 0
        reason = f"HTTP {status}"
    finally:
        connection.close()
    print(f"azure-ai-exporter: {url.geturl()}/-/healthy: {reason}", file=sys.stderr)
    return 1


def _connection(url: SplitResult) -> HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "http":
        return HTTPConnection(host, url.port, timeout=_TIMEOUT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return HTTPSConnection(host, url.port, timeout=_TIMEOUT, context=context)
