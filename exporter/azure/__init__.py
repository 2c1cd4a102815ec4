"""Requests to Azure: within the budget, with the resource's own credential; and parsed answers."""
