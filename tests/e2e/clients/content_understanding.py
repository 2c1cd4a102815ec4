"""azure-ai-contentunderstanding: ENDPOINT KEY VERSION; make an analyzer, analyse, look, delete."""

import json
import sys

from azure.ai.contentunderstanding import ContentUnderstandingClient, __version__
from azure.ai.contentunderstanding.models import AnalysisInput, ContentAnalyzer
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError


def main(endpoint: str, key: str, wanted: str) -> None:
    """Prints what each call gave."""
    if __version__ != wanted:
        sys.exit(f"azure-ai-contentunderstanding is {__version__}, not {wanted}")
    client = ContentUnderstandingClient(endpoint, AzureKeyCredential(key), polling_interval=0.05)
    with client:
        making = client.begin_create_analyzer(
            "delivery-notes", ContentAnalyzer(base_analyzer_id="prebuilt-document")
        )
        begun = making.status()
        analyzer = making.result()
        names = [one.analyzer_id for one in client.list_analyzers()]
        analysing = client.begin_analyze(
            "delivery-notes", inputs=[AnalysisInput(url="https://contoso.example/a.pdf")]
        )
        id_ = analysing.operation_id
        result = analysing.result()
        usage = analysing.usage
        client.delete_result(id_)
        gone = None
        try:
            client.delete_result(id_)
        except HttpResponseError as error:
            gone = [error.status_code, error.error and error.error.code]
    seen = {
        "making": [begun, making.status(), analyzer.status],
        "names": names,
        "analysing": [analysing.status(), result.analyzer_id, len(result.contents)],
        "id": id_,
        "usage": [usage.document_pages_standard, dict(usage.tokens or {})] if usage else None,
        "gone": gone,
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
