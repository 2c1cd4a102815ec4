"""This program's settings, and what they ask for."""
