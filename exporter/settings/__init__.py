"""The vocabulary of any configuration."""
