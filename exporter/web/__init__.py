"""The exporter's own port."""
