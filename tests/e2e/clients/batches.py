"""azure-ai-translation-document: ENDPOINT KEY VERSION COUNT PAUSE; one batch after the other."""

import json
import sys
import time

from azure.ai.translation.document import DocumentTranslationClient, __version__
from azure.core.credentials import AzureKeyCredential

CONTAINERS = "https://contoso.blob.core.windows.net"


def main(endpoint: str, key: str, wanted: str, count: int, pause: float) -> None:
    """Prints id and time of each as it was submitted, then how each of them ended."""
    if __version__ != wanted:
        sys.exit(f"azure-ai-translation-document is {__version__}, not {wanted}")
    submitted = []
    with DocumentTranslationClient(endpoint, AzureKeyCredential(key)) as client:
        pollers = []
        for number in range(count):
            source, target = (f"{CONTAINERS}/{name}{number}" for name in ("source", "target"))
            pollers.append(client.begin_translation(source, target, "de"))
            submitted.append({"id": pollers[-1].id, "at": time.time()})
            time.sleep(pause)
        for poller, each in zip(pollers, submitted, strict=True):
            results = list(poller.result())
            each |= {"state": poller.status(), "documents": len(results)}
    json.dump(submitted, sys.stdout)


if __name__ == "__main__":
    _, at, secret, version, batches, seconds = sys.argv
    main(at, secret, version, int(batches), float(seconds))
