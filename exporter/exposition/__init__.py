"""Converts snapshots to the bytes of /metrics: the metric contract, rendered pages, formats."""
