"""When to ask Azure, and for what."""
