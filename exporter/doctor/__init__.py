"""`check --live`: each resource is tried step by step; every finding says what to do."""
