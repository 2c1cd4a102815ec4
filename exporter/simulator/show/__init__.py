"""The work that the demo shows."""
