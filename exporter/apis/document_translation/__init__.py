"""Document Translation: batches and their documents."""

from exporter.apis.document_translation.settings import DocumentTranslation

__all__ = ["DocumentTranslation"]
