"""The exporter's own port: connections, TLS, users, limits."""
