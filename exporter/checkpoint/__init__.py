"""The checkpoint: what is known, kept in a file, so that a restart forgets nothing."""
