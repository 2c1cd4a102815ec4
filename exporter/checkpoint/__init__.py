"""The checkpoint: snapshots and counters in a file, so that a restart continues with them."""
