"""The families of documents."""

from operator import attrgetter

from exporter.exposition import samples
from exporter.exposition.families.family import Family, Scope

DOCUMENT_FAMILIES = (
    Family(
        "azure_ai_document_state",
        "1 for the current state of the document.",
        Scope.DOCUMENT,
        ("state",),
        samples=samples.OfDocument(
            lambda _document: 1, lambda document: (("state", document.state),)
        ),
    ),
    Family(
        "azure_ai_document_progress_ratio",
        "Progress of the document from 0 to 1.",
        Scope.DOCUMENT,
        samples=samples.OfDocument(attrgetter("progress")),
        absent="if Azure's value is not a valid progress",
    ),
    Family(
        "azure_ai_document_characters_charged",
        "Characters charged for the document.",
        Scope.DOCUMENT,
        samples=samples.OfDocument(attrgetter("characters_charged")),
        absent="until Azure reports it",
    ),
    Family(
        "azure_ai_document_images_charged",
        "Images charged for the document, if the API reports it.",
        Scope.DOCUMENT,
        samples=samples.OfDocument(attrgetter("images_charged")),
        absent="unless api_version is 2026-03-01",
    ),
    Family(
        "azure_ai_document_error_info",
        "1 while the document has an error.",
        Scope.DOCUMENT,
        ("code", "inner_code"),
        samples=samples.OfDocument(
            lambda document: 1 if document.fault else None,
            lambda document: samples.fault_labels(document.fault) if document.fault else (),
        ),
        absent="while there is no error",
    ),
    Family(
        "azure_ai_document_info",
        "1; the name of the document's source, if document_names is on.",
        Scope.DOCUMENT,
        ("name",),
        samples=samples.OfDocument(
            lambda document: 1 if document.name else None,
            lambda document: (("name", document.name),),
        ),
        absent="unless document_names is on",
    ),
)
