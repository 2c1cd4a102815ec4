"""Types and errors of any configuration."""
