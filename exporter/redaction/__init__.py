"""Removes secrets from foreign text: the exporter's own, and text that looks like a secret."""
