"""Accounts that Azure Resource Manager lists, as resources."""
