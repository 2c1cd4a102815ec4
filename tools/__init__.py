"""Generators of parts of this project."""
