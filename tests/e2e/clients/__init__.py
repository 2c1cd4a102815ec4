"""Scripts that use an official client, unmodified, and print as JSON what it saw."""
