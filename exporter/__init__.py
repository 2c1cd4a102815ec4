"""Prometheus exporter for the long-running operations of Azure AI services."""

__version__ = "0.2.0"
