"""Schedules the requests to Azure."""
