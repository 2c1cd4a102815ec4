"""Connects polling and exposition, and replaces both on a reload."""
