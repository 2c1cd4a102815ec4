"""Authorisation of requests: keys and tokens."""
