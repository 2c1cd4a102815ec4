"""Observations to bytes: the metric contract, rendered pages, and what a scraper asks for."""
