"""The guard of the exporter's own port: connections, TLS, users."""
