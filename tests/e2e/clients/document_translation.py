"""azure-ai-translation-document: ENDPOINT KEY VERSION; begin, poll, list, look, cancel."""

import json
import sys

from azure.ai.translation.document import DocumentTranslationClient, __version__
from azure.core.credentials import AzureKeyCredential

SOURCE = "https://contoso.blob.core.windows.net/source"
TARGET = "https://contoso.blob.core.windows.net/target"


def main(endpoint: str, key: str, wanted: str) -> None:
    """Prints what each call gave."""
    if __version__ != wanted:
        sys.exit(f"azure-ai-translation-document is {__version__}, not {wanted}")
    with DocumentTranslationClient(endpoint, AzureKeyCredential(key)) as client:
        poller = client.begin_translation(SOURCE, TARGET, "de")
        results = list(poller.result())
        batch = client.get_translation_status(poller.id)
        listed = list(client.list_translation_statuses(order_by=["created_on desc"]))
        documents = list(client.list_document_statuses(poller.id))
        document = client.get_document_status(poller.id, documents[0].id)
        other = client.begin_translation(SOURCE, TARGET, "fr")
        client.cancel_translation(other.id)
        cancelled = client.get_translation_status(other.id)
    seen = {
        "status": poller.status(),
        "results": [
            (one.status, one.translated_to, one.translated_document_url) for one in results
        ],
        "batch": [batch.id == poller.id, batch.status, batch.documents_total_count],
        "succeeded": batch.documents_succeeded_count,
        "charged": batch.total_characters_charged,
        "listed": [len(listed), listed[0].id == poller.id],
        "documents": [one.id for one in documents] == [one.id for one in results],
        "document": [document.status, document.translation_progress, document.characters_charged],
        "created": batch.created_on.isoformat(),
        "cancelled": cancelled.status,
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
