"""azure-ai-documentintelligence: ENDPOINT KEY VERSION; build, compose, analyze, batches, lists."""

import json
import sys

from azure.ai.documentintelligence import (
    DocumentIntelligenceAdministrationClient,
    DocumentIntelligenceClient,
    __version__,
)
from azure.ai.documentintelligence.models import (
    AnalyzeBatchDocumentsRequest,
    AnalyzeDocumentRequest,
    AzureBlobContentSource,
    BuildDocumentModelRequest,
    ComposeDocumentModelRequest,
    DocumentTypeDetails,
)
from azure.core.credentials import AzureKeyCredential

SOURCE = AzureBlobContentSource(container_url="https://contoso.blob.core.windows.net/forms")


def main(endpoint: str, key: str, wanted: str) -> None:
    """Prints what each call gave."""
    if __version__ != wanted:
        sys.exit(f"azure-ai-documentintelligence is {__version__}, not {wanted}")
    credential, pause = AzureKeyCredential(key), {"polling_interval": 0.1}
    models = DocumentIntelligenceAdministrationClient(endpoint, credential, **pause)
    client = DocumentIntelligenceClient(endpoint, credential, **pause)
    with models, client:
        build = BuildDocumentModelRequest(
            model_id="bills", build_mode="template", azure_blob_source=SOURCE
        )
        built = models.begin_build_document_model(build).result()
        compose = ComposeDocumentModelRequest(
            model_id="both",
            classifier_id="kinds",
            doc_types={"a": DocumentTypeDetails(model_id="bills")},
        )
        composed = models.begin_compose_model(compose).result()
        listed = list(models.list_operations())
        newest = models.get_operation(listed[0].operation_id)
        request = AnalyzeDocumentRequest(url_source="https://contoso.example/a.pdf")
        analysed = client.begin_analyze_document("prebuilt-layout", request).result()
        batch = AnalyzeBatchDocumentsRequest(
            result_container_url="https://contoso.blob.core.windows.net/results",
            azure_blob_source=SOURCE,
        )
        result = client.begin_analyze_batch_documents("prebuilt-layout", batch).result()
        batches = list(client.list_analyze_batch_results("prebuilt-layout"))
        client.delete_analyze_batch_result("prebuilt-layout", batches[0].result_id or "")
        left = list(client.list_analyze_batch_results("prebuilt-layout"))
    seen = {
        "built": [built.model_id, composed.model_id],
        "listed": [[one.kind, one.status] for one in listed[:2]],
        "operations": len({one.operation_id for one in listed}),
        "newest": [newest.operation_id == listed[0].operation_id, newest.percent_completed],
        "failed": [one.status for one in listed if one.error is not None],
        "analysed": [analysed.model_id, len(analysed.pages)],
        "batch": [result.succeeded_count, [one.status for one in result.details or ()]],
        "batches": [[one.status for one in batches], len(left)],
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
