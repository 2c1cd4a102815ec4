"""Speaking to Azure: politely, with the resource's own key, and reading every answer."""
