"""Cuts secrets out of foreign text: the exporter's own, and what looks like one."""
