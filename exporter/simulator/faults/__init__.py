"""Faults of answers, and their form in HTTP."""
