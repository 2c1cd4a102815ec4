"""The exporter's own metrics, logs and history of requests."""
