"""The status page: HTML for people, complete without JavaScript."""
