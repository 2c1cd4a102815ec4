"""azure-ai-formrecognizer: ENDPOINT KEY VERSION; builds a model, analyses, lists operations."""

import json
import sys
from importlib.metadata import version

from azure.ai.formrecognizer import (
    DocumentAnalysisClient,
    DocumentModelAdministrationClient,
    ModelBuildMode,
)
from azure.core.credentials import AzureKeyCredential


def main(endpoint: str, key: str, wanted: str) -> None:
    """Prints what each call gave."""
    if (found := version("azure-ai-formrecognizer")) != wanted:
        sys.exit(f"azure-ai-formrecognizer is {found}, not {wanted}")
    credential, pause = AzureKeyCredential(key), {"polling_interval": 0.1}
    models = DocumentModelAdministrationClient(endpoint, credential, **pause)
    client = DocumentAnalysisClient(endpoint, credential, **pause)
    with models, client:
        built = models.begin_build_document_model(
            ModelBuildMode.TEMPLATE,
            blob_container_url="https://contoso.blob.core.windows.net/forms",
            model_id="bills",
        ).result()
        listed = list(models.list_operations())
        operation = models.get_operation(listed[0].operation_id)
        analysed = client.begin_analyze_document_from_url(
            "prebuilt-read", "https://contoso.example/a.pdf"
        ).result()
    seen = {
        "built": built.model_id,
        "listed": [listed[0].kind, listed[0].status, listed[0].percent_completed],
        "operations": len({one.operation_id for one in listed}),
        "operation": [operation.operation_id == listed[0].operation_id, operation.status],
        "analysed": [analysed.model_id, len(analysed.pages)],
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
