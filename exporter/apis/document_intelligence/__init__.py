"""Document Intelligence: builds and other operations, batch analyses, single analyses."""

from exporter.apis.document_intelligence.settings import DocumentIntelligence

__all__ = ["DocumentIntelligence"]
