"""`check --live`: checks each resource step by step; every finding has a fix."""
