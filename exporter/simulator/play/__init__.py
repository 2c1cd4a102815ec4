"""Scenarios: work with the times of its events, and its state at a time."""
